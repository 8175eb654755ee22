package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRuleACertificateNeedsItsRecord(t *testing.T) {
	records := ""
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/rrset"):
			_, _ = fmt.Fprintf(w, "<ListResourceRecordSetsResponse><ResourceRecordSets>%s</ResourceRecordSets></ListResourceRecordSetsResponse>", records)
		case strings.HasSuffix(r.URL.Path, "/hostedzone"):
			_, _ = fmt.Fprint(w, "<ListHostedZonesResponse><HostedZones><HostedZone><Id>Z1</Id><Name>example.com.</Name></HostedZone></HostedZones></ListHostedZonesResponse>")
		default:
			_, _ = fmt.Fprint(w, `{"Certificate": {"Status": "ISSUED", "Type": "AMAZON_ISSUED", "DomainValidationOptions": [{"ResourceRecord": {"Name": "_a.api.example.com."}}]}}`)
		}
	})
	status := func() string { return send(t, p, "acm", "CertificateManager.DescribeCertificate", jsonType, "{}") }
	assert.Contains(t, status(), `"Status": "PENDING_VALIDATION", "Type": "AMAZON_ISSUED"`)
	records = "<ResourceRecordSet><Name>_a.api.example.com.</Name><Type>CNAME</Type></ResourceRecordSet>"
	assert.Contains(t, status(), `"Status": "ISSUED"`)
}
