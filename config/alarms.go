package config

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// Alarms tell people when the API is down, slow or near a limit, and roll back
// deployments that fail.
type Alarms struct {
	// Enabled creates the alarms, about 0.10 USD a month each, the topic that they
	// go to, with a key at 1 USD a month unless the environment has one of its own,
	// and a dashboard, 3 USD a month beyond an account's third. A deployment during
	// which the alarms of 5xx statuses or of unhealthy tasks go off is rolled back.
	Enabled bool
	// Emails are the addresses that are notified, none by default. AWS sends each one
	// a message that has to be confirmed first.
	Emails []string
	// LatencySeconds is how long one request in twenty may take, more than 0.
	LatencySeconds float64
	// ServerErrors is how many answers with a 5xx status are too many within five
	// minutes, from 1 on. Those of the API and of the load balancer are counted
	// apart.
	ServerErrors int
	// DatabaseConnections is how many connections to an instance are too many, from 1
	// on. Aurora accepts about 110 for each GiB of the class's memory.
	DatabaseConnections int
}

func defaultAlarms() Alarms {
	return Alarms{LatencySeconds: 1, ServerErrors: 10, DatabaseConnections: 350}
}

// emailForm is a plain address, without a name or comments around it.
// https://datatracker.ietf.org/doc/html/rfc5322#section-3.4.1
var emailForm = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+\\.)+[A-Za-z][A-Za-z0-9-]*$")

// checkAlarms checks who is notified, and at which thresholds.
func (p *problems) checkAlarms(a Alarms) {
	const emails = "Alarms.Emails"
	if len(a.Emails) > 0 && !a.Enabled {
		p.add(emails, len(a.Emails), "is without effect", ours("addresses together with Alarms.Enabled", "without alarms there is nothing to notify about"),
			do("set Alarms.Enabled or remove the addresses"))
	}
	seen := map[string]string{}
	for i, email := range a.Emails {
		field := element(emails, i)
		// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
		p.matches(field, email, emailForm, aws("a plain e-mail address"), suggest("write an address such as", "team@example.com"))
		p.noTemplate(field, email, "use another address")
		id := AlnumID(email)
		if earlier, twice := seen[id]; twice {
			p.add(field, email, fmt.Sprintf("is %s, or differs from it in punctuation only", earlier),
				ours("addresses that differ in letters and digits", "the resource of each is called by these"), do("remove one of the two"))
		}
		seen[id] = email
	}
	const because = "with less, the alarm would go off in normal operation"
	// Written as what is allowed, because it is false of what is not a number.
	if latency := a.LatencySeconds; !(latency > 0 && latency < math.Inf(1)) {
		p.add("Alarms.LatencySeconds", latency, "is out of range", ours("a finite number above 0", because), write(1.0))
	}
	p.between("Alarms.ServerErrors", a.ServerErrors, bounds{low: 1, high: unlimited, lowBecause: because})
	p.between("Alarms.DatabaseConnections", a.DatabaseConnections, bounds{low: 1, high: unlimited, lowBecause: because})
}

// AlnumID is the text in lower case with a hyphen in place of each character that is
// neither a letter nor a digit, which makes an id of what people write.
func AlnumID(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
}
