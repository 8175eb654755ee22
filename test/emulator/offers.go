package emulator

import (
	_ "embed" // The lists are a file.
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// offersJSON has the versions, classes and regions that AWS offered Aurora PostgreSQL
// in on one day; where they come from stands in it.
//
//go:embed testdata/aurora-postgresql.json
var offersJSON []byte

// offers are the lists. Words of a list are separated by spaces.
var offers = func() (o struct {
	Versions []struct{ Versions, Classes string }
	Regions  map[string]string
	Ended    map[string]string // the last day of standard support, by major version, of those past it
},
) {
	if err := json.Unmarshal(offersJSON, &o); err != nil {
		panic(err)
	}
	return o
}()

// DefaultEngineVersions are the Aurora PostgreSQL versions that are offered until
// [Emulator.OfferEngineVersions] says otherwise. 15.4 is not among them, as AWS
// retires minor versions, so that the newest of the major one is planned.
var DefaultEngineVersions = func() (all []string) {
	for _, group := range offers.Versions {
		all = append(all, strings.Fields(group.Versions)...)
	}
	slices.SortFunc(all, byVersion)
	return all
}()

// orderable are the classes that a version has in a region, those of all versions for
// one that the lists do not have.
func orderable(region, version string) []string {
	var classes []string
	for _, class := range strings.Fields(offers.Regions[region]) {
		for _, group := range offers.Versions {
			known := slices.Contains(DefaultEngineVersions, version)
			if (!known || slices.Contains(strings.Fields(group.Versions), version)) && slices.Contains(strings.Fields(group.Classes), class) {
				classes = append(classes, class)
				break
			}
		}
	}
	return classes
}

// describeOrderable answers DescribeOrderableDBInstanceOptions for Aurora PostgreSQL:
// each class of the version twice, for its two kinds of storage, in all zones.
func (m *memory) describeOrderable(c *Call) (string, []byte) {
	version, wanted := c.Form.Get("EngineVersion"), c.Form.Get("DBInstanceClass")
	var list, zones strings.Builder
	for _, zone := range []string{"a", "b", "c"} {
		fmt.Fprintf(&zones, "<AvailabilityZone><Name>%s%s</Name></AvailabilityZone>", c.Region, zone)
	}
	for _, class := range orderable(c.Region, version) {
		for _, storage := range []string{"aurora", "aurora-iopt1"} {
			if wanted == "" || wanted == class {
				fmt.Fprintf(&list, "<OrderableDBInstanceOption><Engine>aurora-postgresql</Engine><EngineVersion>%s</EngineVersion>"+
					"<DBInstanceClass>%s</DBInstanceClass><StorageType>%s</StorageType><Vpc>true</Vpc><SupportsClusters>true</SupportsClusters>"+
					"<AvailabilityZones>%s</AvailabilityZones></OrderableDBInstanceOption>", version, class, storage, &zones)
			}
		}
	}
	return "text/xml", fmt.Appendf(nil, `<DescribeOrderableDBInstanceOptionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">`+
		`<DescribeOrderableDBInstanceOptionsResult><OrderableDBInstanceOptions>%s</OrderableDBInstanceOptions></DescribeOrderableDBInstanceOptionsResult>`+
		`<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></DescribeOrderableDBInstanceOptionsResponse>`, &list)
}
