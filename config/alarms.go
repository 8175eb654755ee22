package config

import (
	"fmt"
	"regexp"
	"strings"
)

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
