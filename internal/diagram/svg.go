package diagram

import (
	"fmt"
	"html"
	"strings"
)

// style has one rule for each class. The background is white in dark mode, too: the
// lines and letters are chosen for it. The colours are those of AWS's icons.
const style = `
  svg { background: #fff; font-family: -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 14px }
  text { fill: #232f3e; text-anchor: middle }
  .left { text-anchor: start } .end { text-anchor: end } .bold { font-weight: 600 } .title { font-size: 16px; font-weight: 600 }
  .small { font-size: 13px; fill: #414750 }
  rect { fill: #fff; stroke: #545b64; rx: 4 }
  .page { fill: #fff; stroke: none } .plain, .gateway { fill: none; stroke: none } .gateway { fill: #fff }
  .vpc { fill: none; stroke: #8c4fff; stroke-width: 1.5 } .zone { fill: none; stroke: #147eba; stroke-dasharray: 5 4 }
  .public { fill: #f2f6e8; stroke: #7aa116 } .private { fill: #e6f6f7; stroke: #00a4a6 }
  .network { fill: #f5f0ff; stroke: #8c4fff } .compute { fill: #fff3e6; stroke: #ed7100 } .database { fill: #fbeaf2; stroke: #c925d1 }
  .secret { fill: #fdeaec; stroke: #dd344c } .watch { fill: #fdeaf4; stroke: #e7157b } .store { fill: #f2f6e8; stroke: #7aa116 }
  .filter { fill: #fdeaec; stroke: #dd344c } .instance { fill: #fff; stroke: #c925d1 } .clients { fill: #f2f3f3 }
  polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
  .request { stroke: #0972d3 } .outbound { stroke: #7d8998; stroke-width: 1.5 } .password { stroke: #dd344c; stroke-dasharray: 6 4 } .other { stroke: #232f3e; stroke-width: 1.2 }
`

// svg writes the picture: boxes below lines, and lines below letters.
func (d drawing) svg() []byte {
	var out strings.Builder
	add := func(format string, values ...any) { fmt.Fprintf(&out, format+"\n", values...) }
	add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Architecture of %s">`, d.w, d.h, html.EscapeString(d.name))
	add("<!-- AWS Architecture Icons: Copyright Amazon.com, Inc. or its affiliates, CC BY-ND 2.0 -->")
	add("<style>%s</style>\n<defs>", style)
	for _, way := range []struct{ class, colour string }{{request, "#0972d3"}, {outbound, "#7d8998"}, {password, "#dd344c"}, {other, "#232f3e"}} {
		add(`<marker id="%s-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 8,4 0,8z" fill="%s"/></marker>`,
			way.class, way.colour)
	}
	add("</defs>\n<rect class=\"page\" x=\"0\" y=\"0\" width=\"%d\" height=\"%d\"/>", d.w, d.h)
	for _, n := range d.nodes {
		add(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, n.class, n.x, n.y, n.w, n.h)
	}
	for _, p := range d.paths {
		var points []string
		for i := 0; i < len(p.points); i += 2 {
			points = append(points, fmt.Sprintf("%d,%d", p.points[i], p.points[i+1]))
		}
		add(`<polyline class="%s" points="%s" marker-end="url(#%s-end)"/>`, p.class, strings.Join(points, " "), p.class)
	}
	for _, n := range d.nodes {
		if n.icon != "" {
			at := n.iconBox()
			out.WriteString(icon(n.icon, at.x, at.y, at.w))
		}
	}
	for _, l := range d.texts() {
		add(`<text class="%s" x="%d" y="%d">%s</text>`, l.class, l.x, l.y, html.EscapeString(l.text))
	}
	add("</svg>")
	return []byte(out.String())
}

// iconBox is where the icon of a node stands: at its left, or in the whole of one that
// has no words.
func (n node) iconBox() box {
	if n.lines == nil {
		return n.box
	}
	return box{n.x + padding, n.y + (n.h-iconSize)/2, iconSize, iconSize}
}

// texts are all texts of the picture: the labels, and the lines of the nodes beside
// their icons, the first one bold.
func (d drawing) texts() []label {
	texts := append([]label{}, d.labels...)
	for _, n := range d.nodes {
		top := n.y + n.h/2 - (len(n.lines)-1)*line/2 + 5
		for i, text := range n.lines {
			class := "left small"
			if i == 0 {
				class = "left bold"
			}
			texts = append(texts, label{class, n.iconBox().right() + padding, top + i*line, text})
		}
	}
	return texts
}
