# The two commands after cloning are `make synth` and `make test`.
#
# ENVIRONMENT=<name> on the command line says which environment a target is for; IMAGE_TAG and
# IMAGE_TAG_<SERVICE> reach the program as they are. Files below this folder have relative paths, or stand in
# quotes: the folder's own name may have spaces.

include internal/versions/versions.env

COVERED     := ./config/...,./constructs/...
EXAMPLE     := examples/flask-api
# The folder of the Dockerfile that make image builds.
API_SOURCE  := $(EXAMPLE)
PLATFORM    ?= linux/amd64
BUILDER     ?= $(shell for it in docker podman buildah; do $$it info >/dev/null 2>&1 && { echo $$it; break; }; done)
APPROVED    := $(filter 1,$(AUTO_APPROVE))
CDKTF_FLAGS := $(if $(APPROVED),--auto-approve) $(if $(SKIP_PROVIDER_LOCK),--skip-provider-lock)

# cdktf starts Terraform through this script, which says why.
export TERRAFORM_BINARY_NAME ?= $(CURDIR)/scripts/terraform
# It starts this one, which is not where make is.
TERRAFORM ?= terraform
ifneq ($(findstring /,$(TERRAFORM)),)
override TERRAFORM := $(if $(filter /%,$(firstword $(TERRAFORM))),,$(CURDIR)/)$(TERRAFORM)
endif
export TERRAFORM
# CDKTF's command line, or CDK Terrain's: not by npx, which ends at SIGTERM and leaves it running.
CLI ?= cdktf
ifeq ($(CLI),cdktf)
CLI_COMMAND   := node_modules/.bin/cdktf
CLI_INSTALLED := node_modules
else ifeq ($(CLI),cdktn)
CLI_COMMAND   := .bin/cdktn-$(CDKTN)/node_modules/.bin/cdktn
CLI_INSTALLED := cdktn
else
$(error CLI=$(CLI) is neither cdktf nor cdktn)
endif
# No call to HashiCorp's host for news of versions, which may be out of reach.
export CHECKPOINT_DISABLE ?= 1

# Where the home folder cannot be written, every cache goes below this one.
ifneq ($(shell mkdir -p "$$HOME/.cache" 2>/dev/null && test -w "$$HOME/.cache" && echo writable),writable)
CACHES := $(CURDIR)/.bin/caches
export GOCACHE ?= $(CACHES)/go-build
export GOMODCACHE ?= $(CACHES)/go-mod
export XDG_CACHE_HOME ?= $(CACHES)
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(CACHES)/jsii
export npm_config_cache ?= $(CACHES)/npm
export CDKTF_DISABLE_PLUGIN_CACHE_ENV ?= 1
endif

# What a new environment is like, until when, and whose: of the command line alone.
said = $(if $(filter command,$(origin $(1))),$($(1)))
export ENVIRONMENT_LIKE := $(call said,LIKE)
export ENVIRONMENT_EXPIRES_AT := $(call said,EXPIRES_AT)
export ENVIRONMENT_OWNER := $(call said,OWNER)

# Which service is meant in the place of the API, and what its image is built of: of the
# command line alone.
override SERVICE := $(call said,SERVICE)
override SOURCE := $(or $(call said,SOURCE),$(API_SOURCE))
export SERVICE SOURCE

# build compiles commands to .bin.
define build
@[ -e .bin/$(notdir $(firstword $(1))) ] || echo "Compiling; the first time on a machine, this takes minutes." >&2
@go build -o .bin/ $(1)
endef
# What the commands are made of: Go takes a tenth of a second to find that nothing changed.
SOURCES := *.go go.mod go.sum config constructs internal cmd

# environment is the stack and the name of the environment that the target is for, or a
# sentence that says why there is none. $(1) is whether the target "changes" what is deployed, or
# "reads" it.
environment = .bin/environment $@ $(1) "$(origin NEW)" "$(origin ENVIRONMENT)" "$(origin ENVIRONMENT_SUFFIX)" "$(origin SUFFIX)"
# named has both in variables of the shell.
named = stack=$$($(environment)) || exit 2; name=$${stack\#* } stack=$${stack%% *}

# cdktf runs one of CDKTF's commands for that environment, in a folder of the
# environment's own: two at once do not overwrite each other's files. It takes the place of
# the shell, which would keep the SIGTERM that make passes on. A deployment is started by
# what follows it, which passes that on.
define cdktf
@$(named); plain=; \
$(if $(filter changes,$(1)),[ -n "$(APPROVED)" ] || [ -t 0 -a -t 1 ] || { echo "make $@ asks before it changes anything and there is no terminal to ask at; AUTO_APPROVE=1 goes ahead without" >&2; exit 2; };) \
.bin/preflight "$$name" || exit 2; \
$(MAKE) --no-print-directory $(CLI_INSTALLED) || exit; \
[ -t 1 ] || { export CI=1; plain=--no-color; }; \
export ENVIRONMENT_SUFFIX="$$name" NODE_NO_WARNINGS=1; exec $(if $(filter deploy,$(2)),.bin/rollout "$$name" )$(CLI_COMMAND) $(2) "$$stack" --output "cdktf.out-$$name" $$plain
endef
OUTPUTS := --outputs-file "outputs.$$stack.json"

.DEFAULT_GOAL := help
# `make deploy integration destroy` is an order.
.NOTPARALLEL:

.PHONY: help
help: ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

# The program itself says what is wrong with a Node.
.PHONY: synth
synth: check-go ## Synthesise every environment, or ENVIRONMENT alone, and sum it up
	@[ -e .bin/platform ] || { echo "Compiling; the first time on a machine, this takes minutes." >&2; rm -f .bin/synth-built; }; \
	[ -e .bin/synth-built ] && ! find $(SOURCES) -newer .bin/synth-built | grep -q . \
		|| { go build -o .bin/ ./cmd/environment ./cmd/summary && go build -o .bin/platform . && touch .bin/synth-built; }
	@out=cdktf.out; \
	if [ -n "$(filter command,$(origin ENVIRONMENT) $(origin ENVIRONMENT_SUFFIX) $(origin SUFFIX))" ]; then \
		$(call named,reads); \
		export ENVIRONMENT_SUFFIX="$$name"; out="cdktf.out-$$name"; \
	fi; \
	CDKTF_OUTDIR="$$out" .bin/platform && .bin/summary "$$out"

.PHONY: check
check: lint .bin/gotestsum-$(GOTESTSUM) check-node ## Check the code in seconds: the linters, the unit and the golden tests
	@.bin/gotestsum-$(GOTESTSUM) --format pkgname --format-hide-empty-pkg --hide-summary skipped -- -short \
		$$(go list ./... | grep -vE '/test/(e2e|integration)$$')

.PHONY: test
test: check-go node_modules .bin/gotestsum-$(GOTESTSUM) ## Run every test that this machine can, with coverage and the deploy against an emulated AWS
	@if command -v terraform && command -v python3; then $(MAKE) --no-print-directory --keep-going moto .bin/example-venv/installed || true; fi >/dev/null
	go vet ./...
	$(call run-tests,-timeout 60m -coverprofile=coverage.out -coverpkg=$(COVERED) ./...)
	@go tool cover -func=coverage.out | awk '/^total:/ {print "coverage of config and constructs: " $$NF; total = $$NF} \
		!/100.0%$$/ {print} END {if (total != "100.0%") {print "every statement of config and constructs must be covered"; exit 1}}'
	@cat $(REPORT)

.PHONY: combinations
combinations: check-go node_modules .bin/gotestsum-$(GOTESTSUM) ## Deploy every pair of options against an emulated AWS, for half an hour, or a share: SHARE=2/3
	$(call run-tests,-timeout 90m ./test/e2e -run TestCombinations -combinations $(or $(SHARE),1/1))
	@cat $(REPORT)

.PHONY: choices
choices: check-go node_modules .bin/gotestsum-$(GOTESTSUM) ## Deploy against an emulated AWS with CHOICE=tofu in the place of Terraform, or CHOICE=cdktn in that of CDKTF
	@case "$(CHOICE)" in \
	tofu) $(MAKE) --no-print-directory .bin/tofu-$(OPENTOFU) ;; \
	cdktn) $(MAKE) --no-print-directory cdktn ;; \
	*) echo "make choices needs CHOICE=tofu or CHOICE=cdktn" >&2; exit 2 ;; \
	esac
	$(call run-tests,-timeout 40m ./test/e2e -run TestChoices -choices -cli "$(CLI_OF_CHOICE)",DEPLOY_PLANS= $(TERRAFORM_OF_CHOICE))
	@cat $(REPORT)

choices: CLI_OF_CHOICE       = $(if $(filter cdktn,$(CHOICE)),$(CURDIR)/.bin/cdktn-$(CDKTN)/node_modules/.bin/cdktn)
choices: TERRAFORM_OF_CHOICE = $(if $(filter tofu,$(CHOICE)),TERRAFORM="$(CURDIR)/.bin/tofu-$(OPENTOFU)")

# run-tests runs Go's tests. What deploys takes minutes, and tells of its progress in a
# file that is shown meanwhile.
REPORT   := .bin/deploy-report$(CHOICE:%=-%)
PROGRESS := .bin/deploy-progress$(CHOICE:%=-%)
define run-tests
@: >$(REPORT); : >$(PROGRESS)
@tail -n +1 -f $(PROGRESS) & progress=$$!; trap 'kill $$progress' EXIT; \
DEPLOY_REPORT="$(CURDIR)/$(REPORT)" DEPLOY_PROGRESS="$(CURDIR)/$(PROGRESS)" DEPLOY_PLANS="$(CURDIR)/.bin/plans" $(2) \
	.bin/gotestsum-$(GOTESTSUM) --format pkgname --format-hide-empty-pkg --hide-summary skipped -- -count=1 $(1)
endef

# What is scanned was deployed by `make test` and `make combinations`.
SCANNED := dev production everything on-off
.PHONY: scan
scan: check-go .bin/checkov-venv/installed ## Scan what was tested, and the sample image, with Checkov, and compare with the exceptions of docs/security.md
	@mkdir -p .bin/scans
	@for name in $(SCANNED); do \
		[ -e .bin/plans/$$name.json ] || { echo "no plan of $$name: run make test combinations first" >&2; exit 2; }; \
		.bin/checkov-venv/bin/checkov --file .bin/plans/$$name.json --framework terraform_plan --output json \
			--skip-download --soft-fail --compact --quiet >.bin/scans/$$name.json || exit; \
	done
	@.bin/checkov-venv/bin/checkov --file $(EXAMPLE)/Dockerfile --framework dockerfile --output json \
		--skip-download --soft-fail --compact --quiet >.bin/scans/dockerfile.json
	@SCANS="$(CURDIR)/.bin/scans" go test ./test/pages -count=1 -run TestScans

.PHONY: lint
lint: .bin/golangci-lint-$(GOLANGCI_LINT) .bin/actionlint-$(ACTIONLINT) ## Check the code's style, and the workflows
	@.bin/golangci-lint-$(GOLANGCI_LINT) run --allow-parallel-runners
	@.bin/actionlint-$(ACTIONLINT)
	@if [ -n "$(CI)" ] || command -v python3 >/dev/null; then \
		$(MAKE) --no-print-directory .bin/zizmor-venv/installed && .bin/zizmor-venv/bin/zizmor --offline --quiet --no-progress --min-severity medium .github; \
	else echo "Without Python the workflows are not audited."; fi

.PHONY: bench
bench: node_modules .bin/gotestsum-$(GOTESTSUM) ## Measure synthesis and the tests, the latter against those of the commit BASE, for docs/performance.md
	$(call build,./cmd/bench)
	@.bin/bench $(if $(BASE),-base "$(BASE)")
	@go test ./config -run '^$$' -bench . -benchmem | grep '^Benchmark'

.PHONY: example
example: .bin/example-venv/installed ## Test the sample API with a real PostgreSQL
	.bin/example-venv/bin/pytest $(EXAMPLE)

.PHONY: rename
rename: check-go ## Give all of this another name, NAME, and the Go module another path, MODULE
	$(call build,./cmd/rename)
	@NAME="$(NAME)" MODULE="$(MODULE)" .bin/rename

# The pictures, the screen and the reports are made of the stacks, which come first.
.PHONY: golden
golden: check-go check-node ## Accept everything that is derived from the code as the reviewed state: JSON, addresses, pictures, tables
	UPDATE_GOLDEN=1 go test -short -count=1 -run Golden ./internal/fastsynth
	UPDATE_GOLDEN=1 go test -short -count=1 -run Golden . ./constructs
	UPDATE_GOLDEN=1 go test -short -count=1 -run Golden ./...

.PHONY: diagram
diagram: check-go check-node ## Draw dev and production anew, for the README
	@rm -rf .bin/synth
	$(call build,./cmd/diagram)
	@go build -o .bin/platform .
	@env -u ENVIRONMENT_SUFFIX -u IMAGE_TAG CDKTF_OUTDIR=.bin/synth .bin/platform
	@.bin/diagram .bin/synth

.PHONY: prices
prices: check-go ## Refresh the prices from the lists that AWS publishes, of all REGIONS or some, or from FILES
	@REGIONS="$(REGIONS)" go run ./cmd/prices $(FILES)

.PHONY: review
review: BASE ?= main
review: check-go check-node ## Report what changed since BASE (main), or what the plan in the file PLAN does, riskiest first
	$(call build,./cmd/review)
	@.bin/review $(if $(PLAN),-plan "$(PLAN)",-base "$(BASE)") || [ $$? -ge 2 ]

.PHONY: export
export: check-go ## Write ENVIRONMENT in Terraform's own language to export-<name>, to go on without CDKTF
	$(call build,./cmd/environment ./cmd/export)
	@$(call named,reads); $(MAKE) --no-print-directory synth ENVIRONMENT="$$name" >&2 && exec .bin/export "$$name"

.PHONY: policies
policies: check-go ## Write the IAM policies of whoever deploys, plans and tests ENVIRONMENT alone
	$(call build,./cmd/environment ./cmd/policies)
	@$(call named,reads); .bin/policies "$$name" "policies-$$name"

.PHONY: plan
plan: check-go commands ## Show what deploying ENVIRONMENT would change
	$(call cdktf,reads,diff)

.PHONY: deploy
deploy: check-go commands ## Deploy ENVIRONMENT; NEW=1 makes a new one of the defaults, LIKE=dev one like dev, to EXPIRES_AT
	$(call cdktf,changes,deploy) $(OUTPUTS) $(CDKTF_FLAGS)

# commit is the one that the files of SOURCE are in, whichever repository has them, or a
# sentence that says why there is none: a tag of another commit would be another image's. Each
# answer of git is assigned on its own, so that its failure is none that counts as empty.
define commit
tag=$$(git -C "$$SOURCE" rev-parse --verify HEAD) && files=$$(git -C "$$SOURCE" ls-files) && [ -n "$$files" ] \
	|| { echo "the files of $$SOURCE are in no commit of git; name the image: make image TAG=…" >&2; exit 2; }; \
files=$$(git -C "$$SOURCE" status --porcelain --untracked-files=normal .) && [ -z "$$files" ] \
	|| { echo "$$SOURCE has changes that are in no commit; commit them, or name the image: make image TAG=…" >&2; exit 2; }
endef

# The digest alone is on the standard output. Podman does not write over a file.
.PHONY: image
image: check-go ## Build the API's image, or that of SERVICE, and push it to ENVIRONMENT's registry, once for each commit
	$(call build,./cmd/environment ./cmd/image)
	@set -e; tag="$(call said,TAG)"; \
	if [ "$(origin ENVIRONMENT)" != undefined ]; then \
		$(call named,changes); \
		if [ -z "$$tag" ]; then $(commit); fi; \
	fi; \
	rm -f .bin/image.tar; \
	{ case "$(BUILDER)" in \
	docker|podman) $(BUILDER) build --platform $(PLATFORM) --tag flask-api "$$SOURCE"; $(BUILDER) save --output .bin/image.tar flask-api ;; \
	buildah) buildah build --platform $(PLATFORM) --tag flask-api "$$SOURCE"; buildah push flask-api docker-archive:.bin/image.tar ;; \
	*) echo "neither Docker nor Podman nor Buildah runs here; install one: Buildah needs no daemon" >&2; exit 2 ;; \
	esac; } >&2; \
	if [ "$(origin ENVIRONMENT)" != undefined ]; then .bin/image push "$$name" "$$tag" .bin/image.tar; fi

.PHONY: scan-image
scan-image: .bin/grype-$(GRYPE) ## Look in the image that make image built for known weaknesses that have a remedy
	@.bin/grype-$(GRYPE) docker-archive:.bin/image.tar --only-fixed --fail-on high

.PHONY: deploy-image
deploy-image: check-go ## Run the image of DIGEST in ENVIRONMENT, which a pipeline decides on, or in its SERVICE; FROM=dev brings it from there
	$(call build,./cmd/environment ./cmd/image)
	@set -e; $(call named,changes); \
	if [ -n "$(FROM)" ]; then \
		rm -rf .bin/pulled; .bin/image pull "$(FROM)" "$(DIGEST)" .bin/pulled; \
		.bin/image push "$$name" "$(DIGEST:sha256:%=%)" .bin/pulled; \
	fi; \
	outputs="outputs.$$stack.json"; \
	if [ -z "$${HEALTH_URL+set}" ] && [ -e "$$outputs" ]; then \
		path=$$(.bin/image health "$$name"); \
		[ -z "$$path" ] || HEALTH_URL=$$(jq -r '.[] | .api_url // "http://" + .alb_dns_name' "$$outputs")$$path; \
	fi; \
	export API_NAME="$${stack%-$$name}" HEALTH_URL AWS_REGION=$$(.bin/image region "$$name"); exec scripts/deploy-image "$$name" "$(DIGEST)"

.PHONY: integration
integration: check-go commands ## Check in AWS that ENVIRONMENT is what it was deployed to be
	@$(call named,reads); \
	outputs="$(CURDIR)/outputs.$$stack.json"; \
	[ -e "$$outputs" ] || { echo "make integration checks what make deploy deployed from this folder, and there is no outputs.$$stack.json: make deploy ENVIRONMENT=$$name" >&2; exit 2; }; \
	json="$(CURDIR)/cdktf.out-$$name/stacks/$$stack/cdk.tf.json"; \
	[ -e "$$json" ] || $(MAKE) --no-print-directory synth ENVIRONMENT="$$name" >&2 || exit; \
	ENVIRONMENT_SUFFIX="$$name" INTEGRATION_OUTPUTS="$$outputs" INTEGRATION_STACK="$$json" go test -count=1 -v ./test/integration

# operate runs the command of that name on what is deployed. Its exit code is one of more
# than make passes on: make itself ends with 2.
define operate
@$(named); exec .bin/operate $@ "$$name"
endef

.PHONY: status
status: check-go commands ## Say how ENVIRONMENT is; WATCH=1 follows a deployment to its end
	$(call operate,reads)

.PHONY: logs
logs: check-go commands ## Show what ENVIRONMENT's tasks print, of the last hour or SINCE=2d; SERVICE=admin, FILTER='…', FOLLOW=1
	$(call operate,reads)

.PHONY: run
run: check-go commands ## Run COMMAND in a task of its own in ENVIRONMENT, for TIMEOUT=1h at most; JOB=nightly for a job, INTERACTIVE=1 for a shell
	$(call operate,changes)

.PHONY: tunnel
tunnel: check-go commands ## Open a local port to ENVIRONMENT's database, LOCAL_PORT or its own
	$(call operate,changes)

.PHONY: rollback
rollback: check-go commands ## Take ENVIRONMENT, or its SERVICE alone, back to the revision before, which worked
	$(call operate,changes)

.PHONY: upgrade
upgrade: check-go commands ## Upgrade ENVIRONMENT's database to the major VERSION that it is configured to run; STEP=finish, STEP=abandon
	$(call operate,changes)

.PHONY: destroy
destroy: check-go commands ## Destroy ENVIRONMENT
	$(call cdktf,changes,destroy) $(CDKTF_FLAGS)

# Terraform destroys each with the stack of one that is only synthesised.
.PHONY: sweep
sweep: check-go check-node ## Destroy what was made with LIKE=dev and has expired, or ENVIRONMENT of that kind alone
	$(call build,./cmd/sweep)
	@go build -o .bin/platform .
	@rm -rf cdktf.out-sweep && ENVIRONMENT_SUFFIX=sweep-pr ENVIRONMENT_LIKE="$(or $(ENVIRONMENT_LIKE),dev)" CDKTF_OUTDIR=cdktf.out-sweep .bin/platform
	@exec .bin/sweep cdktf.out-sweep/stacks/*-sweep-pr $(call said,ENVIRONMENT)

# These reach the programs as they were typed: what a shell here would make of them, or make
# of a dollar sign, nobody meant.
override COMMAND := $(value COMMAND)
override FILTER := $(value FILTER)
export COMMAND FILTER
.PHONY: emulated
emulated: node_modules $(if $(SERVE),.bin/example-venv/installed) ## Open a shell, or run COMMAND, in which AWS is an emulated one, to try all of this without an account; SERVE=1 runs the tasks here
	$(call build,./cmd/emulated)
	@.bin/emulated

.PHONY: moto
moto: ## Install the emulated AWS below .bin, unless python3 has it
	@python3 -c 'from importlib.metadata import version; version("flask-cors"); raise SystemExit(version("moto") != "$(MOTO)")' 2>/dev/null \
		|| $(MAKE) --no-print-directory .bin/moto-venv/installed

# A workspace's local state is inside of what was synthesised. What an emulated AWS left may go.
.PHONY: clean
clean: ## Remove what synthesis, tests and tools wrote; state files stay
	@! ls -d cdktf.out*/stacks/*/errored.tfstate 2>/dev/null || { echo "these are states that Terraform could not save; push them first: terraform state push errored.tfstate" >&2; exit 2; }
	@kept=; for state in cdktf.out*/stacks/*/terraform.tfstate.d/*/terraform.tfstate; do \
		case "$$state" in */terraform.tfstate.d/emulated/*) continue ;; esac; \
		[ ! -e "$$state" ] || grep -Eq '"resources": *\[\]' "$$state" || { echo "$$state"; kept=1; }; \
	done; \
	[ -z "$$kept" ] || { echo "these are states of Terraform's workspaces, which nothing else has; destroy what is in them, or move them to another folder first" >&2; exit 2; }
	rm -rf cdktf.out cdktf.out-* policies-* .bin coverage.out node_modules

.PHONY: commands
commands:
	$(call build,./cmd/environment ./cmd/operate ./cmd/preflight ./cmd/rollout)

.PHONY: check-go check-node
check-go:
	@command -v go >/dev/null || { echo "go was not found; install Go $$(sed -n 's/^go //p' go.mod) or newer" >&2; exit 1; }

check-node:
	@node scripts/check-node.js $(NODE_OLDEST) $(NODE_SUPPORTED_FROM) $(NODE_RECOMMENDED) \
		|| { echo "node is missing or older than $(NODE_OLDEST); install Node $(NODE_RECOMMENDED)" >&2; exit 1; }

node_modules: package.json package-lock.json .npmrc | check-go check-node
	npm ci
	@touch $@

.bin/golangci-lint-$(GOLANGCI_LINT): | check-go
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint)

.bin/actionlint-$(ACTIONLINT): | check-go
	$(call install,github.com/rhysd/actionlint/cmd/actionlint)

.bin/gotestsum-$(GOTESTSUM): | check-go
	$(call install,gotest.tools/gotestsum)

.bin/grype-$(GRYPE): | check-go
	$(call install,github.com/anchore/grype/cmd/grype)

# Its module replaces another one, which go install does not follow.
.bin/tofu-$(OPENTOFU): | check-go
	@echo "Compiling OpenTofu $(OPENTOFU), once, which takes minutes." >&2
	@module=$$(go mod download -json github.com/opentofu/opentofu@$(OPENTOFU) | sed -n 's/.*"Dir": "\(.*\)",/\1/p') && [ -n "$$module" ] \
		&& go build -C "$$module" -ldflags "-s -w -X github.com/opentofu/opentofu/version.dev=no" -o "$(CURDIR)/$@" ./cmd/tofu

.PHONY: cdktn
cdktn:
	@node scripts/check-node.js $(CDKTN_NODE) $(CDKTN_NODE) $(NODE_RECOMMENDED) \
		|| { echo "CLI=cdktn needs Node $(CDKTN_NODE) or newer, and node is $$(node --version 2>/dev/null || echo missing); install Node $(NODE_RECOMMENDED)" >&2; exit 1; }
	@$(MAKE) --no-print-directory .bin/cdktn-$(CDKTN)/installed

.bin/cdktn-$(CDKTN)/installed:
	npm install --silent --no-audit --no-fund --no-save --prefix "$(@D)" cdktn-cli@$(CDKTN)
	@touch $@

# install builds a tool from its Go module, in the version that ends the target's name.
define install
@echo "Compiling $(notdir $(1)) $(lastword $(subst -, ,$@)), once." >&2
@GOBIN="$(CURDIR)/.bin" go install $(1)@$(lastword $(subst -, ,$@))
@mv .bin/$(notdir $(1)) $@
endef

.bin/example-venv/installed: $(EXAMPLE)/requirements.txt $(EXAMPLE)/requirements-dev.txt | check-python
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --requirement $(EXAMPLE)/requirements-dev.txt
	@touch $@

.bin/checkov-venv/installed: PACKAGE = checkov==$(CHECKOV)
.bin/zizmor-venv/installed: PACKAGE = zizmor==$(ZIZMOR)
.bin/checkov-venv/installed .bin/zizmor-venv/installed: internal/versions/versions.env | check-python
	@echo "Installing $(PACKAGE) into $(@D), which takes a minute once." >&2
	@python3 -m venv --clear $(@D)
	@$(@D)/bin/python3 -m pip install --quiet --disable-pip-version-check '$(PACKAGE)'
	@touch $@

.PHONY: check-python
check-python:
	@python3 -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(PYTHON_OLDEST)".split("."))))' 2>/dev/null \
		|| { echo "python3 is missing or older than $(PYTHON_OLDEST); install Python $(PYTHON_OLDEST) or newer" >&2; exit 1; }
	@python3 -c 'import ensurepip' 2>/dev/null \
		|| { echo "python3 has no pip for a virtual environment; on Debian and Ubuntu, install python3-venv" >&2; exit 1; }

.bin/moto-venv/installed: internal/versions/versions.env | check-python
	@echo "Installing moto $(MOTO) into $(@D), which takes a minute once." >&2
	@python3 -m venv --clear $(@D)
	@$(@D)/bin/python3 -m pip install --quiet --disable-pip-version-check 'moto[server]==$(MOTO)' \
		|| { echo "moto $(MOTO) was not installed; pip needs a network for it, once" >&2; exit 1; }
	@touch $@
