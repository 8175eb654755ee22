// Package summary shows what was synthesised on one screen: what each environment
// holds, what its always-on parts cost in a month, and what to do next. All of it is
// read from the JSON that Terraform gets, and from the table of prices next to this
// file.
package summary

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

const (
	// switchVariable turns the screen off.
	switchVariable = "FLASK_API_SUMMARY"
	// labelWidth, detailWidth and costWidth are the columns of the screen, which with
	// the count and the gaps has 79.
	labelWidth, detailWidth, costWidth = 13, 41, 16
)

// Print shows the last synthesis below outdir, or only the names of its files if the
// writer is no terminal; nothing if `FLASK_API_SUMMARY` is "off".
func Print(w io.Writer, terminal bool, outdir string, getenv func(string) string) error {
	if getenv(switchVariable) == "off" {
		return nil
	}
	loaded, err := synthesis.Load(outdir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no summary, run make synth: %w", err)
	}
	if err != nil {
		return fmt.Errorf("no summary: %w", err)
	}
	if !terminal {
		var files strings.Builder
		for _, stack := range loaded {
			files.WriteString(filepath.Join(outdir, "stacks", stack.Name, "cdk.tf.json") + "\n")
		}
		_, err := io.WriteString(w, files.String())
		return err
	}
	stacks := make([]Stack, len(loaded))
	for i := range loaded {
		stacks[i] = Stack{loaded[i]}
	}
	return Write(w, stacks, config.Environments(), getenv)
}

// Write writes the screen of the stacks. The environments that are defined count against
// the quotas as well. The process's environment is asked for what the next command has to
// repeat.
func Write(w io.Writer, stacks []Stack, defined []config.Config, getenv func(string) string) error {
	prices, err := parsePrices(pricesCSV)
	if err != nil {
		return err
	}
	var out strings.Builder
	var oldest time.Time
	var lacking []string
	for _, stack := range stacks {
		sum := stack.write(&out, prices, getenv)
		if sum.listed && !slices.Contains(lacking, stack.Region) {
			lacking = append(lacking, stack.Region)
		}
		if !sum.oldest.IsZero() && (oldest.IsZero() || sum.oldest.Before(oldest)) {
			oldest = sum.oldest
		}
	}
	out.WriteString("\nCosts are of what always runs, 730 hours, with the fewest tasks; traffic,\n" +
		"storage, logs and tax come on top. ")
	if !oldest.IsZero() {
		out.WriteString("The oldest of these prices is of " + oldest.Format(time.DateOnly) + ";\n")
	}
	if len(lacking) > 0 {
		out.WriteString("make prices REGIONS='" + strings.Join(lacking, " ") + "' adds others to")
	} else {
		out.WriteString("they are in")
	}
	out.WriteString(" internal/summary/prices.csv.\n" + quotas(stacks, defined))
	_, err = io.WriteString(w, out.String())
	return err
}

// write writes the block of one stack, and returns what it costs.
func (s Stack) write(out *strings.Builder, prices []price, getenv func(string) string) cost {
	parts := s.parts()
	total := 0
	var items []item
	for _, p := range parts {
		total += p.count
		items = append(items, p.items...)
	}
	title := fmt.Sprintf("%s: %s in %s, %s", s.Name, some(total, "resource"), s.Region, some(s.zones(), "zone"))
	fmt.Fprintf(out, "\n%s%*s\n", title, 79-utf8.RuneCountInString(title), "USD a month")
	for _, p := range parts {
		row(out, p.name, strconv.Itoa(p.count), p.details, costOf(p.items, s.Region, prices).String())
	}
	sum := costOf(items, s.Region, prices)
	var without []string
	if len(sum.unknown) > 0 {
		slices.Sort(sum.unknown)
		without = slices.Compact(sum.unknown)
		without[0] = "without " + without[0]
	}
	row(out, "sum", "", without, sum.String())
	where, there := s.Region, ""
	if len(sum.unknown) > 0 && s.Region != comparedRegion {
		where, there = comparedRegion, " in "+comparedRegion
		row(out, "", "", []string{"for comparison: the same" + there}, costOf(items, where, prices).String())
	}
	always := slices.DeleteFunc(slices.Clone(items), func(i item) bool { return i.rests })
	if len(always) < len(items) {
		row(out, "", "", []string{"stopped and paused" + there}, costOf(always, where, prices).String())
	}
	protected := s.protected()
	if len(protected) == 0 {
		protected = []string{"nothing: one command destroys it all"}
	}
	row(out, "protected", "", protected, "")
	row(out, "state", "", []string{s.state()}, "")
	next := "ENVIRONMENT=" + s.environment(getenv)
	for _, variable := range s.tagVariables() {
		if tag := getenv(variable); tag != "" {
			next = variable + "=" + tag + " " + next
		}
	}
	row(out, "next", "", []string{"make plan deploy " + next}, "")
	return sum
}

// tagVariables are those that name images, of the services and of the API.
func (s Stack) tagVariables() (variables []string) {
	for id := range s.Resources["aws_ecs_service"] {
		if name, ok := strings.CutPrefix(id, "service_"); ok {
			variables = append(variables, "IMAGE_TAG_"+strings.ToUpper(name))
		}
	}
	slices.Sort(variables)
	return append(variables, "IMAGE_TAG")
}

// environment is what make calls the environment, with the word that makes a new one
// if it is none of those that are defined.
func (s Stack) environment(getenv func(string) string) string {
	for _, env := range config.Environments() {
		if env.StackName() == s.Name {
			return env.Suffix
		}
	}
	if like := getenv("ENVIRONMENT_LIKE"); like != "" {
		return getenv("ENVIRONMENT_SUFFIX") + " LIKE=" + like
	}
	// The state remembers the suffix, and a name that is not the first: constructs/identity.go.
	remembered, _ := synthesis.At(s.Resources["terraform_data"]["identity"], "input", "suffix").(string)
	return config.RememberedSuffix(remembered) + " NEW=1"
}

// row writes a row of the screen, over as many lines as its details need.
func row(out *strings.Builder, label, count string, details []string, cost string) {
	lines := []string{""}
	for _, detail := range details {
		line := &lines[len(lines)-1]
		switch {
		case *line == "":
			*line = detail
		case utf8.RuneCountInString(*line+", "+detail) > detailWidth:
			*line += ","
			lines = append(lines, detail)
		default:
			*line += ", " + detail
		}
	}
	for _, line := range lines {
		text := fmt.Sprintf("  %-*s %3s  %-*s %*s", labelWidth, label, count, detailWidth, line, costWidth, cost)
		fmt.Fprintln(out, strings.TrimRight(text, " "))
		label, count, cost = "", "", ""
	}
}

// some counts things in words: "1 zone", "2 zones".
func some(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "ss"):
		return strconv.Itoa(n) + " " + thing + "es"
	default:
		return strconv.Itoa(n) + " " + thing + "s"
	}
}

// decimal is a number without needless zeros.
func decimal(n float64) string {
	return strconv.FormatFloat(n, 'f', -1, 64)
}
