package constructs

import (
	"fmt"

	"flask-api/config"
)

// Image is what a container runs.
type Image struct {
	// URI is where the image is, with its tag.
	URI string
	// Command takes the place of the image's own; nil does not.
	Command any
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
