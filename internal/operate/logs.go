package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogQuery says which log events are wanted.
type LogQuery struct {
	// Since is the time of the first one.
	Since time.Time
	// Filter is a pattern of CloudWatch's; empty takes all:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	Filter string
	// Service is the name of the service whose tasks are meant; empty are all tasks.
	Service string
	// Follow goes on with what arrives, until the context ends.
	Follow bool
}

// lateness is how long after its time an event may arrive and still be seen by who
// follows. A task keeps up to 25 MiB back while CloudWatch does not take them.
const lateness = 2 * time.Minute

// Since is the moment that a person means by a span such as 90m or 2d, or by a time such
// as 2026-11-26T01:00:00Z.
func Since(text string, now time.Time) (time.Time, error) {
	if moment, err := time.Parse(time.RFC3339, text); err == nil {
		return moment, nil
	}
	var days int
	if _, err := fmt.Sscanf(text+"\n", "%dd\n", &days); err == nil {
		return now.AddDate(0, 0, -days), nil
	}
	span, err := time.ParseDuration(text)
	if err != nil {
		return now, fmt.Errorf("SINCE=%s is neither a span, such as 90m, 1h or 2d, nor a time, such as %s", text, now.UTC().Format(time.RFC3339))
	}
	return now.Add(-span), nil
}

// Logs writes the events of all the tasks' log streams in the order of their time, each
// with its task's short id.
func (p *Platform) Logs(ctx context.Context, query LogQuery) error {
	streams := ""
	if query.Service != "" {
		i, err := p.webService(query.Service)
		if err != nil {
			return err
		}
		streams = p.Config.Services[i].Resource() + "/"
	}
	seen := map[string]int64{} // when they happened, by their ids
	from := query.Since.UnixMilli()
	for {
		newest, err := p.newLogs(ctx, query.Filter, streams, from, seen)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // Whoever follows has had enough.
		case err != nil:
			return err
		case !query.Follow:
			if len(seen) == 0 {
				p.note("There is no log event since %s.", query.Since.UTC().Format(time.RFC3339))
			}
			return nil
		}
		from = max(from, min(newest, time.Now().UnixMilli())-lateness.Milliseconds())
		for id, at := range seen {
			if at < from {
				delete(seen, id)
			}
		}
		if !p.pause(ctx) {
			return nil
		}
	}
}

// newLogs writes the events of the streams whose names begin so, from a moment on, that were not seen, and returns when the newest
// happened. CloudWatch returns all streams together and sorted; a page may be empty:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
func (p *Platform) newLogs(ctx context.Context, filter, streams string, from int64, seen map[string]int64) (newest int64, err error) {
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/ecs/" + p.Config.StackName()), StartTime: &from}
	if filter != "" {
		input.FilterPattern = &filter
	}
	if streams != "" {
		input.LogStreamNamePrefix = &streams
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(p.AWS), input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			return 0, p.nothing()
		}
		if err != nil {
			return 0, fmt.Errorf("reading %s: %w", *input.LogGroupName, explained(err))
		}
		slices.SortStableFunc(page.Events, func(a, b types.FilteredLogEvent) int { return cmp.Compare(*a.Timestamp, *b.Timestamp) })
		for _, event := range page.Events {
			newest = max(newest, *event.Timestamp)
			if _, known := seen[*event.EventId]; known {
				continue
			}
			seen[*event.EventId] = *event.Timestamp
			if err := p.writeEvent(*event.Timestamp, source(*event.LogStreamName, p.Config.Name), *event.Message); err != nil {
				return 0, err
			}
		}
	}
	return newest, nil
}

func (p *Platform) writeEvent(at int64, source, message string) error {
	_, err := fmt.Fprintf(p.Out, "%s %s %s\n", time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z"), source, strings.TrimRight(message, "\n"))
	return err
}

// source is the short id of the task that writes a stream, and which of its containers or
// commands does, unless it is the API: a stream is called prefix/container/id.
func source(stream, api string) string {
	prefix, _, _ := strings.Cut(stream, "/")
	if prefix == api || prefix == stream {
		return short(stream)
	}
	return short(stream) + "/" + prefix
}
