// Package versions has the versions that this project is made for, which the file
// versions.env names for Go, make and the workflows alike.
package versions

import (
	_ "embed"
	"strings"
)

//go:embed versions.env
var file string

// The versions that Go asks for; versions.env says what each is.
var (
	NodeOldest        = value("NODE_OLDEST")
	NodeRecommended   = value("NODE_RECOMMENDED")
	NodeSupportedFrom = value("NODE_SUPPORTED_FROM")
	TerraformOldest   = value("TERRAFORM_OLDEST")
	Moto              = value("MOTO")
	UpgradesFrom      = value("UPGRADES_FROM")
)

// value is what the file says of the name.
func value(name string) string {
	for line := range strings.Lines(file) {
		if found, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(found)
		}
	}
	panic("versions.env does not name " + name)
}
