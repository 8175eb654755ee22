package emulator

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// targetGroup is how a load balancer treats the tasks behind it.
type targetGroup struct {
	path              string
	statuses          [][2]int
	interval, timeout time.Duration
	healthy, sick     int // checks in a row
	deregistration    time.Duration
}

// targetGroupOf asks for the group, in whose place nothing is asked for an empty ARN.
func (s *Server) targetGroupOf(arn string) (g targetGroup, err error) {
	if arn == "" {
		return g, nil
	}
	client := elb.NewFromConfig(s.memory.account)
	found, err := client.DescribeTargetGroups(background, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if err != nil {
		return g, err
	}
	described := found.TargetGroups[0]
	seconds := func(n *int32) time.Duration { return time.Duration(aws.ToInt32(n)) * time.Second }
	g = targetGroup{
		path: aws.ToString(described.HealthCheckPath), statuses: ranges(aws.ToString(described.Matcher.HttpCode)),
		interval: seconds(described.HealthCheckIntervalSeconds) / hurry, timeout: seconds(described.HealthCheckTimeoutSeconds),
		healthy: int(aws.ToInt32(described.HealthyThresholdCount)), sick: int(aws.ToInt32(described.UnhealthyThresholdCount)),
	}
	attributes, err := client.DescribeTargetGroupAttributes(background, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
	if err != nil {
		return g, err
	}
	for _, a := range attributes.Attributes {
		if aws.ToString(a.Key) == "deregistration_delay.timeout_seconds" {
			n, _ := strconv.Atoi(aws.ToString(a.Value))
			g.deregistration = time.Duration(n) * time.Second / hurry
		}
	}
	return g, nil
}

// ranges are the statuses of "200,202" or "200-299".
func ranges(matcher string) (all [][2]int) {
	for part := range strings.SplitSeq(matcher, ",") {
		low, high, isRange := strings.Cut(part, "-")
		from, _ := strconv.Atoi(low)
		to, _ := strconv.Atoi(high)
		if !isRange {
			to = from
		}
		all = append(all, [2]int{from, to})
	}
	return all
}

// probe is one health check, by a connection of its own.
func (g targetGroup) probe(address string) bool {
	client := http.Client{
		Timeout: g.timeout, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Get("http://" + address + g.path)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // Only the status is of interest.
	return slices.ContainsFunc(g.statuses, func(r [2]int) bool { return r[0] <= answer.StatusCode && answer.StatusCode <= r[1] })
}

// watch checks a target until it ends or is drained. A new one is healthy after its first
// check that passes:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (g targetGroup) watch(p *process) {
	passed, failed := 0, 0
	for {
		if g.probe(p.address) {
			passed, failed = passed+1, 0
		} else {
			passed, failed = 0, failed+1
		}
		p.mu.Lock()
		switch {
		case p.last != "RUNNING":
			p.mu.Unlock()
			return
		case passed >= g.healthy, passed > 0 && p.target == "initial":
			p.target = "healthy"
		case failed >= g.sick:
			p.target = "unhealthy"
		}
		p.mu.Unlock()
		p.wait(g.interval)
	}
}

// serve answers a request as the load balancer does whose name the host is, or else the
// one that there is. Neither its security groups nor a web ACL are asked: those the
// integration tests meet on their way.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	action, found := s.action(r)
	if !found {
		http.Error(w, "there is no load balancer with a listener yet", http.StatusServiceUnavailable)
		return
	}
	if action.RedirectConfig != nil {
		redirectTo(w, r, action.RedirectConfig)
		return
	}
	s.forward(w, r, aws.ToString(action.TargetGroupArn))
}

// action is what the load balancer's listener on port 80 does with the request.
func (s *Server) action(r *http.Request) (elbtypes.Action, bool) {
	s.mu.Lock()
	known := s.ways[r.Host]
	s.mu.Unlock()
	if time.Since(known.found) < wayAge {
		return known.action(r), true
	}
	client := elb.NewFromConfig(s.memory.account)
	balancers, err := client.DescribeLoadBalancers(r.Context(), &elb.DescribeLoadBalancersInput{})
	if err != nil {
		return elbtypes.Action{}, false
	}
	var chosen *string
	for _, balancer := range balancers.LoadBalancers {
		named := aws.ToString(balancer.DNSName) == r.Host
		if named || chosen == nil && s.has(aws.ToString(balancer.LoadBalancerName)) {
			chosen = balancer.LoadBalancerArn
		}
	}
	if chosen == nil {
		return elbtypes.Action{}, false
	}
	listeners, err := listenersOf(r.Context(), client, chosen, 80)
	if err != nil {
		return elbtypes.Action{}, false
	}
	for _, l := range listeners {
		if len(l.DefaultActions) > 0 {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ways[r.Host] = way{l, time.Now()}
			return l.action(r), true
		}
	}
	return elbtypes.Action{}, false
}

// forward sends the request to a healthy task behind the group, one after the other. With
// none it goes to those that fail their checks, and if there is none of them either, it is
// refused:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
func (s *Server) forward(w http.ResponseWriter, r *http.Request, group string) {
	address := s.next(group)
	if address == "" {
		http.Error(w, "503 Service Temporarily Unavailable", http.StatusServiceUnavailable)
		return
	}
	proxy := httputil.ReverseProxy{
		Transport: connections,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: address})
			p.Out.Host = p.In.Host
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	proxy.ServeHTTP(w, r)
}

// connections are kept as long as a load balancer keeps them:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
var connections = &http.Transport{IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 32}

// sends tells whether the server knows the service behind the group.
func (s *Server) sends(group string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, service := range s.services {
		if service.group() == group {
			return true
		}
	}
	return false
}

// next is the address of the task whose turn it is.
func (s *Server) next(group string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	byState := map[string][]string{}
	for _, service := range s.services {
		if service.group() != group {
			continue
		}
		for _, task := range service.tasks() {
			state := task.process.state()
			byState[state] = append(byState[state], task.process.address)
		}
	}
	s.turn++
	for _, state := range []string{"healthy", "unhealthy"} {
		if tasks := byState[state]; len(tasks) > 0 {
			return tasks[s.turn%len(tasks)]
		}
	}
	return ""
}
