package emulator

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRuleDatabasesHaveTheKeyOfAWS(t *testing.T) {
	p := newLifelikeProxy(t, `<DBCluster><KmsKeyId>default_kms_key_id</KmsKeyId></DBCluster>`)
	assert.Contains(t, send(t, p, "rds", "", formType, "Action=DescribeDBClusters"), ":123456789012:key/"+databaseKey)
}

func TestRuleKeysOfAWSSayWhoseTheyAre(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // An empty one has no key.
		_, _ = w.Write([]byte(`{"KeyMetadata":{"KeyManager":"CUSTOMER"},"asked":` + string(body) + `}`))
	})
	p.Lifelike()
	describe := func(id string) string {
		return send(t, p, "kms", "TrentService.DescribeKey", jsonType, `{"KeyId":"`+id+`"}`)
	}
	assert.JSONEq(t, `{"KeyMetadata":{"KeyManager":"AWS"},"asked":{"KeyId":"alias/aws/rds"}}`, describe("arn:aws:kms:r:1:key/"+databaseKey))
	assert.JSONEq(t, `{"KeyMetadata":{"KeyManager":"CUSTOMER"},"asked":{"KeyId":"another"}}`, describe("another"))
}
