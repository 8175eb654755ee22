// Package live tells how what exists in AWS differs from the stack that was synthesised:
// what is missing, what is there in addition, and which attribute has another value. It
// asks AWS itself, not Terraform, and only reads.
package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Attributes are those of one object by the names that the provider of Terraform gives
// them, so that they compare with the synthesised ones. A block is a list of Attributes.
type Attributes map[string]any

// Kind is how the objects of one type of Terraform's are found in AWS and compared.
type Kind struct {
	// Key names the attributes that tell an object from the others of its type, such as name.
	Key []string
	// List returns the objects of the type that are in the environment's reach, whoever made
	// them: in its VPC, under its names, or attached to what is its own. It leaves out what
	// AWS, an organisation or autoscaling is known by a mark to have added. Each attribute
	// that it returns is compared: with the synthesised one, or with Defaults, or with nothing.
	List func(ctx context.Context, env *Environment) ([]Attributes, error)
	// Defaults are the values of attributes where the stack is silent.
	Defaults Attributes
	// Computed names attributes of List that AWS chose. They are not compared, but others
	// refer to them: id, arn.
	Computed []string
	// Ordered names the lists whose order matters. Of the others it does not.
	Ordered []string
	// Skipped has the reason for each synthesised attribute that List does not return.
	Skipped map[string]string
}

// Environment is what the kinds ask and know.
type Environment struct {
	// Suffix and StackName are those of the configuration; every name holds one of them.
	Suffix, StackName string
	Region            string
	// Account and Partition are those of the credentials.
	Account, Partition string
	// VPC is the id of the environment's own, of the outputs.
	VPC string
	// AWS makes a client of each service.
	AWS aws.Config

	found map[string]func() ([]Attributes, error)
}

// Found returns what the kind of that type lists, which is asked for once.
func (e *Environment) Found(ctx context.Context, kind string) ([]Attributes, error) {
	list, ok := e.found[kind]
	if !ok {
		return kinds()[kind].List(ctx, e)
	}
	return list()
}
