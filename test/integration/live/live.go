// Package live tells how what exists in AWS differs from the stack that was synthesised:
// what is missing, what is there in addition, and which attribute has another value. It
// asks AWS itself, not Terraform, and only reads.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Attributes are those of one object by the names that the provider of Terraform gives
// them, so that they compare with the synthesised ones. A block is a list of Attributes.
// Values may be the SDK's own: pointers and enumerations are compared by what they hold.
type Attributes map[string]any

// Kind is how the objects of one type of Terraform's are found in AWS and compared. A
// name of an attribute may be a path: tags.Name, default_action.redirect.host. In
// Ordered and Hidden, * stands for any name.
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
	// Skipped has the reason for each synthesised attribute that List does not return, or
	// whose expression nothing in AWS tells the value of.
	Skipped map[string]string
	// Hidden names what no message shows the value of that was found.
	Hidden []string
	// Decided puts what others than Terraform decide into what is wanted, if it is theirs.
	Decided func(r *resolver, found, wanted Attributes)
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
	// Shared says that the VPC was there before: it is not compared, nor is what others have
	// in it.
	Shared bool
	// Domains are those whose certificate the stack has, and Zone the hosted zone in which it
	// has the domains' records. They are empty where the stack has no such thing.
	Domains []string
	Zone    string
	// AWS makes a client of each service.
	AWS aws.Config

	mutex sync.Mutex
	found map[string]func() ([]Attributes, error)
}

// Identify asks whose account and partition the credentials are of.
func (e *Environment) Identify(ctx context.Context) error {
	caller, err := sts.NewFromConfig(e.AWS).GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	parsed, err := arn.Parse(aws.ToString(caller.Arn))
	e.Account, e.Partition, e.Region = aws.ToString(caller.Account), parsed.Partition, e.AWS.Region
	return err
}

// Found returns what the kind of that type lists, which is asked for once.
func (e *Environment) Found(ctx context.Context, kind string) ([]Attributes, error) {
	return e.list(ctx, kind, kinds()[kind])
}

func (e *Environment) list(ctx context.Context, name string, kind Kind) ([]Attributes, error) {
	return e.once(name, func() ([]Attributes, error) {
		listed, err := kind.List(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return plain(listed)
	})()
}

func (e *Environment) once(key string, ask func() ([]Attributes, error)) func() ([]Attributes, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.found == nil {
		e.found = map[string]func() ([]Attributes, error){}
	}
	if e.found[key] == nil {
		e.found[key] = sync.OnceValues(ask)
	}
	return e.found[key]
}

// plain makes what JSON knows of the SDK's pointers, enumerations and structures.
func plain[T any](value T) (T, error) {
	var result T
	encoded, err := json.Marshal(value)
	if err != nil {
		return result, err
	}
	return result, json.Unmarshal(encoded, &result)
}
