// Command bench measures what synthesis costs, with and without the package
// fastsynth, in alternating runs, and prints the table of docs/performance.md.
// `make bench` runs it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
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

func main() {
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
		app := cdktf.NewApp(&cdktf.AppConfig{Outdir: out, StackTraces: jsii.Bool(false)})
		for i := range *environments {
			constructs.NewStack(app, config.Defaults(fmt.Sprintf("bench-%d", i)))
		}
		app.Synth()
		jsii.Close()
	default:
		if err := bench(*rounds); err != nil {
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
	// prepare is done before each run.
	prepare func() error

	seconds, mebibytes []float64
}

// bench runs all cases in turn, as often as asked, and prints the medians.
func bench(rounds int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cases, err := allCases(self, dir)
	if err != nil {
		return err
	}
	for range rounds {
		for _, c := range cases {
			if err := c.run(); err != nil {
				return err
			}
		}
	}
	report(cases, rounds)
	return nil
}

func allCases(self, dir string) ([]*runCase, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	empty := filepath.Join(dir, "cache")
	environments := func(n string) []string { return []string{self, "-environments", n, "-out", filepath.Join(dir, "out")} }
	first := []string{"XDG_CACHE_HOME=" + empty, "HOME=" + empty, cacheRoot + "=" + filepath.Join(cache, "aws", "jsii", "package-cache")}
	synth := []string{filepath.Join("node_modules", ".bin", "cdktf"), "synth", "--output", filepath.Join(dir, "synth")}
	return []*runCase{
		{name: "floor: a stack without any provider", command: []string{self, "-floor", filepath.Join(dir, "out")}, variables: []string{off}},
		{name: "default environment, stock", command: environments("1"), variables: []string{off}},
		{name: "default environment, fast, first run", command: environments("1"), variables: first, prepare: func() error { return os.RemoveAll(empty) }},
		{name: "default environment, fast", command: environments("1")},
		{name: "10 environments, fast", command: environments("10")},
		{name: "50 environments, fast", command: environments("50")},
		{name: "`cdktf synth` of dev and production, stock", command: synth, variables: []string{off}},
		{name: "`cdktf synth` of dev and production, fast", command: synth},
		{name: "`go test -short ./...`, once built", command: []string{"go", "test", "-short", "-count=1", "./..."}},
		{name: "`go test ./config/...`, once built", command: []string{"go", "test", "-count=1", "./config/..."}},
	}, nil
}

// run runs the case once. The memory is that of the largest process, which is the one
// that jsii's kernel runs in.
func (c *runCase) run() error {
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return err
		}
	}
	command := exec.Command(c.command[0], c.command[1:]...) //nolint:gosec // The cases above.
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
		if strings.HasPrefix(c.name, "`go test") {
			memory = "" // It is the compiler's.
		}
		fmt.Printf("| %s | %.2f | %s |\n", c.name, seconds[c.name], memory)
	}
	const floor, stock, first, fast = "floor: a stack without any provider", "default environment, stock", "default environment, fast, first run", "default environment, fast"
	ten, fifty := seconds["10 environments, fast"], seconds["50 environments, fast"]
	fmt.Println("\n| ratio | measured | at most |\n| --- | --- | --- |")
	for _, r := range []struct {
		name            string
		measured, limit float64
	}{
		{"time, fast against stock", seconds[fast] / seconds[stock], 0.25},
		{"memory, fast against stock", mebibytes[fast] / mebibytes[stock], 0.2},
		{"time, first run against stock", seconds[first] / seconds[stock], 1.5},
		{"time, fast against the floor", seconds[fast] / seconds[floor], 2.5},
		{"one more environment against the first, up to 10", (ten - seconds[fast]) / 9 / seconds[fast], 0.3},
		{"one more environment against the first, from 10 to 50", (fifty - ten) / 40 / seconds[fast], 0.3},
	} {
		fmt.Printf("| %s | %.2f | %.2f |\n", r.name, r.measured, r.limit)
	}
}
