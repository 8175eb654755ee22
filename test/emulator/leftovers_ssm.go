package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func init() { kinds["parameter"] = parameters }

// parameters lists those of Systems Manager.
func parameters(ctx context.Context, c aws.Config) ([]string, error) {
	var answer struct{ Parameters []struct{ Name string } }
	if err := systemsManager(ctx, c, "DescribeParameters", map[string]string{}, &answer); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range answer.Parameters {
		names = append(names, p.Name)
	}
	return names, nil
}

// DeleteParameter deletes a parameter of Systems Manager.
func (e *Emulator) DeleteParameter(ctx context.Context, name string) error {
	return systemsManager(ctx, e.Config(), "DeleteParameter", map[string]string{"Name": name}, &struct{}{})
}

// systemsManager calls Systems Manager. For two calls, a client of its own would be a
// dependency too much.
func systemsManager(ctx context.Context, c aws.Config, action string, request, answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, *c.BaseEndpoint, bytes.NewReader(mustJSON(request)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Amz-Target", "AmazonSSM."+action)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250101/"+c.Region+"/ssm/aws4_request, SignedHeaders=host, Signature=none")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(response.Body).Decode(answer)
}
