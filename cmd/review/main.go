// Command review writes the report that a reviewer reads, in Markdown: what changed
// in the working tree since a commit, between two folders that CDKTF wrote, or what a
// plan does. `make review` runs it.
//
// It ends with 0 if nothing changes and with 1 if it failed. Otherwise the worst change
// counts: 2 if all are known to be harmless, 3 for a caution, 4 for what cannot be applied,
// 5 for what no rule knows, and 6 for a danger.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"flask-api/internal/review"
)

// The exit codes.
const (
	nothing = 0
	failed  = 1
)

// commentLimit leaves room in a comment on GitHub, which takes 65,536 characters, and in
// what the workflows cut.
const commentLimit = 59000

// codes are those of the worst change.
var codes = map[review.Level]int{
	review.Harmless: 2, review.Caution: 3, review.Impossible: 4, review.Unjudged: 5, review.Danger: 6,
}

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(arguments []string) (int, error) {
	flags := flag.NewFlagSet("review", flag.ContinueOnError)
	base := flags.String("base", "", "the commit that the working tree is compared with")
	before := flags.String("before", "", "the folder of a synthesis that -after is compared with")
	after := flags.String("after", "", "the folder of a synthesis")
	plan := flags.String("plan", "", "a file with what `terraform show -json` says of a plan, instead")
	limit := flags.Int("limit", commentLimit, "how many characters the report may have; 0 for all of it")
	output := flags.String("output", "", "the report's file, instead of standard output")
	if err := flags.Parse(arguments); err != nil {
		return failed, nil //nolint:nilerr // The error is printed already.
	}
	var report review.Report
	var err error
	switch {
	case *plan != "":
		report, err = ofPlan(*plan)
	case *before != "" && *after != "":
		report.Title = "What changes"
		report.Environments, err = review.Syntheses(*before, *after)
	case *base != "":
		report, err = since(*base)
	default:
		err = errors.New("nothing to compare: give -base, -plan, or -before and -after")
	}
	if err != nil {
		return failed, err
	}
	report.Limit = *limit
	if *output == "" {
		fmt.Print(report.Markdown())
	} else if err := os.WriteFile(*output, []byte(report.Markdown()), 0o600); err != nil {
		return failed, err
	}
	if !report.Changed() {
		return nothing, nil
	}
	return codes[report.Class()], nil
}

func ofPlan(file string) (review.Report, error) {
	text, err := os.ReadFile(file) //nolint:gosec // The file is the user's choice.
	if err != nil {
		return review.Report{}, err
	}
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	environment, err := review.Plan(name, text)
	return review.Report{Title: "What the plan does", Environments: []review.Environment{environment}}, err
}

// since synthesises the commit from which the working tree and the base have gone apart,
// in a working tree of its own, and the one that is here: what others did to the base in
// the meantime is not part of the change. ENVIRONMENT_SUFFIX and IMAGE_TAG reach both.
func since(base string) (report review.Report, err error) {
	if _, err := git("rev-parse", "--verify", base+"^{commit}"); err != nil {
		return report, fmt.Errorf("%s is no commit of this repository; fetch it first, or give another", base)
	}
	commit, err := git("merge-base", base, "HEAD")
	if err != nil {
		return report, fmt.Errorf("%s has no commit in common with what is checked out; fetch its history (`git fetch --unshallow`), or give another: %w", base, err)
	}
	behind, err := git("rev-list", "--count", commit+".."+base)
	if err != nil {
		return report, err
	}
	dir, err := os.MkdirTemp("", "review")
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tree := filepath.Join(dir, "tree")
	if err := command(".", nil, "git", "worktree", "add", "--detach", tree, commit); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, command(".", nil, "git", "worktree", "remove", "--force", tree)) }()

	// The project may be a folder of a larger repository.
	prefix, err := git("rev-parse", "--show-prefix")
	if err != nil {
		return report, err
	}
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	for out, source := range map[string]string{before: filepath.Join(tree, prefix), after: "."} {
		if err := command(source, []string{"CDKTF_OUTDIR=" + out}, "go", "run", "."); err != nil {
			return report, err
		}
	}
	report.Title = titled(base, commit, behind)
	report.Environments, err = review.Syntheses(before, after)
	return report, err
}

// titled says what is compared, and what is not.
func titled(base, commit, behind string) string {
	title := fmt.Sprintf("What changes since %s (%.7s)", base, commit)
	if behind != "0" {
		title += fmt.Sprintf(", which is %s commits further: they are not compared", behind)
	}
	return title
}

// git is what the command prints, in one line.
func git(arguments ...string) (string, error) {
	output, err := exec.Command("git", arguments...).Output() //nolint:gosec // The commands above.
	return strings.TrimSpace(string(output)), err
}

// command runs a command, whose output is shown only if it fails.
func command(dir string, variables []string, name string, arguments ...string) error {
	c := exec.Command(name, arguments...) //nolint:gosec // The commands above.
	c.Dir = dir
	c.Env = append(os.Environ(), variables...)
	if output, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s in %s: %w\n%s", name, strings.Join(arguments, " "), dir, err, output)
	}
	return nil
}
