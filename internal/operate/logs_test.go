package operate

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// events is a page of log events, "id second stream message" each, and the token of the
// next one.
func events(token string, list ...string) string {
	var shown []string
	for _, event := range list {
		words := strings.SplitN(event, " ", 4)
		shown = append(shown, fmt.Sprintf(`{"eventId":%q,"timestamp":%s000,"logStreamName":%q,"message":%q}`, words[0], words[1], words[2], words[3]))
	}
	next := ""
	if token != "" {
		next = `,"nextToken":"` + token + `"`
	}
	return `{"events":[` + strings.Join(shown, ",") + `]` + next + `}`
}

func TestLogsReadEveryPage(t *testing.T) {
	f := newFake(t, map[string][]string{"FilterLogEvents": {
		events("two", "b 20 flask-api/flask-api/2222222200 later", "a 10 flask-api/flask-api/1111111100 sooner"),
		events("three"),
		events("", "c 30 release/flask-api/3333333300 upgraded\n"),
	}})
	require.NoError(t, f.Logs(t.Context(), LogQuery{Since: time.Unix(5, 0), Filter: "GET"}))
	assert.Equal(t, "1970-01-01T00:00:10.000Z 11111111 sooner\n1970-01-01T00:00:20.000Z 22222222 later\n1970-01-01T00:00:30.000Z 33333333/release upgraded\n", f.out.String())
	assert.Contains(t, f.called("FilterLogEvents")[0], `"startTime":5000`)
	assert.Contains(t, f.called("FilterLogEvents")[0], `"filterPattern":"GET"`)
	assert.Empty(t, f.notes.String())
}

func TestLogsSayThatThereIsNone(t *testing.T) {
	f := newFake(t, map[string][]string{"FilterLogEvents": {events("")}})
	require.NoError(t, f.Logs(t.Context(), LogQuery{Since: time.Unix(5, 0)}))
	assert.Equal(t, "There is no log event since 1970-01-01T00:00:05Z.\n", f.notes.String())
}

// TestLogsFollow wants each event once: those that are seen again, and those that arrive late.
func TestLogsFollow(t *testing.T) {
	f := newFake(t, map[string][]string{"FilterLogEvents": {
		events("", "a 1000 x/y/11111111 first"),
		events("", "a 1000 x/y/11111111 first", "b 999 x/y/22222222 late"),
		events("", "c 1300 x/y/11111111 new"),
		events(""),
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	f.Interval = time.Millisecond
	go func() { done <- f.Logs(ctx, LogQuery{Since: time.Unix(0, 0), Follow: true}) }()
	require.Eventually(t, func() bool { return len(f.called("FilterLogEvents")) > 4 }, 10*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	var messages []string
	for line := range strings.Lines(f.out.String()) {
		messages = append(messages, strings.Fields(line)[2])
	}
	assert.Equal(t, []string{"first", "late", "new"}, messages)
	calls := f.called("FilterLogEvents")
	assert.Contains(t, calls[1], `"startTime":880000`, "two minutes before the newest")
	assert.Contains(t, calls[3], `"startTime":1180000`)
}

func TestSince(t *testing.T) {
	for text, want := range map[string]time.Time{
		"90m": moment.Add(-90 * time.Minute), "2d": moment.AddDate(0, 0, -2), "2026-11-20T00:00:00Z": time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
	} {
		since, err := Since(text, moment)
		require.NoError(t, err)
		assert.Equal(t, want, since)
	}
	_, err := Since("yesterday", moment)
	require.ErrorContains(t, err, "SINCE=yesterday is neither a span, such as 90m, 1h or 2d, nor a time, such as 2026-11-26T01:00:00Z")
}
