# The two commands after cloning are `make synth` and `make test`.
# ENVIRONMENT_SUFFIX and IMAGE_TAG reach the program as they are.

ENVIRONMENT   ?= dev
STACK         := $(if $(ENVIRONMENT_SUFFIX),,flask-api-$(ENVIRONMENT))
CDKTF_FLAGS   := $(if $(AUTO_APPROVE),--auto-approve) $(if $(SKIP_PROVIDER_LOCK),--skip-provider-lock)
GOLANGCI_LINT := v2.11.4
ACTIONLINT    := v1.7.12
COVERED       := ./config/...,./constructs/...
EXAMPLE       := examples/flask-api

export DEPLOY_REPORT ?= $(CURDIR)/.bin/deploy-report
export TERRAFORM_BINARY_NAME ?= $(CURDIR)/scripts/terraform

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: synth
synth: node_modules ## Synthesise dev and production, or the environment of ENVIRONMENT_SUFFIX, and sum it up
	npx cdktf synth
	@go run ./internal/cmd/summary

.PHONY: test
test: node_modules ## Run every test, with coverage and the deploy against an emulated AWS
	@mkdir -p $(dir $(DEPLOY_REPORT)) && rm -f $(DEPLOY_REPORT)
	go vet ./...
	go test -count=1 -timeout 40m -coverprofile=coverage.out -coverpkg=$(COVERED) ./...
	@go tool cover -func=coverage.out | awk '/^total:/ {print "coverage of config and constructs: " $$NF; total = $$NF} \
		!/100.0%$$/ {print} END {if (total != "100.0%") {print "every statement of config and constructs must be covered"; exit 1}}'
	@cat $(DEPLOY_REPORT)

.PHONY: combinations
combinations: node_modules ## Deploy every pair of options against an emulated AWS, for half an hour
	@mkdir -p $(dir $(DEPLOY_REPORT)) && rm -f $(DEPLOY_REPORT)
	go test -count=1 -timeout 90m ./internal/deploy -run TestCombinations -combinations
	@cat $(DEPLOY_REPORT)

.PHONY: lint
lint: .bin/golangci-lint-$(GOLANGCI_LINT) .bin/actionlint-$(ACTIONLINT) ## Check the code's style, and the workflows
	.bin/golangci-lint-$(GOLANGCI_LINT) run
	.bin/actionlint-$(ACTIONLINT)

.PHONY: bench
bench: node_modules ## Measure synthesis and the tests, for docs/performance.md
	@go build -o .bin/bench ./internal/bench
	@go test -short ./... >/dev/null
	@.bin/bench
	@go test ./config -run '^$$' -bench . -benchmem | grep '^Benchmark'

.PHONY: example
example: .bin/example-venv/installed ## Test the sample API with a real PostgreSQL
	.bin/example-venv/bin/pytest $(EXAMPLE)

.PHONY: golden
golden: ## Accept the current JSON, addresses and summary as the reviewed ones
	go test ./internal/fastsynth -run TestSubmodulesAreThoseImported -update
	go test . -run 'TestGolden|TestAddresses|TestSummary|TestReviewReports' -update

.PHONY: diagram
diagram: check-go check-node ## Draw dev and production anew, for the README
	@rm -rf .bin/synth && env -u ENVIRONMENT_SUFFIX -u IMAGE_TAG CDKTF_OUTDIR=.bin/synth go run .
	@go run ./internal/cmd/diagram .bin/synth

.PHONY: review
review: BASE ?= main
review: check-go check-node ## Report what changed since BASE (main), or what the plan in the file PLAN does, riskiest first
	@go build -o .bin/review ./internal/cmd/review
	@.bin/review $(if $(PLAN),-plan $(PLAN),-base $(BASE)) || [ $$? -ge 2 ]

.PHONY: deploy
deploy: node_modules check-terraform ## Deploy ENVIRONMENT (dev) or the environment of ENVIRONMENT_SUFFIX
	npx cdktf deploy $(STACK) $(CDKTF_FLAGS) --outputs-file outputs.json

.PHONY: integration
integration: SUFFIX ?= $(or $(ENVIRONMENT_SUFFIX),$(ENVIRONMENT))
integration: check-go ## Check in AWS what was deployed last, the environment of SUFFIX (dev)
	ENVIRONMENT_SUFFIX=$(SUFFIX) INTEGRATION_OUTPUTS=$(CURDIR)/outputs.json go test -count=1 -v ./internal/integration

.PHONY: destroy
destroy: node_modules check-terraform ## Destroy ENVIRONMENT (dev) or the environment of ENVIRONMENT_SUFFIX
	npx cdktf destroy $(STACK) $(CDKTF_FLAGS)

.PHONY: emulated
emulated: node_modules ## Open a shell, or run COMMAND, in which AWS is an emulated one, to try all of this without an account
	@go run ./internal/cmd/emulated $(COMMAND)

.PHONY: clean
clean: ## Remove what synthesis, tests and tools wrote; state files stay
	rm -rf cdktf.out .bin coverage.out node_modules

.PHONY: check-go check-node check-terraform
check-go:
	@command -v go >/dev/null || { echo "go was not found; install Go 1.26 or newer" >&2; exit 1; }

check-node:
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' 2>/dev/null \
		|| { echo "node is missing or older than 20.9; install Node 20.9 or newer" >&2; exit 1; }

check-terraform:
	@terraform version -json 2>/dev/null | node -e 'const [a, b] = JSON.parse(require("fs").readFileSync(0)).terraform_version.split("."); process.exit(a > 1 || b >= 11 ? 0 : 1)' 2>/dev/null \
		|| { echo "terraform is missing or older than 1.11; install Terraform 1.11 or newer" >&2; exit 1; }

node_modules: package.json package-lock.json | check-go check-node
	npm ci
	@touch $@

.bin/golangci-lint-$(GOLANGCI_LINT): | check-go
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	@mv .bin/golangci-lint $@

.bin/example-venv/installed: $(EXAMPLE)/requirements.txt $(EXAMPLE)/requirements-dev.txt
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --requirement $(EXAMPLE)/requirements-dev.txt
	@touch $@

.bin/actionlint-$(ACTIONLINT): | check-go
	GOBIN=$(CURDIR)/.bin go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)
	@mv .bin/actionlint $@

.PHONY: check-python
check-python:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
		|| { echo "python3 is missing or older than 3.10; install Python 3.10 or newer" >&2; exit 1; }
	@python3 -c 'import ensurepip' 2>/dev/null \
		|| { echo "python3 has no pip for a virtual environment; on Debian and Ubuntu, install python3-venv" >&2; exit 1; }

# The emulated AWS. `make emulated` makes this if there is no moto of this version yet.
MOTO := $(shell sed -n 's/.*motoVersion = "\(.*\)"$$/\1/p' internal/emulator/moto.go)
.bin/moto-venv/installed: internal/emulator/moto.go | check-python
	@echo "Installing moto $(MOTO) into $(@D), which takes a minute once." >&2
	@python3 -m venv --clear $(@D)
	@$(@D)/bin/python3 -m pip install --quiet --disable-pip-version-check 'moto[server]==$(MOTO)' \
		|| { echo "moto $(MOTO) was not installed; pip needs a network for it, once" >&2; exit 1; }
	@touch $@
