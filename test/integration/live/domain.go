package live

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// domainKinds are the certificate of the domain, and the records that lead to it.
func domainKinds() map[string]Kind {
	return map[string]Kind{
		"aws_acm_certificate": {
			Key: []string{"domain_name"}, List: listCertificates, Computed: []string{"id", "arn", "domain_validation_options"},
			Defaults: Attributes{"status": string(acmtypes.CertificateStatusIssued)},
		},
		"aws_acm_certificate_validation": {
			Key: []string{"certificate_arn"}, List: of("aws_acm_certificate", listValidations),
			Skipped: map[string]string{"validation_record_fqdns": "Terraform waits for them, and AWS keeps them with the certificate"},
		},
		"aws_route53_record": {
			Key: []string{"name", "type"}, List: listRecords,
			Skipped: map[string]string{"allow_overwrite": "says how Terraform creates a record"},
		},
	}
}

// listCertificates are those of the domain that the listeners show. A certificate that
// was given belongs to somebody else.
func listCertificates(ctx context.Context, env *Environment) ([]Attributes, error) {
	if len(env.Domains) == 0 {
		return nil, nil
	}
	listeners, err := env.Found(ctx, "aws_lb_listener")
	return every(listeners, err, func(listener Attributes) ([]Attributes, error) {
		arns, _ := listener["certificate_arn"].([]any)
		return every(arns, nil, func(arn any) ([]Attributes, error) { return certificate(ctx, env, arn.(string)) }) //nolint:forcetypeassert // It is a list of ARNs.
	})
}

func certificate(ctx context.Context, env *Environment, arn string) ([]Attributes, error) {
	client := acm.NewFromConfig(env.AWS)
	found, err := client.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	if err != nil {
		return nil, err
	}
	tagged, err := client.ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: &arn})
	if err != nil {
		return nil, err
	}
	c := found.Certificate
	object := Attributes{"id": arn, "arn": arn, "domain_name": c.DomainName, "status": c.Status, "tags": tags(tagged.Tags)}
	others := slices.DeleteFunc(c.SubjectAlternativeNames, func(name string) bool { return name == aws.ToString(c.DomainName) })
	object["subject_alternative_names"] = others
	var options []Attributes
	for _, validation := range c.DomainValidationOptions {
		object["validation_method"] = validation.ValidationMethod
		if record := validation.ResourceRecord; record != nil {
			options = append(options, Attributes{
				"domain_name": validation.DomainName, "resource_record_name": record.Name,
				"resource_record_type": record.Type, "resource_record_value": record.Value,
			})
		}
	}
	object["domain_validation_options"] = options
	return one(object)
}

func listValidations(_ context.Context, _ *Environment, certificate Attributes) ([]Attributes, error) {
	return one(Attributes{"certificate_arn": certificate["arn"]})
}

// listRecords are those of the domain by which clients come, in the public zone, and those
// that validate its certificate. A domain that is its zone's own has further ones, which
// belong to whoever has the zone.
func listRecords(ctx context.Context, env *Environment) ([]Attributes, error) {
	if env.Zone == "" {
		return nil, nil
	}
	zone, err := readZone(ctx, env, map[string]any{"name": env.Zone})
	if err != nil {
		return nil, err
	}
	certificates, err := env.Found(ctx, "aws_acm_certificate")
	if err != nil {
		return nil, err
	}
	validations := map[string]bool{}
	for _, certificate := range certificates {
		for _, option := range blocks(certificate["domain_validation_options"]) {
			validations[Attributes(option).text("resource_record_name")] = true
		}
	}
	found, err := Collect(ctx, route53.NewListResourceRecordSetsPaginator(route53.NewFromConfig(env.AWS), &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(zone.text("zone_id")),
	}), func(page *route53.ListResourceRecordSetsOutput) []types.ResourceRecordSet {
		return page.ResourceRecordSets
	})
	leads := []types.RRType{types.RRTypeA, types.RRTypeAaaa, types.RRTypeCname}
	return every(found, err, func(r types.ResourceRecordSet) ([]Attributes, error) {
		name := strings.ReplaceAll(aws.ToString(r.Name), `\052`, "*") // The first label of all names.
		object := Attributes{"zone_id": zone["zone_id"], "name": name, "type": r.Type, "set_identifier": r.SetIdentifier}
		switch {
		case slices.Contains(env.Domains, strings.TrimSuffix(name, ".")) && slices.Contains(leads, r.Type):
			object["name"] = strings.TrimSuffix(name, ".")
		case !validations[name]:
			return nil, nil
		}
		if alias := r.AliasTarget; alias != nil {
			object["alias"] = Attributes{
				"name":    strings.TrimPrefix(strings.TrimSuffix(aws.ToString(alias.DNSName), "."), "dualstack."),
				"zone_id": alias.HostedZoneId, "evaluate_target_health": alias.EvaluateTargetHealth,
			}
			return one(object)
		}
		object["ttl"] = r.TTL
		object["records"] = Values(r.ResourceRecords, func(record types.ResourceRecord) *string { return record.Value })
		return one(object)
	})
}
