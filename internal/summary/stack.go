package summary

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Stack is the synthesised Terraform configuration of one environment.
type Stack struct{ synthesis.Stack }

// Parse reads the JSON of a stack.
func Parse(name string, text []byte) (Stack, error) {
	stack, err := synthesis.Parse(name, text)
	return Stack{stack}, err
}

// zones is over how many availability zones the subnets are spread.
func (s Stack) zones() int {
	zones := map[string]bool{}
	for _, subnet := range s.Each("aws_subnet") {
		// Where zones are discovered, a private subnet takes that of its public one.
		if zone := synthesis.Text(subnet, "availability_zone"); !strings.HasPrefix(zone, "${aws_subnet.") {
			zones[zone] = true
		}
	}
	return len(zones)
}

// protected are the resources that Terraform or AWS refuses to delete.
func (s Stack) protected() []string {
	var names []string
	for kind := range s.Resources {
		for _, a := range s.Each(kind) {
			kept := synthesis.Inner(a, "lifecycle")["prevent_destroy"] == true
			if kept || a["deletion_protection"] == true || a["enable_deletion_protection"] == true {
				names = append(names, strings.NewReplacer("aws_elasticache_replication_group", "cache", "aws_", "", "secretsmanager_", "", "_", " ").Replace(kind))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// state is where Terraform keeps what it created.
func (s Stack) state() string {
	backend, cloud := synthesis.Inner(s.Terraform, "backend"), synthesis.Inner(s.Terraform, "cloud")
	if cloud != nil {
		return synthesis.Text(cloud, "organization") + " at " + cmp.Or(synthesis.Text(cloud, "hostname"), "app.terraform.io")
	}
	if s3 := synthesis.Inner(backend, "s3"); s3 != nil {
		return "s3://" + synthesis.Text(s3, "bucket") + "/" + synthesis.Text(s3, "key")
	}
	return path.Base(synthesis.Text(synthesis.Inner(backend, "local"), "path")) + " in this folder"
}
