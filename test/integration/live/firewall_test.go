package live

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/assert"
)

// TestStatementsOfRules wants Terraform's names of what a rule puts together, and what it
// searches for as text.
func TestStatementsOfRules(t *testing.T) {
	searches := types.Statement{ByteMatchStatement: &types.ByteMatchStatement{
		SearchString: []byte("/upload/"), TextTransformations: []types.TextTransformation{{Type: types.TextTransformationTypeNone}},
	}}
	assert.Equal(t, Attributes{"and_statement": Attributes{"statement": []any{
		Attributes{"byte_match_statement": Attributes{"search_string": "/upload/", "text_transformation": []any{Attributes{"type": "NONE"}}}},
	}}}, firewallBlock(types.Statement{AndStatement: &types.AndStatement{Statements: []types.Statement{searches}}}))
}
