package diagram

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/stacktest"
)

// svg is a picture as far as it is looked at.
type svg struct {
	ViewBox string `xml:"viewBox,attr"`
	Rects   []rect `xml:"rect"`
	Texts   []struct {
		Class string `xml:"class,attr"`
		X     int    `xml:"x,attr"`
		Y     int    `xml:"y,attr"`
		Text  string `xml:",chardata"`
	} `xml:"text"`
}

type rect struct {
	Class  string `xml:"class,attr"`
	X      int    `xml:"x,attr"`
	Y      int    `xml:"y,attr"`
	Width  int    `xml:"width,attr"`
	Height int    `xml:"height,attr"`
}

func (r rect) overlaps(o rect) bool {
	return r.X < o.X+o.Width && o.X < r.X+r.Width && r.Y < o.Y+o.Height && o.Y < r.Y+r.Height
}

func (r rect) contains(o rect) bool {
	return r.X <= o.X && r.Y <= o.Y && o.X+o.Width <= r.X+r.Width && o.Y+o.Height <= r.Y+r.Height
}

// spanning are the boxes that stand in several zones on purpose.
var (
	spanning = []string{"network", "compute", "database", "instance"}
	spanned  = []string{"zone", "public", "private"}
)

// TestLayout looks at each picture for boxes that overlap and are not inside of each
// other, and for letters that leave their box or the picture.
func TestLayout(t *testing.T) {
	for _, env := range []config.Config{stacktest.Default(), stacktest.Closed(), stacktest.Elsewhere(), stacktest.Guarded()} {
		text := stacktest.Golden(t, env.Suffix)
		for instances := range 4 {
			stack, err := synthesis.Parse(env.StackName(), more(text, instances))
			require.NoError(t, err)
			picture, err := Draw(stack)
			require.NoError(t, err)
			var s svg
			require.NoError(t, xml.Unmarshal(picture, &s))
			var width, height int
			_, err = fmt.Sscanf(s.ViewBox, "0 0 %d %d", &width, &height)
			require.NoError(t, err)
			page := rect{Width: width, Height: height}
			for i, a := range s.Rects {
				assert.True(t, page.contains(a), "%v is in the picture", a)
				for _, b := range s.Rects[:i] {
					if a.overlaps(b) && !b.contains(a) {
						assert.True(t, slices.Contains(spanning, a.Class) && slices.Contains(spanned, b.Class), "%v overlaps %v", a, b)
					}
				}
			}
			for _, text := range s.Texts {
				half := len(text.Text) * 7 / 2
				left, right := text.X-half, text.X+half
				if strings.Contains(text.Class, "left") || text.Class == "title" {
					left, right = text.X, text.X+2*half
				}
				assert.True(t, left >= 0 && right <= width && text.Y <= height, "%q is in the picture", text.Text)
				box := page // The one that is drawn last is on top.
				for _, b := range s.Rects {
					if b.X < text.X && text.X < b.X+b.Width && b.Y < text.Y && text.Y < b.Y+b.Height {
						box = b
					}
				}
				assert.True(t, box.X <= left && right <= box.X+box.Width, "%q is as wide as its box, %v", text.Text, box)
			}
		}
	}
}

// more gives the database more readers.
func more(text []byte, readers int) []byte {
	var extra strings.Builder
	for i := range readers {
		fmt.Fprintf(&extra, `"database_reader_%d": {"instance_class": "db.r6g.large"},`, i+2)
	}
	const instances = `"aws_rds_cluster_instance": {`
	return []byte(strings.Replace(string(text), instances, instances+extra.String(), 1))
}

func TestDrawRefusesWhatHasNoVPC(t *testing.T) {
	_, err := Draw(synthesis.Stack{Name: "flask-api-dev"})
	require.EqualError(t, err, "flask-api-dev has no VPC to draw")
}
