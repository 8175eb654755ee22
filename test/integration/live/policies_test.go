package live

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPrincipalsThatMeanTheSame(t *testing.T) {
	t.Parallel()
	const root = `{"AWS":"arn:aws:iam::123456789012:root"}`
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`"*"`, `{"AWS":"*"}`, true},
		{`"*"`, `{"AWS":["*"]}`, true},
		{root, `{"AWS":"123456789012"}`, true},
		{root, `{"AWS":["arn:aws:iam::123456789012:root"]}`, true},
		{`{"AWS":["arn:aws-cn:iam::123456789012:root","210987654321"]}`, `{"AWS":["210987654321","123456789012"]}`, true},
		{root, `{"AWS":"210987654321"}`, false},
		{root, `"*"`, false},
		{`"*"`, `{"AWS":"*","Service":"a"}`, false},
		{root, `{"AWS":"arn:aws:iam::123456789012:role/root"}`, false},
		{`{"Service":"a"}`, `{"AWS":"a"}`, false},
	} {
		normal := func(text string) any {
			return Kind{}.normal("", Attributes{"policy": `{"Statement":[{"Principal":` + text + `}]}`}, false)
		}
		assert.Equal(t, c.same, len(unlike("", normal(c.a), normal(c.b))) == 0, "%s and %s", c.a, c.b)
	}
}
