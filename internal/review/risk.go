package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Level is the class of a change: how bad it is, or that nobody knows.
type Level int

// The levels, the worst first.
const (
	// Danger is what cannot be undone, what opens something to everyone, or what takes the
	// API away.
	Danger Level = iota
	// Unjudged is what no rule knows.
	Unjudged
	// Impossible is what Terraform or AWS refuses.
	Impossible
	// Caution is what a reviewer must have meant.
	Caution
	// Harmless is what a rule knows to be none of these. No risk has it.
	Harmless
)

// Risk is what may go wrong, in one sentence.
type Risk struct {
	Level Level
	// Address is the resource's, or both of a rename.
	Address string
	Text    string
}

// Risks are those of an environment, the worst first.
func (e Environment) Risks() []Risk {
	if e.Removed {
		return []Risk{{Danger, e.Name, "is defined no longer: nothing destroys it, and nothing manages it any more. Destroy it first"}}
	}
	renamed := renames(e.Changes)
	out := e.together()
	if !e.Added {
		out = append(out, ingressRisks(e.Changes)...)
	}
	for _, c := range e.Changes {
		if other, found := renamed[c.Address]; found {
			if c.Action == Delete {
				out = append(out, renameRisk(c, other))
			}
			continue
		}
		for _, rule := range wholes {
			out = append(out, at(c.Address, rule(c))...)
		}
		if !e.Added {
			// What is new has been opened to nobody before, and all of it has to be read anyway.
			out = append(out, at(c.Address, widensPermissions(c))...)
			out = append(out, at(c.Address, stopsTasks(c))...)
			out = append(out, at(c.Address, reroutes(c))...)
		}
		if c.Action == Create && slices.Contains(once, c.kind()) && e.had[c.kind()] && !c.ofWebService() && c.Taken == "" {
			out = append(out, Risk{Danger, c.Address, "is created although there is one: it begins empty, and what there is stays behind"})
		}
	}
	if slices.ContainsFunc(e.Changes, keepsRevision) {
		out = slices.DeleteFunc(out, func(r Risk) bool { return strings.HasPrefix(r.Text, runsPlaceholder) })
	}
	// A message starts a worker's first task.
	out = slices.DeleteFunc(out, func(r Risk) bool { return r.Text == noTaskLeft && Change{Address: r.Address}.ofWorker() })
	slices.SortStableFunc(out, func(a, b Risk) int { return int(a.Level - b.Level) })
	return out
}

// stopsTasks looks for a schedule that leaves no task.
func stopsTasks(c Change) []Risk {
	if c.kind() != "aws_appautoscaling_scheduled_action" || !zero(nil, synthesis.At(c.after, "scalable_target_action", "max_capacity")) {
		return nil
	}
	return []Risk{{Caution, "", "stops the service at its time: nothing answers until another schedule starts it"}}
}

// keepsRevision says whether the change is that of a service whose tasks a pipeline
// deploys: a revision that Terraform makes does not run.
func keepsRevision(c Change) bool {
	lifecycle, _ := c.after["lifecycle"].(map[string]any)
	return c.kind() == "aws_ecs_service" && slices.Contains(texts(lifecycle["ignore_changes"]), "task_definition")
}

// at are the risks, of the resource at the address.
func at(address string, risks []Risk) []Risk {
	for i := range risks {
		risks[i].Address = address
	}
	return risks
}

// wholes are the rules that look at more than one attribute of a resource, and those of
// single ones.
var wholes = []func(Change) []Risk{
	losesData, removesProtection, exposes, removesHardening, weakensEncryption, revealsSecret,
	shortensRetention, waitsForReboot, stopsFiltering, opensRoute, takesAll, takesOver, movesState, judgesAttributes,
}

// gone are resources that the state has and AWS does not: somebody deleted them, or the
// provider looks elsewhere.
func (e Environment) gone() []Risk {
	if len(e.Gone) == 0 {
		return nil
	}
	return []Risk{{Danger, e.Name, fmt.Sprintf("does not find %d resources any more that its state has, %s: they were deleted, or this looks in another region or account, and makes them anew",
		len(e.Gone), quoted(e.Gone))}}
}

// subject is what patterns name: the type of a resource, or the address of another block.
func (c Change) subject() string {
	if c.isResource() || strings.HasPrefix(c.Address, "data.") || strings.HasPrefix(c.Address, "ephemeral.") {
		return c.kind()
	}
	return c.Address
}

// blocks are the sections of a configuration that have no resources.
var blocks = []string{"check", "data", "ephemeral", "import", "locals", "output", "provider", "terraform", "variable"}

func (c Change) isResource() bool {
	section, _, _ := strings.Cut(c.Address, ".")
	return !slices.Contains(blocks, section)
}

// judgesAttributes holds each attribute that changes against the table of rules, and
// names those that no rule knows.
func judgesAttributes(c Change) []Risk {
	if c.isResource() && c.Action != Create && c.Action != Update && c.Action != Replace {
		return nil
	}
	var out []Risk
	var unjudged []string
	for _, d := range c.Differences {
		risks, judged := c.judge(d)
		for _, risk := range risks {
			if !slices.Contains(out, risk) {
				out = append(out, risk)
			}
		}
		if name := cmp.Or(strings.TrimPrefix(d.Path, "."), "value"); !judged && !c.unknownKind() && !slices.Contains(unjudged, name) {
			unjudged = append(unjudged, name)
		}
	}
	if len(unjudged) > 0 {
		out = append(out, Risk{Unjudged, "", "changes in a way that no rule knows: " + quoted(unjudged)})
	}
	return out
}

// judge are the risks of one attribute, and whether any rule knows it.
func (c Change) judge(d Difference) (risks []Risk, judged bool) {
	if credential(d.To) {
		risks = append(risks, Risk{Danger, "", "has a credential in `" + d.Path + "` that everyone reads who sees the plan"})
	}
	if c.ignored(d.Path) {
		return risks, true
	}
	path := strings.TrimPrefix(d.Path, ".")
	table := tableOf(c.subject())
	for _, r := range table.rules {
		if !matches(r.paths, path) {
			continue
		}
		judged = true
		if r.when(d.From, d.To) && d.To != unknown && (c.Action != Create || r.level == Danger && c.Address != "provider.aws") {
			risks = append(risks, r.risk(d))
		}
	}
	judged = judged || slices.ContainsFunc(table.known, func(paths string) bool { return matches(paths, path) })
	name := topOf(d.Path)
	switch {
	case strings.HasPrefix(c.Address, "locals.") && c.Action != Update:
		judged = true // What refers to it changes, too.
	case c.Action == Create && c.isResource():
		judged = judged || name == "lifecycle" || slices.Contains(provided[c.kind()].set, name)
	case c.Action == Replace:
		judged = judged || slices.ContainsFunc(c.Forcing, func(path string) bool { return topOf(path) == name })
	}
	return risks, judged
}

func (r rule) risk(d Difference) Risk {
	told := strings.NewReplacer("{from}", told(d.From), "{to}", told(d.To), "{path}", strings.TrimPrefix(d.Path, ".")).Replace(r.text)
	if r.page != "" {
		told += ". See `" + r.page + "`"
	}
	return Risk{r.level, "", told}
}

// told is a value in a sentence.
func told(value any) string {
	switch value := value.(type) {
	case nil:
		return "none"
	case block:
		return "set"
	case string:
		if !credential(value) {
			return value
		}
	}
	return text(value)
}

// code are names as Markdown shows them.
func code(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
