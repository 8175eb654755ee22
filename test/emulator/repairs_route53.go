package emulator

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
)

// createRecordAgain replaces the creation of a record that is not there, for which moto
// looks at all that was ever created.
func (m *memory) createRecordAgain(c *Call) []byte {
	var request struct {
		Changes []struct {
			Action string
			Name   string `xml:"ResourceRecordSet>Name"`
			Type   string `xml:"ResourceRecordSet>Type"`
		} `xml:"ChangeBatch>Changes>Change"`
	}
	if xml.Unmarshal(c.Body, &request) != nil || len(request.Changes) != 1 || request.Changes[0].Action != "CREATE" {
		return c.Body
	}
	wanted := request.Changes[0]
	records, err := dnsRecords(background, m.account)
	if err != nil || slices.Contains(records, wanted.Type+" "+strings.TrimSuffix(wanted.Name, ".")+".") {
		return c.Body // moto itself complains about it.
	}
	return bytes.Replace(c.Body, []byte("<Action>CREATE<"), []byte("<Action>UPSERT<"), 1)
}
