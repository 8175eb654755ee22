package diagram

import (
	"embed"
	"fmt"
	"strings"
)

// icons are AWS's own, under the licence in their folder.
//
//go:embed icons/*.svg
var icons embed.FS

// icon is an icon as an element at a place of the picture.
func icon(name string, x, y, size int) string {
	text, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return "" // There is a picture of what has none, too.
	}
	place := fmt.Sprintf("<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", x, y, size, size)
	return strings.Replace(string(text), "<svg xmlns=\"http://www.w3.org/2000/svg\"", place, 1) + "\n"
}
