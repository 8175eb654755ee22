package diagram

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// style has one rule for each class. The background is white in dark mode, too: the
// lines and letters are chosen for it.
const style = `
  svg { background: #fff; font-family: -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 14px }
  text { fill: #232f3e; text-anchor: middle }
  .left { text-anchor: start } .bold { font-weight: 600 } .title { font-size: 16px; font-weight: 600; text-anchor: start }
  .small { font-size: 13px; fill: #545b64 }
  rect { fill: #fff; stroke: #545b64; rx: 4 }
  .page { fill: #fff; stroke: none }
  .vpc { fill: none; stroke: #8c4fff; stroke-width: 1.5 } .zone { fill: none; stroke: #147eba; stroke-dasharray: 5 4 }
  .public { fill: #f2f6e8; stroke: #7aa116 } .private { fill: #e6f6f7; stroke: #00a4a6 }
  .network { fill: #f5f0ff; stroke: #8c4fff } .compute { fill: #fff3e6; stroke: #ed7100 } .database { fill: #fbeaf2; stroke: #c925d1 }
  .secret { fill: #fdeaec; stroke: #dd344c } .registry { fill: #fff3e6; stroke: #ed7100 } .watch { fill: #fdeaf4; stroke: #e7157b }
  .instance { fill: #fff; stroke: #c925d1 } .internet { fill: #f2f3f3 }
  .store { fill: #f2f6e8; stroke: #7aa116 }
  .request { fill: none; stroke: #0972d3; stroke-width: 2 } .secret-path { fill: none; stroke: #dd344c; stroke-width: 2; stroke-dasharray: 6 4 }
`

// canvas collects the elements of an SVG.
type canvas struct{ strings.Builder }

func (c *canvas) add(format string, values ...any) {
	fmt.Fprintf(&c.Builder, format, values...)
}

func (c *canvas) box(class string, x, y, width, height int, lines ...string) {
	c.add("<rect class=%q x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, x, y, width, height)
	top := y + height/2 - (len(lines)-1)*line/2 + line/3
	for i, text := range lines {
		kind := "small"
		if i == 0 {
			kind = "bold"
		}
		c.text(kind, x+width/2, top+i*line, text)
	}
}

func (c *canvas) text(class string, x, y int, text string) {
	c.add("<text class=%q x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, html.EscapeString(text))
}

// arrow leads through the points, which are pairs of x and y.
func (c *canvas) arrow(class string, points ...int) {
	var path []string
	for pair := range slices.Chunk(points, 2) {
		path = append(path, fmt.Sprintf("%d,%d", pair[0], pair[1]))
	}
	c.add("<polyline class=%q points=%q marker-end=\"url(#%s-end)\"/>\n", class, strings.Join(path, " "), class)
}

// column is where the zone begins.
func column(i int) int { return margin + gap + i*(zoneWidth+gap) }

func (e environment) draw() []byte {
	last := column(len(e.zones) - 1)
	vpcWidth := last + zoneWidth + gap - margin
	asideX := margin + vpcWidth + 3*gap
	width := asideX + asideWidth + margin
	privateEnd := clusterEnd + inset
	if len(e.endpoints) > 0 {
		privateEnd += boxHeight + inset
	}
	vpcEnd := privateEnd + 2*inset

	c := &canvas{}
	bottom := e.drawAside(c, asideX)
	e.drawZones(c, privateEnd)
	e.drawSpanning(c, column(0)+2*inset, last+zoneWidth-2*inset)
	e.drawPaths(c, asideX, last+zoneWidth-2*inset)

	height := max(vpcEnd, bottom) + 48
	legend := height - 20
	c.arrow("request", margin, legend, margin+40, legend)
	c.text("left", margin+50, legend+4, "a request")
	c.arrow("secret-path", margin+140, legend, margin+180, legend)
	c.text("left", margin+190, legend+4, "the password: made while Terraform applies, read by each task that starts")

	out := &canvas{}
	out.add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Architecture of %s\">\n<style>%s</style>\n<defs>\n",
		width, height, html.EscapeString(e.name), style)
	for _, path := range []struct{ class, colour string }{{"request", "#0972d3"}, {"secret-path", "#dd344c"}} {
		out.add("<marker id=\"%s-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0,0 8,4 0,8z\" fill=%q/></marker>\n",
			path.class, path.colour)
	}
	out.add("</defs>\n")
	out.box("page", 0, 0, width, height)
	out.text("title", asideX, internetTop+20, e.name)
	out.text("left small", asideX, internetTop+38, e.region)
	out.box("vpc", margin, vpcTop, vpcWidth, vpcEnd-vpcTop)
	out.text("left bold", margin+inset, vpcTop+20, "VPC "+e.cidr)
	out.add("%s", c.String())
	out.add("</svg>\n")
	return []byte(out.String())
}

// drawAside draws what is not in the VPC, and returns where it ends. The secret
// stands next to those that read it.
func (e environment) drawAside(c *canvas, x int) int {
	above, below := vpcTop, clusterEnd+inset
	for _, p := range e.aside {
		switch {
		case p.lines[0] == secretsManager:
			c.box(p.class, x, tasksTop, asideWidth, clusterEnd-tasksTop, p.lines...)
		case above+boxHeight < tasksTop:
			c.box(p.class, x, above, asideWidth, boxHeight, p.lines...)
			above += boxHeight + inset
		default:
			c.box(p.class, x, below, asideWidth, boxHeight, p.lines...)
			below += boxHeight + inset
		}
	}
	return below
}

func (e environment) drawZones(c *canvas, privateEnd int) {
	for i, z := range e.zones {
		x, width := column(i), zoneWidth-2*inset
		c.box("zone", x, zoneTop, zoneWidth, privateEnd+inset-zoneTop)
		c.text("small", x+zoneWidth/2, zoneTop+17, z.name)
		c.box("public", x+inset, publicTop, width, publicEnd-publicTop)
		c.text("left small", x+2*inset, publicTop+18, "public "+z.public)
		c.box("private", x+inset, privateTop, width, privateEnd-privateTop)
		c.text("left small", x+2*inset, privateTop+18, "private "+z.private)
		if z.nat {
			c.box("network", x+2*inset, natTop, zoneWidth-4*inset, natHeight, "NAT gateway")
		}
	}
}

// drawSpanning draws what is in all zones.
func (e environment) drawSpanning(c *canvas, left, right int) {
	c.box("network", left, balancerTop, right-left, boxHeight, e.balancer...)
	c.box("compute", left, tasksTop, right-left, boxHeight, e.tasks...)
	c.box("database", left, clusterTop, right-left, clusterEnd-clusterTop)
	c.text("small", (left+right)/2, clusterEnd-9, e.cluster)
	for i, name := range e.instances {
		c.box("instance", column(i)+3*inset, instanceTop, zoneWidth-6*inset, boxHeight, strings.Split(name, ": ")...)
	}
	if len(e.endpoints) > 0 {
		c.box("network", left, clusterEnd+inset, right-left, boxHeight-inset, "interface endpoints", strings.Join(e.endpoints, ", "))
	}
}

// drawPaths draws the way of a request down through the picture, between the first
// two zones, and that of the password from the right.
func (e environment) drawPaths(c *canvas, asideX, right int) {
	x := column(1) - gap/2
	const width, height = 160, 42
	top := filterTop
	if e.filter != nil {
		top = internetTop
		c.arrow("request", x, top+height, x, filterTop)
		c.box("network", x-width/2, filterTop, width, height, e.filter...)
	}
	c.box("internet", x-width/2, top, width, height, "internet")
	c.arrow("request", x, filterTop+height, x, balancerTop)
	c.arrow("request", x, balancerTop+boxHeight, x, tasksTop)
	for i, name := range e.instances {
		middle := column(i) + zoneWidth/2
		c.arrow("request", middle, tasksTop+boxHeight, middle, instanceTop)
		verb := "writes"
		if strings.Contains(name, "reader") {
			verb = "reads"
		}
		c.text("left small", middle+8, tasksTop+boxHeight+22, verb)
	}
	c.arrow("secret-path", asideX, tasksTop+boxHeight/2, right, tasksTop+boxHeight/2)
	c.arrow("secret-path", asideX, instanceTop+boxHeight/2, right, instanceTop+boxHeight/2)
}
