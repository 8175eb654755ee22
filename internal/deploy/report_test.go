package deploy

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// row is what one case measured. A figure that the case has no use for is none.
type row struct {
	name                   string
	calls, faults          int
	created, changes, left int
	duration               time.Duration
}

// none is a figure that a case does not measure.
const none = -1

// begin adds a case to the report and starts to measure it.
func (l *life) begin(name string) *row {
	r := &row{name: name, created: none, changes: none, left: none}
	l.mu.Lock()
	l.rows = append(l.rows, r)
	l.mu.Unlock()
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

// table is the report of all cases as Markdown.
func (h *harness) table() string {
	slices.SortFunc(h.rows, func(a, b *row) int { return strings.Compare(a.name, b.name) })
	var table strings.Builder
	table.WriteString("| case | AWS calls | faults injected | resources created | changes in the last plan | resources left | seconds |\n")
	table.WriteString("| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range h.rows {
		fmt.Fprintf(&table, "| %s | %d | %d | %s | %s | %s | %.0f |\n",
			r.name, r.calls, r.faults, figure(r.created), figure(r.changes), figure(r.left), r.duration.Seconds())
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
