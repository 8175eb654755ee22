package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificate"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificatevalidation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroute53zone"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route53record"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// validationTTLSeconds is how long others may remember the record that proves
// the domain's ownership.
const validationTTLSeconds = 300

// DomainProps configures a [Domain].
type DomainProps struct {
	// Name is the domain, such as "api.example.com".
	Name string
	// HostedZone is the public Route 53 zone that the domain is in.
	HostedZone string
	// Records is who has the DNS records.
	Records config.DomainRecords
}

// Domain is the API's own name in a Route 53 zone that exists already, with a
// certificate that ACM renews by itself.
type Domain struct {
	// Validation is the certificate once ACM has seen that the domain is ours.
	// Its ARN is what a listener takes; it refuses a certificate before that.
	Validation acmcertificatevalidation.AcmCertificateValidation

	scope   constructs.Construct
	name    string
	zone    dataawsroute53zone.DataAwsRoute53Zone
	records config.DomainRecords
}

// NewDomain looks up the zone and creates the certificate and the DNS record
// that validates it.
func NewDomain(scope constructs.Construct, id string, props DomainProps) *Domain {
	d := &Domain{scope: constructs.NewConstruct(scope, &id), name: props.Name, records: props.Records}
	d.zone = dataawsroute53zone.NewDataAwsRoute53Zone(d.scope, jsii.String("zone"), &dataawsroute53zone.DataAwsRoute53ZoneConfig{
		Name:        jsii.String(props.HostedZone),
		PrivateZone: jsii.Bool(false),
	})
	certificate := acmcertificate.NewAcmCertificate(d.scope, jsii.String("certificate"), &acmcertificate.AcmCertificateConfig{
		DomainName:       jsii.String(d.name),
		ValidationMethod: jsii.String("DNS"),
		// AWS does not delete a certificate that a listener uses.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	// A certificate of one domain has exactly one option. Terraform knows that
	// before the certificate exists, which it would not of a loop over them.
	option := certificate.DomainValidationOptions().Get(jsii.Number(0))
	validation := &acmcertificatevalidation.AcmCertificateValidationConfig{
		CertificateArn: certificate.Arn(),
		// The name that the record has in Route 53. The record itself, which comes and
		// goes with its owner, would replace the validation each time.
		ValidationRecordFqdns: &[]*string{cdktf.Token_AsString(cdktf.Fn_Trimsuffix(option.ResourceRecordName(), jsii.String(".")), nil)},
	}
	if d.records != config.RecordsElsewhere {
		validation.DependsOn = &[]cdktf.ITerraformDependable{route53record.NewRoute53Record(d.scope, jsii.String("validation_record"), &route53record.Route53RecordConfig{
			ZoneId:  d.zone.ZoneId(),
			Name:    option.ResourceRecordName(),
			Type:    option.ResourceRecordType(),
			Ttl:     jsii.Number(validationTTLSeconds),
			Records: &[]*string{option.ResourceRecordValue()},
			// ACM asks for the same record for every certificate of a domain in an
			// account, so that it may be there already, with the same value:
			// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
			AllowOverwrite: jsii.Bool(true),
		})}
	}
	d.Validation = acmcertificatevalidation.NewAcmCertificateValidation(d.scope, jsii.String("validation"), validation)
	return d
}

// recordAddresses are those of the records, which an environment that leaves them to
// another one forgets: to delete them would take the domain from the other one, and the
// record by which its certificate renews.
var recordAddresses = []string{
	"aws_route53_record.domain_alias", "aws_route53_record.domain_alias_ipv6", "aws_route53_record.domain_validation_record",
}

// CertificateARN is the certificate's once ACM has seen that the domain is ours.
func (d *Domain) CertificateARN() *string { return d.Validation.CertificateArn() }

// AliasTo makes the domain an alias of the load balancer, once it listens, by an
// A and an AAAA record. The load balancer has no IPv6 address: the AAAA record
// answers that there is none, as a client that asks for one expects. A record of
// that name that is there already is overwritten only to take it over.
func (d *Domain) AliasTo(target lb.Lb, listener lblistener.LbListener) {
	if d.records == config.RecordsElsewhere {
		return
	}
	var overwrite *bool
	if d.records == config.RecordsTakeOver {
		overwrite = jsii.Bool(true)
	}
	for _, alias := range []struct{ id, kind string }{{"alias", "A"}, {"alias_ipv6", "AAAA"}} {
		route53record.NewRoute53Record(d.scope, &alias.id, &route53record.Route53RecordConfig{
			ZoneId: d.zone.ZoneId(),
			Name:   jsii.String(d.name),
			Type:   &alias.kind,
			Alias: &route53record.Route53RecordAlias{
				Name:                 target.DnsName(),
				ZoneId:               target.ZoneId(),
				EvaluateTargetHealth: jsii.Bool(true),
			},
			AllowOverwrite: overwrite,
			DependsOn:      &[]cdktf.ITerraformDependable{listener},
		})
	}
}

// URL is where clients find the API.
func (d *Domain) URL() *string {
	return jsii.String("https://" + d.name)
}
