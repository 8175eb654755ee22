package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// callFunction runs the handler that its first argument names with the event of its
// standard input, and prints the answer as Lambda gives it:
// https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
const callFunction = `import importlib, json, sys, traceback
module, name = sys.argv[1].rsplit(".", 1)
try:
    answer, code = getattr(importlib.import_module(module), name)(json.load(sys.stdin), None), 0
except Exception as error:
    answer, code = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": traceback.format_tb(error.__traceback__)}, 1
print(json.dumps(answer))
sys.exit(code)`

// storeCode keeps the archive of a function, which moto does not give back.
func (m *memory) storeCode(c *Call) []byte {
	var request struct {
		FunctionName string
		ZipFile      []byte
		Code         struct{ ZipFile []byte }
	}
	c.decode(&request)
	name := request.FunctionName
	if name == "" {
		name = c.labels["FunctionName"]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.functions[name] = append(request.ZipFile, request.Code.ZipFile...)
	return c.Body
}

// invoke runs the function with moto's Python, as its role and with its variables, until
// its time is over. Whoever called may be gone by then.
func (m *memory) invoke(c *Call) (string, []byte) {
	name := c.labels["FunctionName"]
	found, err := lambda.NewFromConfig(m.of(c)).GetFunctionConfiguration(background, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	m.mu.Lock()
	code := m.functions[name]
	m.mu.Unlock()
	if err != nil || code == nil {
		return "", nil // moto says that there is none.
	}
	dir, err := os.MkdirTemp("", "function")
	if err != nil {
		return functionError(c, err.Error())
	}
	defer func() { _ = os.RemoveAll(dir) }()
	archive := filepath.Join(dir, "function.zip")
	if err := os.WriteFile(archive, code, 0o600); err != nil {
		return functionError(c, err.Error())
	}
	proxy, err := m.proxyAs(aws.ToString(found.Role))
	if err != nil {
		return functionError(c, err.Error())
	}
	defer proxy.Close()
	ctx, cancel := context.WithTimeout(background, time.Duration(aws.ToInt32(found.Timeout))*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, m.python, "-c", callFunction, aws.ToString(found.Handler)) //nolint:gosec // The Python that was found.
	command.Env = append(os.Environ(), (&Emulator{Region: c.Region}).Env(proxy)...)
	command.Env = append(command.Env, "PYTHONPATH="+archive, "PYTHONDONTWRITEBYTECODE=1")
	if found.Environment != nil {
		for variable, value := range found.Environment.Variables {
			command.Env = append(command.Env, variable+"="+value)
		}
	}
	var problems bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(c.Body), &problems
	answer, err := command.Output()
	switch exit := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		return functionError(c, "Task timed out")
	case errors.As(err, &exit) && json.Valid(answer):
		c.failed()
	case err != nil:
		return functionError(c, err.Error()+": "+problems.String())
	}
	return "application/json", bytes.TrimSpace(answer)
}

// proxyAs starts a proxy by which a program calls as the role of that ARN. The caller closes it.
func (m *memory) proxyAs(role string) (*Proxy, error) {
	as, err := NewRole(path.Base(role), m.policiesOf(role)...)
	if err != nil {
		return nil, err
	}
	moto, err := url.Parse(*m.account.BaseEndpoint)
	if err != nil {
		return nil, err
	}
	proxy := newProxy(moto, m)
	proxy.As(as)
	return proxy, nil
}

// policiesOf are the inline policies of the role of that ARN.
func (m *memory) policiesOf(role string) (documents [][]byte) {
	for _, document := range m.otherPolicies(path.Base(role), "") {
		documents = append(documents, []byte(document))
	}
	return documents
}

// failed marks the answer as that of a function which did not succeed:
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (c *Call) failed() { c.answered = http.Header{"X-Amz-Function-Error": {"Unhandled"}} }

func functionError(c *Call, message string) (string, []byte) {
	c.failed()
	return "application/json", mustJSON(map[string]string{"errorMessage": message, "errorType": "Runtime.ExitError"})
}
