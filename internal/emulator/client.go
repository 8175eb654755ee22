package emulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// JSON calls an action of the JSON protocol, such as
// "secretsmanager.GetSecretValue" of "secretsmanager", past the proxy.
func (e *Emulator) JSON(service, target string, parameters, into any) error {
	body, err := json.Marshal(parameters)
	if err != nil {
		return err
	}
	answer, err := e.post(service, target, "application/x-amz-json-1.1", body)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// Query calls an action of the query protocol past the proxy, and returns the
// texts of the elements at the given path, which may begin at any depth.
func (e *Emulator) Query(service, version, action string, parameters url.Values, path string) ([]string, error) {
	form := url.Values{"Action": {action}, "Version": {version}}
	for key, values := range parameters {
		form[key] = values
	}
	answer, err := e.post(service, "", "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	return texts(answer, path)
}

func (e *Emulator) post(service, target, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(http.MethodPost, e.moto.JoinPath("/").String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	// moto takes the region and the service from here and checks no signature.
	request.Header.Set("Authorization", fmt.Sprintf(
		"AWS4-HMAC-SHA256 Credential=test/20250101/%s/%s/aws4_request, SignedHeaders=host, Signature=none", e.Region, service))
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", service, target, response.Status, answer)
	}
	return answer, err
}

// texts returns the texts of the elements whose path ends with the given one.
func texts(document []byte, path string) ([]string, error) {
	var found, at []string
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = append(at, token.Name.Local)
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if strings.HasSuffix("/"+strings.Join(at, "/"), "/"+path) {
				found = append(found, string(token))
			}
		}
	}
}

// Leftovers names all that exists in the region and that a destroy should have
// deleted, each after the action that listed it. AWS itself owns the default
// VPC, and some records outlive their resource: inactive ECS clusters and task
// definitions, deleted NAT gateways.
func (e *Emulator) Leftovers() ([]string, error) {
	var left []string
	for _, look := range []func() ([]string, error){
		e.leftoversByQuery, e.leftoversByJSON, e.activeClusters, e.taggedResources,
	} {
		found, err := look()
		if err != nil {
			return nil, err
		}
		left = append(left, found...)
	}
	slices.Sort(left)
	return slices.Compact(left), nil
}

// The API versions of the query protocol.
const (
	ec2Version = "2016-11-15"
	elbVersion = "2015-12-01"
	iamVersion = "2010-05-08"
	rdsVersion = "2014-10-31"
)

func (e *Emulator) leftoversByQuery() ([]string, error) {
	var left []string
	for _, q := range []struct {
		service, version, action string
		parameters               url.Values
		path                     string
	}{
		{"ec2", ec2Version, "DescribeVpcs", filter("is-default", "false"), "vpcSet/item/vpcId"},
		{"ec2", ec2Version, "DescribeSubnets", filter("default-for-az", "false"), "subnetSet/item/subnetId"},
		{"ec2", ec2Version, "DescribeInternetGateways", nil, "internetGatewaySet/item/internetGatewayId"},
		{"ec2", ec2Version, "DescribeNatGateways", filter("state", "pending", "available", "deleting"), "natGatewaySet/item/natGatewayId"},
		{"ec2", ec2Version, "DescribeAddresses", nil, "addressesSet/item/allocationId"},
		{"elasticloadbalancing", elbVersion, "DescribeLoadBalancers", nil, "LoadBalancers/member/LoadBalancerArn"},
		{"elasticloadbalancing", elbVersion, "DescribeTargetGroups", nil, "TargetGroups/member/TargetGroupArn"},
		{"iam", iamVersion, "ListRoles", nil, "Roles/member/RoleName"},
		{"iam", iamVersion, "ListPolicies", url.Values{"Scope": {"Local"}}, "Policies/member/PolicyName"},
		{"rds", rdsVersion, "DescribeDBClusters", nil, "DBClusters/DBCluster/DBClusterIdentifier"},
		{"rds", rdsVersion, "DescribeDBInstances", nil, "DBInstances/DBInstance/DBInstanceIdentifier"},
		{"rds", rdsVersion, "DescribeDBClusterSnapshots", nil, "DBClusterSnapshots/DBClusterSnapshot/DBClusterSnapshotIdentifier"},
		{"rds", rdsVersion, "DescribeDBSubnetGroups", nil, "DBSubnetGroups/DBSubnetGroup/DBSubnetGroupName"},
	} {
		found, err := e.Query(q.service, q.version, q.action, q.parameters, q.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.action, err)
		}
		for _, name := range found {
			if strings.HasPrefix(name, automaticSnapshot) {
				continue
			}
			left = append(left, q.action+": "+name)
		}
	}
	return left, nil
}

func (e *Emulator) leftoversByJSON() ([]string, error) {
	var left []string
	for _, q := range []struct {
		service, target string
		parameters      map[string]any
		list, name      string
	}{
		{"ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", nil, "repositories", "repositoryName"},
		{"secretsmanager", "secretsmanager.ListSecrets", nil, "SecretList", "Name"},
		{"logs", "Logs_20140328.DescribeLogGroups", nil, "logGroups", "logGroupName"},
		{"application-autoscaling", "AnyScaleFrontendService.DescribeScalableTargets", map[string]any{"ServiceNamespace": "ecs"}, "ScalableTargets", "ResourceId"},
		{"application-autoscaling", "AnyScaleFrontendService.DescribeScalingPolicies", map[string]any{"ServiceNamespace": "ecs"}, "ScalingPolicies", "PolicyName"},
	} {
		if q.parameters == nil {
			q.parameters = map[string]any{}
		}
		var answer map[string]any
		if err := e.JSON(q.service, q.target, q.parameters, &answer); err != nil {
			return nil, err
		}
		list, ok := answer[q.list].([]any)
		if !ok {
			return nil, fmt.Errorf("%s: no %s in the answer", q.target, q.list)
		}
		_, action, _ := strings.Cut(q.target, ".")
		for _, item := range list {
			resource, _ := item.(map[string]any)
			left = append(left, fmt.Sprintf("%s: %v", action, resource[q.name]))
		}
	}
	return left, nil
}

// activeClusters names the ECS clusters that were not deleted.
func (e *Emulator) activeClusters() ([]string, error) {
	var list struct{ ClusterArns []string }
	if err := e.JSON("ecs", "AmazonEC2ContainerServiceV20141113.ListClusters", struct{}{}, &list); err != nil {
		return nil, err
	}
	if len(list.ClusterArns) == 0 {
		return nil, nil // To name none would describe the cluster "default".
	}
	var described struct {
		Clusters []struct{ ClusterName, Status string }
	}
	err := e.JSON("ecs", "AmazonEC2ContainerServiceV20141113.DescribeClusters", map[string]any{"clusters": list.ClusterArns}, &described)
	var active []string
	for _, cluster := range described.Clusters {
		if cluster.Status != "INACTIVE" {
			active = append(active, "DescribeClusters: "+cluster.ClusterName)
		}
	}
	return active, err
}

// taggedResources names what still carries tags, of whatever service.
func (e *Emulator) taggedResources() ([]string, error) {
	var answer struct {
		ResourceTagMappingList []struct{ ResourceARN string }
	}
	err := e.JSON("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", struct{}{}, &answer)
	var tagged []string
	for _, resource := range answer.ResourceTagMappingList {
		if outlives(resource.ResourceARN) {
			continue
		}
		tagged = append(tagged, "GetResources: "+resource.ResourceARN)
	}
	return tagged, err
}

// automaticSnapshot begins the names of the snapshots that RDS makes by itself.
// AWS deletes them with their cluster; moto keeps them.
const automaticSnapshot = "rds:"

// outlives reports whether a record of the resource stays once it is gone; the
// checks above tell whether it is.
func outlives(arn string) bool {
	return slices.ContainsFunc([]string{
		":cluster/", ":service/", ":task-definition/", ":natgateway/", ":cluster-snapshot:" + automaticSnapshot,
	}, func(kind string) bool {
		return strings.Contains(arn, kind)
	})
}

// filter is one EC2 filter.
func filter(name string, values ...string) url.Values {
	form := url.Values{"Filter.1.Name": {name}}
	for i, value := range values {
		form.Set(fmt.Sprintf("Filter.1.Value.%d", i+1), value)
	}
	return form
}
