package review

import (
	"regexp"
	"slices"

	"flask-api/config"
)

// parameterValue is the path of the value of a parameter of the database.
var parameterValue = regexp.MustCompile(`^\.?parameter\[(.*)\]\.value$`)

// waitsForReboot names the parameters that the instances take up when they are rebooted.
func waitsForReboot(c Change) []Risk {
	if !matches(parameterGroups, c.kind()) || c.Action != Update {
		return nil
	}
	var names []string
	for _, d := range c.Differences {
		if name := parameterValue.FindStringSubmatch(d.Path); name != nil && config.StaticParameter(name[1]) {
			names = append(names, name[1])
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []Risk{{Caution, "", "changes what the instances take up when they are rebooted: " + quoted(names) + ". See `docs/operations.md#change-a-parameter-of-the-database`"}}
}
