package emulator

import (
	"bytes"
	"regexp"
	"slices"
)

// recordName is that of the record that proves a certificate's domain.
var recordName = regexp.MustCompile(`"Name": ?"(_[^"]+)"`)

// acmRules are what ACM does.
var acmRules = []Rule{
	{
		Name:   "certificate-needs-its-record",
		Says:   "a certificate is issued, and renewed, only while the record that proves its domain is in DNS",
		Source: "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
		calls:  []string{"acm:DescribeCertificate"},
		step: repair{response: func(m *memory, _ *Call, body []byte) []byte {
			name := recordName.FindSubmatch(body)
			records, err := dnsRecords(background, m.account)
			if name == nil || err != nil || slices.Contains(records, "CNAME "+string(name[1])) {
				return body
			}
			return bytes.ReplaceAll(body, []byte(`"ISSUED"`), []byte(`"PENDING_VALIDATION"`))
		}},
	},
}
