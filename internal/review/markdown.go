package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Report is what a reviewer reads.
type Report struct {
	// Title is the heading.
	Title        string
	Environments []Environment
	// Limit is how many characters it may have; GitHub takes 65,536 of a comment. With 0,
	// there is no limit.
	Limit int
}

// Class is that of the worst change of any environment.
func (r Report) Class() Level {
	worst := Harmless
	for _, e := range r.Environments {
		for _, risk := range e.Risks() {
			worst = min(worst, risk.Level)
		}
	}
	return worst
}

// Changed says whether any environment changes.
func (r Report) Changed() bool {
	return slices.ContainsFunc(r.Environments, func(e Environment) bool { return len(e.Changes)+len(e.Gone) > 0 })
}

// marks stand before what is risky, for those who only skim.
var marks = map[Level]string{Danger: "🔴", Unjudged: "⚪ not judged:", Impossible: "⛔ cannot be applied:", Caution: "🟠", Harmless: "🟢"}

// Markdown is the report as GitHub shows it: the risks, and then what changes in each
// environment. What is the same in several is told once.
func (r Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n", r.Title)
	switch risks := r.risks(); {
	case !r.Changed():
		out.WriteString("No change.\n")
		return out.String()
	case len(risks) == 0:
		fmt.Fprintf(&out, "🟢 No risk found: %s.\n", r.gist())
	default:
		for _, line := range risks {
			out.WriteString("- " + line + "\n")
		}
	}
	r.costs(&out)
	r.details(&out)
	return out.String()
}

// costs are what the environments cost more or less, of what runs all the time, and what
// is billed by use.
func (r Report) costs(out *strings.Builder) {
	var lines []string
	names := map[string][]string{}
	for _, e := range r.Environments {
		for _, line := range append([]string{e.Cost}, e.costRisks()...) {
			if line != "" && names[line] == nil {
				lines = append(lines, line)
			}
			names[line] = append(names[line], e.Name)
		}
	}
	for i, line := range lines {
		if i == 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(out, "- 💰 **%s**: %s.\n", strings.Join(names[line], ", "), line)
	}
}

// details are what changes in each environment, as far as the limit goes.
func (r Report) details(out *strings.Builder) {
	var bodies []string
	sections := map[string][]string{}
	names := map[string][]string{}
	for _, e := range r.Environments {
		parts := e.sections()
		body := strings.Join(parts, "")
		if names[body] == nil {
			bodies, sections[body] = append(bodies, body), parts
		}
		names[body] = append(names[body], e.Name)
	}
	omitted := 0
	for _, body := range bodies {
		fmt.Fprintf(out, "\n## %s\n\n", strings.Join(names[body], ", "))
		for _, part := range sections[body] {
			if r.Limit > 0 && out.Len()+len(part) > r.Limit {
				omitted++
				continue
			}
			out.WriteString(part)
		}
	}
	if omitted > 0 {
		fmt.Fprintf(out, "\n%d more changes are too long to be shown here: `make review` shows them.\n", omitted)
	}
}

// risks are those of all environments, one line each, the worst first.
func (r Report) risks() []string {
	type line struct {
		level Level
		text  string
	}
	var lines []line
	names := map[line][]string{}
	for _, e := range r.Environments {
		for _, risk := range e.Risks() {
			l := line{risk.Level, fmt.Sprintf("`%s` %s.", risk.Address, risk.Text)}
			if names[l] == nil {
				lines = append(lines, l)
			}
			if !slices.Contains(names[l], e.Name) {
				names[l] = append(names[l], e.Name)
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.level - b.level) })
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = fmt.Sprintf("%s **%s**: %s", marks[l.level], strings.Join(names[l], ", "), l.text)
	}
	return out
}

// gist names what changes, where that is little.
func (r Report) gist() string {
	const few = 3
	var out []string
	for _, e := range r.Environments {
		if e.Added {
			out = append(out, "`"+e.Name+"` is new")
			continue
		}
		for _, c := range e.Changes {
			paths := []string{}
			for _, d := range c.Differences {
				paths = append(paths, d.Path)
			}
			text := fmt.Sprintf("`%s` %s", c.Address, verbs[c.Action])
			if (c.Action == Update || c.Action == Replace) && len(slices.Compact(paths)) <= few {
				text += " (" + code(slices.Compact(paths)) + ")"
			}
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	if len(out) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(out[:few], ", "), len(out)-few)
	}
	return strings.Join(out, ", ")
}

var verbs = map[Action]string{
	Create: "is created", Update: "changes", Replace: "is replaced", Delete: "is destroyed", Move: "is moved",
	Forget: "stays as it is, and is no longer managed", Import: "is taken over",
}

// sections are what changes in the environment, a part for what is alike.
func (e Environment) sections() []string {
	switch {
	case e.Added:
		return []string{strings.Join(e.newcomer(), "\n") + "\n"}
	case len(e.Changes) == 0:
		return []string{"No change.\n"}
	}
	out := []string{e.counts() + ".\n"}
	if e.Removed {
		out[0] = fmt.Sprintf("Defined no longer: %d resources and other blocks.\n", len(e.Changes))
	}
	// The same difference in many resources, such as a tag, is told once.
	var bodies []string
	changes := map[string][]Change{}
	for _, c := range e.Changes {
		body := string(c.Action) + "\n" + c.diff()
		if c.Action != Update {
			body = c.Address
		}
		if changes[body] == nil {
			bodies = append(bodies, body)
		}
		changes[body] = append(changes[body], c)
	}
	for _, body := range bodies {
		out = append(out, section(changes[body]))
	}
	return out
}

// counts says how many resources are created, changed and so on.
func (e Environment) counts() string {
	var out []string
	for _, action := range actionOrder {
		count := 0
		for _, c := range e.Changes {
			if c.Action == action {
				count++
			}
		}
		if count > 0 {
			out = append(out, fmt.Sprintf("%d to %s", count, action))
		}
	}
	return strings.Join(out, ", ")
}

// section shows changes that are alike. What is created or destroyed is folded, since
// it is long and says all there is.
func section(alike []Change) string {
	c := alike[0]
	heading := fmt.Sprintf("`%s` %s", c.Address, verbs[c.Action])
	switch {
	case len(alike) > 1:
		addresses := make([]string, len(alike))
		for i := range alike {
			addresses[i] = alike[i].Address
		}
		heading = fmt.Sprintf("%d resources change alike: %s", len(alike), code(addresses))
	case c.Action == Move:
		return fmt.Sprintf("\n`%s` is now called `%s`; nothing else happens to it.\n", c.From, c.Address)
	case c.Action == Replace && len(c.Forcing) > 0:
		heading += ", because of " + code(c.Forcing)
		if c.With != "" {
			heading += ", with `" + c.With + "`"
		}
	}
	body := "```diff\n" + c.diff() + "```\n"
	switch {
	case c.diff() == "":
		return "\n" + heading + "\n"
	case c.Action == Create || c.Action == Delete:
		return "\n<details><summary>" + strings.ReplaceAll(strings.Replace(heading, "`", "<code>", 1), "`", "</code>") + "</summary>\n\n" + body + "\n</details>\n"
	}
	return "\n" + heading + "\n\n" + body
}

// diff shows each attribute that differs, with what was before and what is after.
func (c Change) diff() string {
	var out strings.Builder
	for i, d := range c.Differences {
		if slices.Contains(c.Differences[:i], d) {
			continue // The same in another entry of a list.
		}
		path := strings.TrimPrefix(d.Path, ".")
		if path != "" {
			path += ": "
		}
		if d.From != nil {
			out.WriteString("- " + path + text(d.From) + "\n")
		}
		if d.To != nil {
			out.WriteString("+ " + path + text(d.To) + "\n")
		}
	}
	return out.String()
}

// text is a value in one line.
func text(value any) string {
	if value == unknown || value == sensitive {
		return value.(string)
	}
	if credential(value) {
		return "(a credential)" // A comment may be read by more people than the code.
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // It is decoded JSON.
	}
	return strings.TrimSpace(out.String())
}
