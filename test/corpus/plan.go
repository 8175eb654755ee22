package corpus

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Account is that of the plans.
const Account = "123456789012"

// Settle is the stack with what is known once it is applied.
func Settle(text string) string {
	text = strings.ReplaceAll(text, "${data.aws_caller_identity.caller.account_id}", Account)
	return remembered.ReplaceAllString(text, Account+".dkr.ecr.eu-south-1.amazonaws.com/flask-api:v1")
}

// remembered are the images of the API and of its services that were named last.
var remembered = regexp.MustCompile(`\$\{local\.(service_\w+_)?registry_image\}`)

// ReadDocuments puts the policies that data sources write into the roles that have them,
// as Terraform does when it plans.
func (s Stack) ReadDocuments() {
	documents := Stack(s.Section("data")).Section("aws_iam_policy_document")
	for _, role := range Stack(s.Section("resource")).Section("aws_iam_role") {
		role := role.(Attributes)
		trust, _ := role["assume_role_policy"].(string)
		name := strings.TrimSuffix(strings.TrimPrefix(trust, "${data.aws_iam_policy_document."), ".json}")
		if document, found := documents[name]; found {
			role["assume_role_policy"] = policyOf(document)
		}
	}
}

// policyOf is what the data source writes.
func policyOf(document any) Attributes {
	var statements []any
	for _, block := range synthesis.At(document, "statement").([]any) {
		statement := Attributes{"Effect": "Allow", "Action": synthesis.At(block, "actions")}
		principal, condition := Stack(statement).Section("Principal"), Stack(Stack(statement).Section("Condition"))
		for _, p := range synthesis.At(block, "principals").([]any) {
			principal[synthesis.At(p, "type").(string)] = synthesis.At(p, "identifiers")
		}
		for _, c := range synthesis.At(block, "condition").([]any) {
			condition.Section(synthesis.At(c, "test").(string))[synthesis.At(c, "variable").(string)] = synthesis.At(c, "values")
		}
		statements = append(statements, statement)
	}
	return Attributes{"Statement": statements}
}

// forces are attributes of which Terraform replaces the resource.
var forces = map[string]string{"aws_lb": "name"}

// Plan is what `terraform show -json` would say of the plan that makes the one of the
// other, as far as the policy set reads it. Of an empty stack, it is the first plan.
func Plan(before, after Stack) Attributes {
	gone, old := resources(before), resources(before)
	var changes, configured []any
	for address, resource := range resources(after) {
		kind, _, _ := strings.Cut(address, ".")
		was := old[address]
		delete(gone, address)
		configuration := Attributes{"address": address, "mode": "managed", "type": kind}
		if list, provisions := resource["provisioner"].([]any); provisions {
			configuration["provisioners"] = provisioners(list)
			resource = maps.Clone(resource)
			delete(resource, "provisioner")
		}
		configured = append(configured, configuration)
		changes = append(changes, changeOf(address, was, resource))
	}
	for address, resource := range gone {
		changes = append(changes, changeOf(address, resource, nil))
	}
	for _, section := range []string{"moved", "import", "removed"} {
		blocks, _ := after[section].([]any)
		for _, block := range blocks {
			annotate(changes, section, block.(Attributes))
		}
	}
	for _, mode := range []string{"data", "ephemeral"} {
		for kind, blocks := range after.Section(mode) {
			for name, block := range blocks.(Attributes) {
				configured = append(configured, Attributes{"address": mode + "." + kind + "." + name, "mode": mode, "type": kind, "expressions": constants(block)})
			}
		}
	}
	return Attributes{
		"resource_changes": changes,
		"configuration": Attributes{
			"provider_config": providersOf(after),
			"root_module":     Attributes{"resources": configured, "module_calls": after.Section("module"), "outputs": after.Section("output")},
		},
		"prior_state": Attributes{"values": Attributes{"root_module": Attributes{"resources": []any{
			Attributes{"address": "data.aws_caller_identity.caller", "mode": "data", "type": "aws_caller_identity", "values": Attributes{"account_id": "123456789012"}},
		}}}},
	}
}

// resources are those of the stack by address.
func resources(stack Stack) map[string]Attributes {
	out := map[string]Attributes{}
	for kind, named := range stack.Section("resource") {
		for name, resource := range named.(Attributes) {
			out[kind+"."+name] = resource.(Attributes)
		}
	}
	return out
}

func changeOf(address string, before, after Attributes) Attributes {
	kind, _, _ := strings.Cut(address, ".")
	provider := "registry.terraform.io/hashicorp/aws"
	if kind == "terraform_data" {
		provider = "terraform.io/builtin/terraform"
	}
	change := Attributes{"actions": []any{"update"}}
	if before != nil {
		change["before"] = before
	}
	if after != nil {
		change["after"] = after
	}
	switch {
	case before == nil:
		change["actions"] = []any{"create"}
	case after == nil:
		change["actions"] = []any{"delete"}
	case reflect.DeepEqual(before, after):
		change["actions"] = []any{"no-op"}
	case before[forces[kind]] != after[forces[kind]]:
		change["actions"] = []any{"delete", "create"}
	}
	return Attributes{"address": address, "mode": "managed", "type": kind, "provider_name": provider, "change": change}
}

// annotate says of a change what a block of the section means.
func annotate(changes []any, section string, block Attributes) {
	to := block["to"]
	if section == "removed" {
		to = block["from"]
	}
	at := slices.IndexFunc(changes, func(change any) bool { return synthesis.At(change, "address") == to })
	if at < 0 {
		return // What is forgotten need not be there.
	}
	change := changes[at].(Attributes)
	switch section {
	case "moved":
		change["previous_address"] = block["from"]
	case "import":
		change["change"].(Attributes)["importing"] = Attributes{"id": block["id"]}
	case "removed":
		change["change"].(Attributes)["actions"] = []any{"forget"}
	}
}

func provisioners(blocks []any) []any {
	var out []any
	for _, block := range blocks {
		for kind, arguments := range block.(Attributes) {
			out = append(out, Attributes{"type": kind, "expressions": constants(arguments)})
		}
	}
	return out
}

func constants(block any) Attributes {
	out := Attributes{}
	for name, value := range block.(Attributes) {
		out[name] = Attributes{"constant_value": value}
	}
	return out
}

func providersOf(stack Stack) Attributes {
	out := Attributes{}
	for name, blocks := range stack.Section("provider") {
		source, _ := synthesis.At(Attributes(stack), "terraform", "required_providers", name, "source").(string)
		if source == "" {
			source = "hashicorp/" + name
		}
		out[name] = Attributes{"name": name, "full_name": "registry.terraform.io/" + source, "expressions": constants(blocks.([]any)[0])}
	}
	return out
}
