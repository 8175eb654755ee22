package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Alarms tell people when the API is down, slow or near a limit, and take back
// deployments that fail.
type Alarms struct {
	// Enabled creates the alarms, about 0.10 USD a month each, the topic that they
	// go to, with a key at 1 USD a month unless the environment has one of its own,
	// and a dashboard, 3 USD a month beyond an account's third. A deployment during
	// which those of 5xx statuses or unhealthy tasks go off is rolled back.
	Enabled bool
	// Emails are who is told. AWS sends each address a message to confirm first.
	Emails []string
	// LatencySeconds is how long one request in twenty may take.
	LatencySeconds float64
	// ServerErrors is how many answers with a 5xx status are too many within five
	// minutes, counted apart for the API and the load balancer.
	ServerErrors int
	// DatabaseConnections is how many connections to an instance are too many. Aurora
	// takes about 110 for each GiB of the class's memory.
	DatabaseConnections int
}

func defaultAlarms() Alarms {
	return Alarms{LatencySeconds: 1, ServerErrors: 10, DatabaseConnections: 350}
}

// emailForm is a plain address, without a name or comments around it.
var emailForm = regexp.MustCompile(`^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$`)

// checkAlarms checks who is told, and from when on.
func (p *problems) checkAlarms(a Alarms) {
	const emails = "Alarms.Emails"
	if len(a.Emails) > 0 && !a.Enabled {
		p.add(emails, len(a.Emails), "would never be told anything, because there are no alarms", "none without Alarms.Enabled", "set Alarms.Enabled")
	}
	seen := map[string]string{}
	for i, email := range a.Emails {
		p.matches(element(emails, i), email, emailForm, "an e-mail address", "write an address such as team@example.com")
		id := AlnumID(email)
		if earlier, twice := seen[id]; twice {
			p.add(element(emails, i), email, fmt.Sprintf("is %s, or differs from it in punctuation only", earlier),
				"addresses that differ in letters and digits", "remove one of the two")
		}
		seen[id] = email
	}
	if a.LatencySeconds <= 0 {
		p.add("Alarms.LatencySeconds", a.LatencySeconds, "is out of range", "more than 0", "write 1")
	}
	p.between("Alarms.ServerErrors", a.ServerErrors, 1, unlimited)
	p.between("Alarms.DatabaseConnections", a.DatabaseConnections, 1, unlimited)
}

// AlnumID is the text in lower case with a hyphen for all that is neither letter nor
// digit, as ids are made of text that people write.
func AlnumID(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
}
