package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one of the six fields of a time in AWS's notation.
type cronField struct {
	name      string
	low, high int
	// names stand for the numbers from low on.
	names []string
	// step says that a slash with a step may follow.
	step bool
	// special tells whether a text is one of those that only this field has.
	special func(f cronField, text string) bool
}

var (
	monthNames = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// cronFields are the fields in their order. The seven days of the week begin with 1 for
// Sunday.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions
var cronFields = []cronField{
	{name: "minutes", low: 0, high: 59, step: true},
	{name: "hours", low: 0, high: 23, step: true},
	{name: "day of the month", low: 1, high: 31, step: true, special: func(f cronField, text string) bool {
		day, nearest := strings.CutSuffix(text, "W")
		return text == "L" || nearest && (day == "L" || f.value(day))
	}},
	{name: "month", low: 1, high: 12, names: monthNames, step: true},
	{name: "day of the week", low: 1, high: 7, names: dayNames, special: func(f cronField, text string) bool {
		day, last := strings.CutSuffix(text, "L")
		if last {
			return day == "" || f.value(day)
		}
		day, week, ordinal := strings.Cut(text, "#")
		return ordinal && f.value(day) && between(week, 1, 5)
	}},
	{name: "year", low: 1970, high: 2199, step: true},
}

// checkCron parses a time in AWS's notation, which the field has in the form.
func (p *problems) checkCron(field, cron, form string) {
	const dayOfMonth, dayOfWeek = 2, 4
	value, example := fmt.Sprintf(form, cron), suggest("write a time such as", fmt.Sprintf(form, "0 7 ? * MON-FRI *"))
	texts := strings.Split(cron, " ")
	if len(texts) != len(cronFields) || (texts[dayOfMonth] == "?") == (texts[dayOfWeek] == "?") {
		p.add(field, value, "has the wrong form", aws("minutes, hours, day, month, weekday and year, with ? for one of the two days"), example)
		return
	}
	for i, f := range cronFields {
		if texts[i] != "?" && !f.accepts(texts[i]) || texts[i] == "?" && i != dayOfMonth && i != dayOfWeek {
			p.add(field, value, fmt.Sprintf("has %q for the %s", texts[i], f.name), aws(f.allowed()), example)
		}
	}
}

// accepts tells whether the text is a list of values, ranges and steps of the field, or
// the one special text that it has.
func (f cronField) accepts(text string) bool {
	if f.special != nil && f.special(f, text) {
		return true
	}
	for item := range strings.SplitSeq(text, ",") {
		values, step, hasStep := strings.Cut(item, "/")
		from, to, isRange := strings.Cut(values, "-")
		if values != "*" && !f.value(from) || isRange && !f.value(to) || hasStep && (!f.step || !between(step, 1, f.high)) {
			return false
		}
	}
	return true
}

// value tells whether the text is a number or a name of the field.
func (f cronField) value(text string) bool {
	return between(text, f.low, f.high) || slices.Contains(f.names, strings.ToUpper(text))
}

// allowed says what the field accepts.
func (f cronField) allowed() string {
	allowed := fmt.Sprintf("%d to %d", f.low, f.high)
	if f.names != nil {
		allowed += fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	return allowed + " there, also as lists and ranges"
}

// between tells whether the text is a number of the range.
func between(text string, low, high int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && low <= n && n <= high && text[0] != '+'
}
