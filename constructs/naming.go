package constructs

import (
	"strconv"

	"github.com/aws/jsii-runtime-go"

	"flask-api/config"
)

// resourceID is the construct id that stays out of a Terraform address, for a
// part that is little more than its one resource.
const resourceID = "Resource"

// numbered is the construct id of the index-th of several like resources,
// counted from one as their physical names are.
func numbered(id string, index int) string {
	return id + "_" + strconv.Itoa(index+1)
}

// numberedName is [numbered] for physical names.
func numberedName(name string, index int) string {
	return name + "-" + strconv.Itoa(index+1)
}

// nameTag is the Name tag that the AWS console shows for resources without a
// name of their own. All other tags are the provider's default tags.
func nameTag(c config.Config, resource string) *map[string]*string {
	return &map[string]*string{"Name": jsii.String(c.Name(resource))}
}
