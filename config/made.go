package config

import (
	"fmt"
	"reflect"
)

// made is a resource of an element of a list, by its kind and its resource name.
type made struct{ kind, resource string }

// maker is an element of a list, such as a queue, whose own name is in the names that its
// resources have in AWS.
type maker interface{ made() []made }

// What more than one part has.
const (
	kindTask   = "task definition"
	kindRole   = "role"
	kindBucket = "bucket"
)

// ofAccount are the kinds whose names an account has once, in whichever region:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var ofAccount = map[string]bool{kindRole: true, kindBucket: true}

// madeName is a physical name, and the element whose own name it has in it.
type madeName struct {
	field, value string
	kind, name   string
}

// madeNames are those of all elements of the environment.
func (c Config) madeNames() []madeName {
	var all []madeName
	for field, list := range reflect.ValueOf(c).Fields() {
		for i := 0; list.Kind() == reflect.Slice && i < list.Len(); i++ {
			if element, ok := list.Index(i).Interface().(maker); ok {
				own := list.Index(i).FieldByName("Name").String()
				for _, m := range element.made() {
					all = append(all, madeName{fmt.Sprintf("%s[%d].Name", field.Name, i), own, m.kind, c.PhysicalName(m.resource)})
				}
			}
		}
	}
	return all
}

// checkMade refuses a physical name that an element of an earlier environment has. A name and a
// suffix have hyphens of their own, so that the queue "mail-eu" of dev and the queue "mail" of
// eu-dev would be called the same; SQS and ECS would take the second for the first.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
func (p *problems) checkMade(c Config, earlier []Config) {
	told, own := map[string]bool{}, c.madeNames()
	for _, other := range earlier {
		if other.Suffix == c.Suffix || other.Account != c.Account && other.Account != "" && c.Account != "" {
			continue
		}
		theirs := other.madeNames()
		for _, m := range own {
			for _, o := range theirs {
				if m.kind != o.kind || m.name != o.name || told[m.field] || c.Region != other.Region && !ofAccount[m.kind] {
					continue
				}
				told[m.field] = true
				p.add(m.field, m.value, fmt.Sprintf("makes %q, which %s, %q, makes in environment %q, too", m.name, o.field, o.value, other.Suffix),
					ours("names of its own for every environment", "both would have one "+m.kind), do("set Account of both where they are in two accounts, or else rename one of the two, or choose another suffix for what is new"))
			}
		}
	}
}
