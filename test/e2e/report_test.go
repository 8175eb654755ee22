package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

// row is what one case measured. A figure that the case has no use for is none.
type row struct {
	name                   string
	calls, faults          int
	created, changes, left int
	duration               time.Duration
	ended                  bool
}

// none is a figure that a case does not measure.
const none = -1

// beginDeployed begins a case with the first deployment of the environment.
func (l *life) beginDeployed(t *testing.T, name string) *row {
	t.Helper()
	r := l.begin(t, name)
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	return r
}

// begin adds a case to the report and starts to measure it.
func (l *life) begin(t *testing.T, name string) *row {
	t.Helper()
	r := &row{name: name, created: none, changes: none, left: none}
	l.mu.Lock()
	l.rows = append(l.rows, r)
	l.mu.Unlock()
	l.progress(t, r, "started")
	t.Cleanup(func() {
		if !r.ended {
			l.progress(t, r, "failed")
		}
	})
	l.resume()
	return r
}

// resume goes on measuring after [life.pause].
func (l *life) resume() {
	l.started = time.Now()
	l.callsBefore, l.faultsBefore = len(l.proxy.Calls()), l.proxy.Faults()
}

// pause adds what was measured since [life.begin] or [life.resume].
func (l *life) pause(r *row) {
	r.calls += len(l.proxy.Calls()) - l.callsBefore
	r.faults += l.proxy.Faults() - l.faultsBefore
	r.duration += time.Since(l.started)
}

// end measures the case for the last time.
func (l *life) end(t *testing.T, r *row) {
	t.Helper()
	l.pause(r)
	r.ended = true
	l.progress(t, r, "ended: "+r.figures())
}

// figures are what the case measured, in words.
func (r *row) figures() string {
	words := []string{fmt.Sprintf("%.0f s", r.duration.Seconds())}
	for _, f := range []struct {
		n    int
		unit string
	}{
		{r.calls, "AWS calls"},
		{r.faults, "faults injected"},
		{r.created, "resources created"},
		{r.changes, "changes in the last plan"},
		{r.left, "resources left"},
	} {
		if f.n != none {
			words = append(words, fmt.Sprintf("%d %s", f.n, f.unit))
		}
	}
	return strings.Join(words, ", ")
}

// progress tells how far a case is. `go test` shows the output of a package when all
// of it has ended, so `DEPLOY_PROGRESS` may name a file that grows meanwhile.
func (l *life) progress(t *testing.T, r *row, what string) {
	t.Helper()
	line := fmt.Sprintf("%s %s: %s: %s", time.Now().Format(time.TimeOnly), l.cfg.Suffix, r.name, what)
	t.Log(line)
	path := os.Getenv("DEPLOY_PROGRESS")
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // Where the caller wants it.
	require.NoError(t, err)
	_, err = file.WriteString(line + "\n") // At once, as the lives write to it side by side.
	require.NoError(t, errors.Join(err, file.Close()))
}

// TestProgress takes a case through a pause to its end, and another one not that far.
func TestProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress")
	t.Setenv("DEPLOY_PROGRESS", path)
	l := &life{harness: &harness{}, cfg: config.Defaults("dev"), proxy: emulator.NewProxy(&url.URL{})}
	defer l.proxy.Close()
	t.Run("cases", func(t *testing.T) {
		r := l.begin(t, "1. paused")
		l.pause(r)
		l.resume()
		r.created = 3
		l.end(t, r)
		l.begin(t, "2. interrupted")
	})
	assert.Regexp(t, `^\d\d:\d\d:\d\d dev: 1\. paused: started
\d\d:\d\d:\d\d dev: 1\. paused: ended: 0 s, 0 AWS calls, 0 faults injected, 3 resources created
\d\d:\d\d:\d\d dev: 2\. interrupted: started
\d\d:\d\d:\d\d dev: 2\. interrupted: failed
$`, string(readFile(t, path)))
}

// table is the report of all cases as Markdown.
func (h *harness) table() string {
	number := func(r *row) (n int) {
		_, _ = fmt.Sscan(r.name, &n) // A name without one stands first.
		return n
	}
	slices.SortFunc(h.rows, func(a, b *row) int { return cmp.Or(cmp.Compare(number(a), number(b)), strings.Compare(a.name, b.name)) })
	var table strings.Builder
	table.WriteString("| case | AWS calls | faults injected | resources created | changes in the last plan | resources left | seconds |\n")
	table.WriteString("| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range h.rows {
		fmt.Fprintf(&table, "| %s | %d | %d | %s | %s | %s | %.0f |\n",
			r.name, r.calls, r.faults, figure(r.created), figure(r.changes), figure(r.left), r.duration.Seconds())
	}
	if len(h.loads) > 0 {
		table.WriteString("\n| while | requests sent | requests lost | seconds |\n| --- | --- | --- | --- |\n")
	}
	for _, counted := range h.loads {
		fmt.Fprintf(&table, "| %s | %d | %d | %.0f |\n", counted.phase, counted.sent, counted.lost, counted.duration.Seconds())
	}
	if len(h.live) > 0 {
		table.WriteString("\nThe integration tests in the lifelike AWS:\n\n")
	}
	for _, environment := range slices.Sorted(maps.Keys(h.live)) {
		for _, result := range slices.Sorted(maps.Keys(h.live[environment])) {
			fmt.Fprintf(&table, "- %s: %s, %d runs\n", environment, result, h.live[environment][result])
		}
	}
	return table.String()
}

func figure(n int) string {
	if n == none {
		return "–"
	}
	return strconv.Itoa(n)
}

// report prints what sums up a run. `go test` hides the output of a package that
// passes, so `DEPLOY_REPORT` may name a file for it as well.
func report(t *testing.T, text string) {
	t.Helper()
	fmt.Println(text)
	if path := os.Getenv("DEPLOY_REPORT"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o600)) //nolint:gosec // Where the caller wants it.
	}
}
