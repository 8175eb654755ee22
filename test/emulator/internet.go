package emulator

import (
	"bufio"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

// Internet is an HTTP proxy by which the load balancers of the emulated AWS are reached,
// by their own names and by those of records that lead to them. They answer as what is
// deployed says: the rules of their security groups, their listeners with the actions and
// certificates, the web ACL, and the healthy targets. ECR's registries are reached, too.
type Internet struct {
	memory      *memory
	images      http.Handler
	server      *httptest.Server
	authority   *x509.Certificate
	key         *ecdsa.PrivateKey
	certificate string // the authority's, in a file
}

// NewInternet starts the proxy, and writes the certificate of its authority to the folder.
// The caller closes it.
func (e *Emulator) NewInternet(dir string) (*Internet, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	i := &Internet{memory: e.memory, images: e.memory.images(), key: key, certificate: filepath.Join(dir, "authority.pem")}
	i.authority = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "The emulated AWS"}, NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, i.authority, i.authority, key.Public(), key)
	if err != nil {
		return nil, err
	}
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	return i, os.WriteFile(i.certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded}), 0o600)
}

// Close ends it.
func (i *Internet) Close() { i.server.Close() }

// Env returns the environment variables that lead the integration tests to it.
func (i *Internet) Env() []string {
	return []string{"INTEGRATION_PROXY=" + i.server.URL, "INTEGRATION_CERTIFICATES=" + i.certificate}
}

// ProxyEnv returns the environment variables that lead every program to it.
func (i *Internet) ProxyEnv() []string {
	return []string{"http_proxy=" + i.server.URL, "https_proxy=" + i.server.URL, "SSL_CERT_FILE=" + i.certificate}
}

// errUnreachable says that there is no answer.
var errUnreachable = errors.New("is not reached")

// serve takes a request for http, or the connection that one for https asks for first.
func (i *Internet) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		i.hang(w, i.answer(w, r, r.Host, 80))
		return
	}
	host, _, _ := strings.Cut(r.Host, ":")
	certificate, err := i.certificateOf(r.Context(), host)
	connection, _, hijackErr := w.(http.Hijacker).Hijack()
	if err = errors.Join(err, hijackErr); err != nil {
		closeUnlessNil(connection)
		return
	}
	defer closeUnlessNil(connection)
	_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\n\r\n") // The client has gone if this fails.
	secure := tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	request, err := http.ReadRequest(bufio.NewReader(secure))
	if err != nil {
		return // The client does not trust the certificate.
	}
	answer := httptest.NewRecorder()
	if i.answer(answer, request.WithContext(r.Context()), host, 443) == nil {
		response := answer.Result()
		response.Close, response.Request = true, request
		_ = response.Write(secure)
		_ = secure.Close()
	}
}

func closeUnlessNil(connection net.Conn) {
	if connection != nil {
		_ = connection.Close()
	}
}

// hang ends a connection without an answer if there is none.
func (i *Internet) hang(w http.ResponseWriter, err error) {
	if err == nil {
		return
	}
	if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = connection.Close()
	}
}

// answer is that of the load balancer of the name.
func (i *Internet) answer(w http.ResponseWriter, r *http.Request, host string, port int32) error {
	if ecrHost.MatchString(host) {
		i.images.ServeHTTP(w, r)
		return nil
	}
	balancer, err := i.balancer(r.Context(), host)
	if err != nil {
		return err
	}
	listener, err := i.listener(r.Context(), balancer, port)
	if err != nil {
		return err
	}
	if i.refuses(r, balancer) {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	action := listener.action(r)
	if redirect := action.RedirectConfig; redirect != nil {
		redirectTo(w, r, redirect)
		return nil
	}
	return i.forward(w, r, aws.ToString(action.TargetGroupArn))
}

// redirectTo sends the client to where the listener says.
func redirectTo(w http.ResponseWriter, r *http.Request, to *elbtypes.RedirectActionConfig) {
	name, _, _ := strings.Cut(r.Host, ":")
	w.Header().Set("Location", strings.ToLower(aws.ToString(to.Protocol))+"://"+name+":"+aws.ToString(to.Port)+r.URL.RequestURI())
	status, _ := strconv.Atoi(strings.TrimPrefix(string(to.StatusCode), "HTTP_"))
	w.WriteHeader(status)
}

// forward answers as a healthy target does.
func (i *Internet) forward(w http.ResponseWriter, r *http.Request, group string) error {
	if s := i.memory.server.Load(); s.sends(group) {
		s.forward(w, r, group)
		return nil
	}
	found, err := elb.NewFromConfig(i.memory.account).DescribeTargetGroups(r.Context(), &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{group}})
	if err != nil {
		return err
	}
	tasks := i.memory.behind(group)
	health := found.TargetGroups[0]
	switch {
	case !slices.ContainsFunc(tasks, func(t Task) bool { return t.target() == "healthy" }):
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == aws.ToString(health.HealthCheckPath):
		// The first of "200,202" or "200-299".
		status, _ := strconv.Atoi(strings.FieldsFunc(aws.ToString(health.Matcher.HttpCode), func(c rune) bool { return c == ',' || c == '-' })[0])
		w.WriteHeader(status)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	return nil
}

// balancer is the load balancer of the name, or the one that a public record leads to.
func (i *Internet) balancer(ctx context.Context, host string) (elbtypes.LoadBalancer, error) {
	host = cmp.Or(i.alias(ctx, host), host)
	found, err := elb.NewFromConfig(i.memory.account).DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{})
	if err != nil {
		return elbtypes.LoadBalancer{}, err
	}
	for _, balancer := range found.LoadBalancers {
		if aws.ToString(balancer.DNSName) == host {
			if balancer.Scheme == elbtypes.LoadBalancerSchemeEnumInternal {
				return balancer, errUnreachable // Its addresses are those of the VPC.
			}
			return balancer, nil
		}
	}
	return elbtypes.LoadBalancer{}, errUnreachable
}

// alias is the name that a record of a public zone leads to, or empty.
func (i *Internet) alias(ctx context.Context, host string) string {
	client := route53.NewFromConfig(i.memory.account)
	zones, err := client.ListHostedZones(ctx, &route53.ListHostedZonesInput{})
	if err != nil {
		return ""
	}
	for _, zone := range zones.HostedZones {
		if zone.Config != nil && zone.Config.PrivateZone {
			continue
		}
		records, err := client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: zone.Id})
		if err != nil {
			continue
		}
		for _, record := range records.ResourceRecordSets {
			if record.AliasTarget != nil && answersFor(aws.ToString(record.Name), host) {
				return strings.TrimSuffix(strings.TrimPrefix(aws.ToString(record.AliasTarget.DNSName), "dualstack."), ".")
			}
		}
	}
	return ""
}

// answersFor tells whether the record is of the host, or of every name beside it, which
// Route 53 writes with the asterisk's code.
func answersFor(record, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return record == host+"." || strings.ReplaceAll(record, `\052`, "*") == "*."+parent+"."
}

// clientAddress is where requests come from, one of a range for documentation.
var clientAddress = netip.MustParseAddr("203.0.113.7")

// listener is the one on the port, if the load balancer's security groups let the client in.
func (i *Internet) listener(ctx context.Context, balancer elbtypes.LoadBalancer, port int32) (listener, error) {
	listeners, err := listenersOf(ctx, elb.NewFromConfig(i.memory.account), balancer.LoadBalancerArn, port)
	if err != nil {
		return listener{}, err
	}
	groups, err := ec2.NewFromConfig(i.memory.account).DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: balancer.SecurityGroups})
	if err != nil {
		return listener{}, err
	}
	open := false
	for _, group := range groups.SecurityGroups {
		for _, rule := range group.IpPermissions {
			for _, source := range rule.IpRanges {
				network, err := netip.ParsePrefix(aws.ToString(source.CidrIp))
				open = open || err == nil && aws.ToInt32(rule.FromPort) == port && network.Contains(clientAddress)
			}
		}
	}
	for _, l := range listeners {
		if open && len(l.DefaultActions) > 0 {
			return l, nil
		}
	}
	return listener{}, errUnreachable
}

// refuses tells whether the web ACL in front of the load balancer refuses the request, by
// one rule of AWS's core rule set: that it names no user agent.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
func (i *Internet) refuses(r *http.Request, balancer elbtypes.LoadBalancer) bool {
	found, err := wafv2.NewFromConfig(i.memory.account).GetWebACLForResource(r.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: balancer.LoadBalancerArn})
	if err != nil || found.WebACL == nil || r.UserAgent() != "" {
		return false
	}
	for _, rule := range found.WebACL.Rules {
		group := rule.Statement.ManagedRuleGroupStatement
		counts := rule.OverrideAction != nil && rule.OverrideAction.Count != nil
		if group != nil && aws.ToString(group.Name) == "AWSManagedRulesCommonRuleSet" && !counts {
			return true
		}
	}
	return false
}

// certificateOf is one for the registry, or for the names that the certificate of the load
// balancer has.
func (i *Internet) certificateOf(ctx context.Context, host string) (tls.Certificate, error) {
	if ecrHost.MatchString(host) {
		return i.issue(host)
	}
	balancer, err := i.balancer(ctx, host)
	if err != nil {
		return tls.Certificate{}, err
	}
	listener, err := i.listener(ctx, balancer, 443)
	if err != nil {
		return tls.Certificate{}, err
	}
	if len(listener.Certificates) == 0 {
		return tls.Certificate{}, errUnreachable
	}
	found, err := acm.NewFromConfig(i.memory.account).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: listener.Certificates[0].CertificateArn})
	if err != nil {
		return tls.Certificate{}, err
	}
	return i.issue(append(found.Certificate.SubjectAlternativeNames, aws.ToString(found.Certificate.DomainName))...)
}

// issue signs a certificate for the names.
func (i *Internet) issue(names ...string) (tls.Certificate, error) {
	encoded, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: i.authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: names,
	}, i.authority, i.key.Public(), i.key)
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: i.key}, err
}
