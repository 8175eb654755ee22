package constructs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/constructs"
)

// TestEnv wants the names of services and resources in two partitions.
func TestEnv(t *testing.T) {
	aws := constructs.Env{Suffix: "dev", Region: "eu-south-1", Account: "123456789012", Partition: "aws"}
	china := constructs.Env{Suffix: "dev", Region: "cn-north-1", Account: "123456789012"}
	assert.Equal(t, "logs.eu-south-1.amazonaws.com", aws.Principal("logs.eu-south-1"))
	assert.Equal(t, "logs.cn-north-1.amazonaws.com.cn", china.Principal("logs.cn-north-1"))
	assert.Equal(t, "ecs-tasks.amazonaws.com", china.Principal("ecs-tasks"))
	assert.Equal(t, "com.amazonaws.eu-south-1.ecr.api", *aws.EndpointService("ecr.api"))
	assert.Equal(t, "cn.com.amazonaws.cn-north-1.ecr.api", *china.EndpointService("ecr.api"))
	assert.Equal(t, "arn:aws:ecs:eu-south-1:123456789012:cluster/a", aws.ARN("ecs", "cluster/a"))
}

// TestDescriptionsNameTheAPI wants a name as people write it.
func TestDescriptionsNameTheAPI(t *testing.T) {
	for name, want := range map[string]string{"trial-api": "Trial API", "shop": "Shop", "shop-2-api-v2": "Shop 2 API V2"} {
		assert.Equal(t, want, constructs.Env{Platform: name}.API())
	}
}
