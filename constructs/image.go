package constructs

import "fmt"

// Image is what a container runs.
type Image struct {
	// URI is where the image is, with its tag.
	URI string
	// Command takes the place of the image's own; nil does not.
	Command []string
}

// placeholderImage stands in for the API until an image has been pushed. It is
// public, so that the first deployment of an empty repository succeeds.
const placeholderImage = "public.ecr.aws/docker/library/python:3.12-slim"

// placeholderProgram answers every GET, the health check among them, with 200.
const placeholderProgram = `import http.server

class Placeholder(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"placeholder: push an image and set its tag\n")

http.server.ThreadingHTTPServer(("", %d), Placeholder).serve_forever()
`

// placeholder is the placeholder that listens on the port.
func placeholder(port int) Image {
	return Image{URI: placeholderImage, Command: []string{"python", "-c", fmt.Sprintf(placeholderProgram, port)}}
}
