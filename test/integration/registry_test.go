package integration

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (d *deployment) repository(t *testing.T) types.Repository {
	t.Helper()
	name := d.cfg.Name("ecr")
	found, err := d.ecr.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	require.NoError(t, err)
	return only(t, found.Repositories, name)
}

func TestRegistry(t *testing.T) {
	d := deployed(t)
	repository := d.repository(t)
	name := aws.ToString(repository.RepositoryName)
	assert.Equal(t, d.outputs["ecr_repository_uri"], aws.ToString(repository.RepositoryUri), "URI of %s", name)
	require.NotNil(t, repository.ImageScanningConfiguration, "scans of %s", name)
	assert.True(t, repository.ImageScanningConfiguration.ScanOnPush, "scan on push of %s", name)
	mutability := types.ImageTagMutabilityMutable
	if d.cfg.Protected {
		mutability = types.ImageTagMutabilityImmutable
	}
	assert.Equal(t, mutability, repository.ImageTagMutability, "tags of %s", name)

	found, err := d.ecr.GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: &name})
	require.NoError(t, err)
	var policy struct {
		Rules []struct {
			Selection struct {
				TagStatus   string
				CountNumber int
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(found.LifecyclePolicyText)), &policy))
	rule := only(t, policy.Rules, "lifecycle rule of "+name)
	assert.Equal(t, "untagged", rule.Selection.TagStatus, "images that expire in %s", name)
	assert.Equal(t, d.cfg.Registry.UntaggedImageExpiryDays, rule.Selection.CountNumber, "days after which images of %s expire", name)
}

func (d *deployment) logGroup(t *testing.T, path string) logs.LogGroup {
	t.Helper()
	return d.findLogGroup(t, path+d.cfg.StackName())
}

func (d *deployment) findLogGroup(t *testing.T, name string) logs.LogGroup {
	t.Helper()
	found := collect(t, cloudwatchlogs.NewDescribeLogGroupsPaginator(d.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name}),
		func(page *cloudwatchlogs.DescribeLogGroupsOutput) []logs.LogGroup { return page.LogGroups })
	i := slices.IndexFunc(found, func(g logs.LogGroup) bool { return aws.ToString(g.LogGroupName) == name })
	require.GreaterOrEqual(t, i, 0, "no log group %s", name)
	return found[i]
}

func TestLogGroups(t *testing.T) {
	d := deployed(t)
	for _, path := range []string{"/ecs/", "/aws/alb/"} {
		group := d.logGroup(t, path)
		assert.EqualValues(t, d.cfg.Logs.RetentionDays, aws.ToInt32(group.RetentionInDays), "retention of %s", aws.ToString(group.LogGroupName))
	}
}
