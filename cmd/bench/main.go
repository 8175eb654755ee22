// Command bench measures what synthesis costs, with and without the package
// fastsynth, and what the checks cost compared with the tests of an earlier commit, in
// alternating runs, and prints the table of docs/performance.md. `make bench` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
	"flask-api/constructs"
)

const (
	off = "FLASK_API_FAST_SYNTHESIS=off"
	// cacheRoot is where jsii keeps the packages that it unpacked. It stays where it
	// is while the cache of fastsynth is moved away.
	cacheRoot = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
)

// The cases that ratios are made of.
const (
	floorCase     = "floor: a stack without any provider"
	stockCase     = "default environment, stock"
	firstCase     = "default environment, fast, first run"
	fastCase      = "default environment, fast"
	tenCase       = "10 environments, fast"
	fiftyCase     = "50 environments, fast"
	cdktfCase     = "`npx cdktf synth` of dev and production, fast"
	makeSynthCase = "`make synth` of dev and production"
	makeCheckCase = "`make check`, once built"
	baseCase      = "`go test -short ./...` of the commit before, once built"
)

func main() {
	base := flag.String("base", "", "the commit whose tests are run for comparison (default where this branch left main, or HEAD~1)")
	rounds := flag.Int("rounds", 5, "how many times each case is run")
	floor := flag.String("floor", "", "only synthesise a stack without a provider into this folder")
	environments := flag.Int("environments", 0, "only synthesise as many environments")
	out := flag.String("out", "", "where to")
	flag.Parse()
	switch {
	case *floor != "":
		app := cdktf.NewApp(&cdktf.AppConfig{Outdir: floor})
		cdktf.NewTerraformStack(app, jsii.String("floor"))
		app.Synth()
		jsii.Close()
	case *environments > 0:
		var envs []config.Config
		for i := range *environments {
			envs = append(envs, config.Defaults(fmt.Sprintf("bench-%d", i)))
		}
		constructs.Synthesise(*out, envs...)
		jsii.Close()
	default:
		if err := bench(*rounds, *base); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// runCase is what is measured.
type runCase struct {
	name      string
	variables []string
	command   []string
	// dir is the folder that it runs in, if not this one.
	dir string
	// compiles says that the largest process is a compiler or a linker, and that the
	// case is run once before it is measured, so that this finds everything compiled.
	compiles bool
	// prepare is done before each run.
	prepare func() error

	seconds, mebibytes []float64
}

// bench runs all cases in turn, as often as asked, and prints the medians.
func bench(rounds int, base string) error {
	// An interrupt ends the run that is measured, and then all is removed as usual.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	before := filepath.Join(dir, "before")
	if err := checkOut(base, before); err != nil {
		return err
	}
	defer func() { _ = exec.Command("git", "worktree", "remove", "--force", before).Run() }() //nolint:gosec // The folder is this program's own.
	cases, err := allCases(self, dir, before)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.compiles {
			if err := c.run(ctx); err != nil {
				return err
			}
			c.seconds, c.mebibytes = nil, nil
		}
	}
	for range rounds {
		for _, c := range cases {
			if err := c.run(ctx); err != nil {
				return err
			}
		}
	}
	report(cases, rounds)
	return nil
}

// checkOut has git put the commit into the folder, next to this checkout.
func checkOut(base, dir string) error {
	if base == "" {
		base = "HEAD~1"
		head, err := git("rev-parse", "HEAD")
		if err != nil {
			return err
		}
		if left, err := git("merge-base", "HEAD", "main"); err == nil && left != head {
			base = left
		}
	}
	_, err := git("worktree", "add", "--detach", dir, base)
	return err
}

// git runs git and returns what it prints.
func git(arguments ...string) (string, error) {
	command := exec.Command("git", arguments...) //nolint:gosec // The arguments are this program's own.
	var problem strings.Builder
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", strings.Join(arguments, " "), err, problem.String())
	}
	return strings.TrimSpace(string(output)), nil
}

func allCases(self, dir, before string) ([]*runCase, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	empty := filepath.Join(dir, "cache")
	environments := func(n string) []string { return []string{self, "-environments", n, "-out", filepath.Join(dir, "out")} }
	first := []string{"XDG_CACHE_HOME=" + empty, "HOME=" + empty, cacheRoot + "=" + filepath.Join(cache, "aws", "jsii", "package-cache")}
	uncached := []string{"GOFLAGS=" + strings.TrimSpace(os.Getenv("GOFLAGS")+" -count=1")} // Commands that have no such flag ignore it.
	tests := []string{"go", "test", "-short", "-count=1", "./..."}
	synth := []string{"npx", "cdktf", "synth", "--output", filepath.Join(dir, "synth")}
	typed := "CHECKPOINT_DISABLE=" // As whoever types the command has it, with cdktf's call for news of itself.
	return []*runCase{
		{name: floorCase, command: []string{self, "-floor", filepath.Join(dir, "out")}, variables: []string{off}},
		{name: stockCase, command: environments("1"), variables: []string{off}},
		{name: firstCase, command: environments("1"), variables: first, prepare: func() error { return os.RemoveAll(empty) }},
		{name: fastCase, command: environments("1")},
		{name: tenCase, command: environments("10")},
		{name: fiftyCase, command: environments("50")},
		{name: "`npx cdktf synth` of dev and production, stock", command: synth, variables: []string{typed, off}},
		{name: cdktfCase, command: synth, variables: []string{typed}},
		{name: makeSynthCase, command: []string{"make", "synth"}},
		{name: makeCheckCase, command: []string{"make", "check"}, variables: uncached, compiles: true},
		{name: baseCase, command: tests, dir: before, compiles: true},
		{name: "`go test -short ./...`, once built", command: tests, compiles: true},
		{name: "`go test ./config/...`, once built", command: []string{"go", "test", "-count=1", "./config/..."}, compiles: true},
	}, nil
}

// run runs the case once. The memory is that of the largest process, which is the one
// that jsii's kernel runs in.
func (c *runCase) run(ctx context.Context) error {
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return err
		}
	}
	command := exec.CommandContext(ctx, c.command[0], c.command[1:]...) //nolint:gosec // The cases above.
	command.Dir = c.dir
	command.Env = append(os.Environ(), c.variables...)
	started := time.Now()
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", c.name, err, output)
	}
	c.seconds = append(c.seconds, time.Since(started).Seconds())
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not say how much memory a process took")
	}
	unit := 1024.0 // Linux counts KiB, macOS bytes.
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	c.mebibytes = append(c.mebibytes, float64(usage.Maxrss)*unit/(1<<20))
	return nil
}

func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[len(sorted)/2]
}

// report prints the table of the cases and the ratios that matter.
func report(cases []*runCase, rounds int) {
	fmt.Printf("Medians of %d alternating runs on %d cores, %s/%s:\n\n", rounds, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Println("| case | seconds | MiB |\n| --- | --- | --- |")
	seconds, mebibytes := map[string]float64{}, map[string]float64{}
	for _, c := range cases {
		seconds[c.name], mebibytes[c.name] = median(c.seconds), median(c.mebibytes)
		memory := fmt.Sprintf("%.0f", mebibytes[c.name])
		if c.compiles {
			memory = ""
		}
		fmt.Printf("| %s | %.2f | %s |\n", c.name, seconds[c.name], memory)
	}
	ten, fifty := seconds[tenCase], seconds[fiftyCase]
	fmt.Println("\n| ratio | measured | at most |\n| --- | --- | --- |")
	for _, r := range []struct {
		name            string
		measured, limit float64
	}{
		{"time, fast against stock", seconds[fastCase] / seconds[stockCase], 0.25},
		{"memory, fast against stock", mebibytes[fastCase] / mebibytes[stockCase], 0.2},
		{"time, first run against stock", seconds[firstCase] / seconds[stockCase], 1.5},
		{"time, fast against the floor", seconds[fastCase] / seconds[floorCase], 2.5},
		{"one more environment against the first, up to 10", (ten - seconds[fastCase]) / 9 / seconds[fastCase], 0.3},
		{"one more environment against the first, from 10 to 50", (fifty - ten) / 40 / seconds[fastCase], 0.3},
		{"`make synth` against `npx cdktf synth`", seconds[makeSynthCase] / seconds[cdktfCase], 0.35},
		{"`make check` against the tests of the commit before", seconds[makeCheckCase] / seconds[baseCase], 1},
		{"`make check`, seconds", seconds[makeCheckCase], 15},
	} {
		fmt.Printf("| %s | %.2f | %.2f |\n", r.name, r.measured, r.limit)
	}
}
