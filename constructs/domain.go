package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificate"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificatevalidation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroute53zone"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
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
	// AlternativeNames are further names, with or without a wildcard.
	AlternativeNames []string
	// HostedZone is the public Route 53 zone that the names are in, and HostedZoneID its id
	// where that is needed to tell it from others. With neither, no record can be made.
	HostedZone, HostedZoneID string
	// Records is who has the DNS records.
	Records config.DomainRecords
}

// Domain is the API's own names, in a Route 53 zone that exists already or in another DNS,
// with a certificate that ACM renews by itself.
type Domain struct {
	// Validation is the certificate once ACM has seen that the names are ours. Its ARN is
	// what a listener takes; it refuses a certificate before that. There is none while the
	// records are only printed.
	Validation acmcertificatevalidation.AcmCertificateValidation

	scope       constructs.Construct
	props       DomainProps
	zone        dataawsroute53zone.DataAwsRoute53Zone // nil without a zone
	certificate acmcertificate.AcmCertificate
}

// NewDomain looks up the zone and creates the certificate and the DNS records that
// validate it.
func NewDomain(scope constructs.Construct, id string, props DomainProps) *Domain {
	d := &Domain{scope: constructs.NewConstruct(scope, &id), props: props}
	d.findZone()
	certificate := &acmcertificate.AcmCertificateConfig{
		DomainName:       jsii.String(props.Name),
		ValidationMethod: jsii.String("DNS"),
		// AWS does not delete a certificate that a listener uses.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if len(props.AlternativeNames) > 0 {
		certificate.SubjectAlternativeNames = jsii.Strings(props.AlternativeNames...)
	}
	d.certificate = acmcertificate.NewAcmCertificate(d.scope, jsii.String("certificate"), certificate)
	if props.Records == config.RecordsPrinted {
		return d
	}
	var names []*string
	var records []cdktf.ITerraformDependable
	for _, name := range d.validated() {
		record := d.proof(name)
		// The record itself, which comes and goes with its owner, would replace the
		// validation each time.
		names = append(names, record.fqdn)
		if d.written() {
			records = append(records, d.prove(name, record))
		}
	}
	validation := &acmcertificatevalidation.AcmCertificateValidationConfig{CertificateArn: d.certificate.Arn(), ValidationRecordFqdns: &names}
	if len(records) > 0 {
		validation.DependsOn = &records
	}
	d.Validation = acmcertificatevalidation.NewAcmCertificateValidation(d.scope, jsii.String("validation"), validation)
	return d
}

// findZone looks up the zone by its name, or by its id where several have the name.
func (d *Domain) findZone() {
	if d.props.HostedZone == "" {
		return
	}
	zone := &dataawsroute53zone.DataAwsRoute53ZoneConfig{Name: jsii.String(d.props.HostedZone), PrivateZone: jsii.Bool(false)}
	if d.props.HostedZoneID != "" {
		zone.ZoneId, zone.Name, zone.PrivateZone = jsii.String(d.props.HostedZoneID), nil, nil
		zone.Lifecycle = &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition: "${self.name == \"" + d.props.HostedZone + "\" && !self.private_zone}",
			ErrorMessage: jsii.String("The hosted zone " + d.props.HostedZoneID + ", LoadBalancer.HostedZoneID, is ${self.private_zone ? \"the private\" : \"the public\"} zone of ${self.name}, " +
				"not the public one of LoadBalancer.HostedZone, " + d.props.HostedZone + ". Copy the id of that one from Route 53."),
		}}}
	}
	d.zone = dataawsroute53zone.NewDataAwsRoute53Zone(d.scope, jsii.String("zone"), zone)
}

// written tells whether the records are made here.
func (d *Domain) written() bool { return d.zone != nil && d.props.Records.Written() }

// names are all names, the first one first.
func (d *Domain) names() []string { return append([]string{d.props.Name}, d.props.AlternativeNames...) }

// validated are the names that ACM wants a record for: a wildcard has that of the name
// after it. https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func (d *Domain) validated() []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(d.names(), func(name string) bool {
		host := strings.TrimPrefix(name, "*.")
		defer func() { seen[host] = true }()
		return seen[host]
	})
}

// id is the id of what belongs to a name. What belongs to the first one was there before
// there were others, and has the plain one.
func (d *Domain) id(id, name string) string {
	if name == d.props.Name {
		return id
	}
	return id + "_" + strings.NewReplacer("*", "wildcard_", ".", "_").Replace(name)
}

// proof is the record that proves a name.
type proof struct {
	name, kind, value *string
	// fqdn is the name that the record has in Route 53, without the dot at its end.
	fqdn *string
}

// proof is what ACM asks for.
func (d *Domain) proof(name string) proof {
	if len(d.props.AlternativeNames) == 0 {
		// A certificate of one domain has exactly one option.
		option := d.certificate.DomainValidationOptions().Get(jsii.Number(0))
		fqdn := cdktf.Token_AsString(cdktf.Fn_Trimsuffix(option.ResourceRecordName(), jsii.String(".")), nil)
		return proof{option.ResourceRecordName(), option.ResourceRecordType(), option.ResourceRecordValue(), fqdn}
	}
	// CDKTF has no words for a search, and takes no quotes in those that it has.
	of := func(attribute string) string {
		return "[for option in " + *d.certificate.Fqn() + ".domain_validation_options : option." + attribute + " if option.domain_name == \"" + name + "\"][0]"
	}
	expression := func(text string) *string { return jsii.String("${" + text + "}") }
	record := of("resource_record_name")
	return proof{
		expression(record), expression(of("resource_record_type")), expression(of("resource_record_value")),
		expression("trimsuffix(" + record + ", \".\")"),
	}
}

// prove makes the record.
func (d *Domain) prove(name string, record proof) route53record.Route53Record {
	return route53record.NewRoute53Record(d.scope, jsii.String(d.id("validation_record", name)), &route53record.Route53RecordConfig{
		ZoneId:  d.zone.ZoneId(),
		Name:    record.name,
		Type:    record.kind,
		Ttl:     jsii.Number(validationTTLSeconds),
		Records: &[]*string{record.value},
		// ACM asks for the same record for every certificate of a domain in an
		// account, so that it may be there already, with the same value:
		// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
		AllowOverwrite: jsii.Bool(true),
	})
}

// Addresses are those of the records, which an environment that leaves them to another one
// forgets: to delete them would take the names from the other one, and the records by which
// its certificate renews.
func (d *Domain) Addresses() []string {
	var addresses []string
	for _, name := range d.names() {
		for _, id := range []string{"alias", "alias_ipv6", "validation_record"} {
			addresses = append(addresses, "aws_route53_record.domain_"+d.id(id, name))
		}
	}
	return addresses
}

// Records are the records that another DNS must have, a line each, as "name type value":
// those that prove the names, and those that lead to the load balancer.
func (d *Domain) Records(target lb.Lb) *string {
	var lines []string
	for _, name := range d.validated() {
		record := d.proof(name)
		lines = append(lines, *record.name+" "+*record.kind+" "+*record.value)
	}
	for _, name := range d.names() {
		lines = append(lines, name+". CNAME "+*target.DnsName()+".")
	}
	return jsii.String(strings.Join(lines, "\n"))
}

// CertificateARN is the certificate's once ACM has seen that the domain is ours.
func (d *Domain) CertificateARN() *string { return d.Validation.CertificateArn() }

// AliasTo makes each name an alias of the load balancer, once it listens, by an A and an
// AAAA record. The load balancer has no IPv6 address: the AAAA record answers that there is
// none, as a client that asks for one expects. A record of that name that is there already
// is overwritten only to take it over.
func (d *Domain) AliasTo(target lb.Lb, listener cdktf.ITerraformDependable) {
	if !d.written() {
		return
	}
	var overwrite *bool
	if d.props.Records == config.RecordsTakeOver {
		overwrite = jsii.Bool(true)
	}
	for _, name := range d.names() {
		for _, alias := range []struct{ id, kind string }{{"alias", "A"}, {"alias_ipv6", "AAAA"}} {
			route53record.NewRoute53Record(d.scope, jsii.String(d.id(alias.id, name)), &route53record.Route53RecordConfig{
				ZoneId: d.zone.ZoneId(),
				Name:   jsii.String(name),
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
}

// URL is where clients find the API.
func (d *Domain) URL() *string {
	return jsii.String("https://" + d.props.Name)
}
