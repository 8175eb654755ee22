package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// Image is what a container runs.
type Image struct {
	// URI is where the image is, with its tag.
	URI string
	// Command takes the place of the image's own; nil does not.
	Command any
}

// orPlaceholder are the words of the configuration, or, while the image is the placeholder,
// what that needs. Where only Terraform knows which it is, so it does what they are, by a
// local value of the name.
func (i Image) orPlaceholder(scope constructs.Construct, local string, words []string, placeholder any) any {
	of, decidedLater := i.Command.(listOfTerraform)
	switch {
	case len(words) == 0 || i.Command != nil && !decidedLater:
		return placeholder
	case !decidedLater:
		return words
	}
	ofPlaceholder := `"[]"` // As the image says.
	if placeholder != nil {
		ofPlaceholder = of.expression()
	}
	cdktf.TerraformStack_Of(scope).AddOverride(jsii.String("locals."+local), fmt.Sprintf(`${%s == "[]" ? %s : %s}`, of.expression(), mustJSON(mustJSON(words)), ofPlaceholder))
	return listOfTerraform("${local." + local + "}")
}

// expression is the list as a part of another expression.
func (l listOfTerraform) expression() string {
	return strings.TrimSuffix(strings.TrimPrefix(string(l), "${"), "}")
}

// listOfTerraform is a list of strings that Terraform makes, an expression of JSON.
type listOfTerraform string

// placeholderProgram answers every GET, the health check among them, with 200. Python
// as the first process of a container ignores SIGTERM unless it is told otherwise.
const placeholderProgram = `import http.server, os, signal

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

class Placeholder(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"placeholder: push an image and set its tag\n")

http.server.ThreadingHTTPServer(("", %d), Placeholder).serve_forever()
`

// placeholder is the placeholder that listens on the port.
func placeholder(port int) Image {
	return Image{URI: config.PlaceholderImage, Command: []string{"python", "-c", fmt.Sprintf(placeholderProgram, port)}}
}
