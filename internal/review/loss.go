package review

import (
	"regexp"
	"slices"
	"strings"
)

// losesData tells what is lost with a resource, and which types no rule knows.
func losesData(c Change) []Risk {
	lost, isKnown := c.lost()
	strange, isForeign := foreign[c.kind()]
	if strings.HasPrefix(c.Address, "module.") {
		strange, isForeign = foreign["module"]
	}
	switch {
	case c.Action == Create && isForeign:
		return []Risk{{strange.level, "", strange.text}}
	case c.Action == Create && strings.HasPrefix(c.Address, "provider.") && c.Address != "provider.aws":
		return []Risk{{Danger, "", "is another provider than AWS's"}}
	case c.strange():
		return []Risk{{Danger, "", "takes over what was `" + c.From + "`, which this program did not make"}}
	case c.Action == Move || !c.isResource():
		return nil
	case c.Action == Forget:
		return forgets(c)
	case c.unknownKind():
		return []Risk{{Unjudged, "", verbs[c.Action] + ": no rule knows `" + c.kind() + "`"}}
	case c.Action == Delete && c.kind() != ingressRule:
		if was, _ := c.before["lifecycle"].(map[string]any); was["prevent_destroy"] == true {
			return []Risk{{Danger, "", "is destroyed, which Terraform does not prevent of what is no longer configured: " + lost.text}}
		}
		return []Risk{{lost.level, "", "is destroyed: " + lost.text}}
	case c.Action == Replace && isKnown:
		return replaces(c, lost)
	}
	return nil
}

// lost is what is lost with the resource, if its type is known. The API serves without a
// worker, and without another service.
func (c Change) lost() (loss, bool) {
	lost, known := destroyed[c.kind()]
	switch {
	case c.kind() == "aws_ecs_service" && c.ofWorker():
		lost = loss{Caution, "its messages wait"}
	case c.ofWebService():
		lost.text = strings.Replace(lost.text, "the API is away", "the service is away", 1)
	}
	return lost, known
}

// webService is how the addresses of a service beside the API begin, after the type, and
// those of its target group and its rules.
var webService = regexp.MustCompile(`^(aws_ecs_service\.service_|aws_lb_\w+\.load_balancer_service_|aws_ecr_repository\.service_\w+_registry_)`)

// ofWebService says whether the resource belongs to one of Services.
func (c Change) ofWebService() bool { return webService.MatchString(c.Address) }

// ofWorker says whether the resource belongs to a worker.
func (c Change) ofWorker() bool { return strings.HasPrefix(c.Address, c.kind()+".worker_") }

// unknownKind says that this program never makes resources of that type.
func (c Change) unknownKind() bool {
	_, isKnown := destroyed[c.kind()]
	return c.isResource() && !isKnown
}

func replaces(c Change, lost loss) []Risk {
	because := code(c.Forcing) + " cannot be changed in place"
	if c.With != "" {
		because = "it cannot go on without `" + c.With + "`, which is"
	}
	lifecycle, _ := c.after["lifecycle"].(map[string]any)
	switch {
	case lifecycle["prevent_destroy"] == true:
		return []Risk{{Impossible, "", "would be replaced, because " + because + ": " + lost.text +
			". Terraform refuses that (`prevent_destroy`). See `docs/operations.md#destroy-production-on-purpose`"}}
	case slices.Contains(renewed, c.kind()):
		return nil
	}
	return []Risk{{lost.level, "", "is replaced, because " + because + ": " + lost.text}}
}

// stores are the types that an option forgets on purpose when it is turned off: what they
// recorded stays in AWS.
const stores = "aws_cloudwatch_log_group|aws_s3_bucket*"

func forgets(c Change) []Risk {
	switch {
	case matches(stores, c.kind()):
		return nil
	case slices.Contains(once, c.kind()):
		return []Risk{{Danger, "", "is managed no longer: the next deployment that has it begins with an empty one"}}
	}
	return []Risk{{Caution, "", "is managed no longer: nothing changes or destroys it from here"}}
}

// renames are the addresses that seem to name the same resource before and after,
// both ways.
func renames(changes []Change) map[string]Change {
	out := map[string]Change{}
	for _, removed := range changes {
		if removed.Action != Delete || strings.HasPrefix(removed.Address, "data.") {
			continue
		}
		for _, added := range changes {
			if _, taken := out[added.Address]; taken || added.Action != Create || added.kind() != removed.kind() || !alike(removed, added) {
				continue
			}
			out[removed.Address], out[added.Address] = added, removed
			break
		}
	}
	return out
}

// alike says whether four in five attributes are the same. A plan knows only what is
// configured of the added one.
func alike(removed, added Change) bool {
	same, all := 0, 0
	for key, value := range added.after {
		for _, l := range leaves(key, value) {
			if l.value == unknown {
				continue
			}
			all++
			if slices.ContainsFunc(leaves(key, removed.before[key]), func(old leaf) bool { return old == l }) {
				same++
			}
		}
	}
	return all > 0 && 5*same >= 4*all
}

func renameRisk(removed, added Change) Risk {
	level, loss := Caution, "it is away in between"
	if lost, isKnown := destroyed[removed.kind()]; isKnown {
		level, loss = lost.level, lost.text
	}
	return Risk{
		level, removed.Address,
		"is now called `" + added.Address + "`: Terraform destroys the one and creates the other: " + loss +
			". Keep the address, or move it: `terraform state mv`, or a `moved` block",
	}
}

// takesOver names what was made elsewhere.
func takesOver(c Change) []Risk {
	if c.Taken == "" {
		return nil
	}
	return []Risk{{Caution, "", "takes over `" + c.Taken + "`, which is there already: from then on it is changed, and destroyed, with this environment"}}
}

func movesState(c Change) []Risk {
	if c.Address != "terraform" || c.before == nil || !slices.ContainsFunc(c.Differences, func(d Difference) bool {
		return strings.HasPrefix(d.Path, "backend.") || strings.HasPrefix(d.Path, "cloud.")
	}) {
		return nil
	}
	return []Risk{{Danger, "", "looks for the state in another place: move it first, or everything is created a second time (docs/state.md)"}}
}
