package diagram

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The picture is a column for each zone, and one for what is in the region and not in
// the VPC. All lengths are in pixels.
const (
	margin    = 16
	gap       = 14
	inset     = 8  // of a box in another
	lane      = 26 // between the VPC's border and the zones, for lines
	corridor  = 66 // between the VPC and what is beside it
	zoneWidth = 200
	asideSize = 210
	asideHigh = 62
	pitch     = asideHigh + 12
	line      = 16
	iconSize  = 32
	padding   = 10
	// filterWidth is what the web ACL takes of the load balancer.
	filterWidth = 140
	letter      = 6.7 // The mean width of a letter of Helvetica and of Segoe UI, at most.

	clientsTop  = 8
	clientsHigh = 60
	vpcTop      = 116
	zoneTop     = vpcTop + 34
	publicTop   = zoneTop + 24
	balancerTop = publicTop + 26
	natHigh     = 42
)

// The ways through the picture.
const (
	request  = "request"
	outbound = "outbound"
	password = "password"
	other    = "other"
)

// box is a rectangle.
type box struct{ x, y, w, h int }

func (b box) right() int  { return b.x + b.w }
func (b box) bottom() int { return b.y + b.h }
func (b box) middle() int { return b.x + b.w/2 }

// node is a thing with an icon and what is said of it; one without an icon is a box that
// others are in.
type node struct {
	id, class, icon string
	box
	lines []string
}

// label is a text of its own. Its class says which end of it is at x.
type label struct {
	class string
	x, y  int
	text  string
}

// path leads from a node to another one, through points that are pairs of x and y.
type path struct {
	class, from, to string
	points          []int
}

type drawing struct {
	name   string
	w, h   int
	nodes  []node
	labels []label
	paths  []path
}

// plan is a picture while it is laid out.
type plan struct {
	environment
	drawing
	rows
	left, right int // of what is in all zones
	x           int // of the way of a request
	vpcBox      box
}

// rows are the heights of what depends on what there is.
type rows struct {
	publicTop, balancerEnd, busY, natTop, publicEnd, privateTop, tasksTop, tasksMiddle, tasksHigh int
	clusterTop, instanceTop, clusterEnd, cacheTop, cacheMiddle                                    int
	endpointTop, endpointMiddle, privateEnd                                                       int
}

// rows lays out what stands below the load balancer, without a place for what is not there.
func (e environment) rows(balancerLines, tasksLines, cacheLines, endpointLines int) rows {
	r := rows{balancerEnd: balancerTop + max(3, balancerLines)*line + 14, tasksHigh: max(4, tasksLines)*line + 12}
	r.publicTop, r.publicEnd = publicTop, r.balancerEnd+inset
	if slices.ContainsFunc(e.zones, func(z zone) bool { return z.nat }) {
		r.busY = r.balancerEnd + 13
		if e.internal { // The load balancer stands in the private subnets.
			r.publicTop = r.publicEnd + 16
			r.busY = r.publicTop + 27
		}
		r.natTop = r.busY + 13
		r.publicEnd = r.natTop + natHigh + inset
	}
	r.privateTop = r.publicEnd + 16
	r.tasksTop = r.privateTop + 28
	r.tasksMiddle = r.tasksTop + r.tasksHigh/2
	r.clusterTop = r.tasksTop + r.tasksHigh + 36
	r.instanceTop = r.clusterTop + 12
	r.clusterEnd = r.instanceTop + 46 + 54
	r.privateEnd = r.clusterEnd + inset
	below := func(lines int) (top, middle int) {
		high := lines*line + 14
		top = r.privateEnd - inset + 12
		r.privateEnd = top + high + inset
		return top, top + high/2
	}
	if e.cache != nil {
		r.cacheTop, r.cacheMiddle = below(cacheLines)
	}
	if e.endpoints != nil {
		r.endpointTop, r.endpointMiddle = below(endpointLines)
	}
	return r
}

func (e environment) layout() drawing {
	p := &plan{environment: e}
	p.left, p.right = column(0)+2*inset, column(len(e.zones)-1)+zoneWidth-2*inset
	p.x = column(1) - gap/2
	words := p.right - p.left
	p.tasks, p.cache, p.endpoints = wrap(e.tasks, words), wrap(e.cache, words), wrap(e.endpoints, words)
	if e.filter != nil {
		words -= filterWidth
	}
	p.balancer = wrap(e.balancer, words)
	p.rows = e.rows(len(p.balancer), len(p.tasks), len(p.cache), len(p.endpoints))
	p.vpcBox = box{margin, vpcTop, column(len(e.zones)-1) + zoneWidth + lane - margin, p.privateEnd + 2*inset + 6 - vpcTop}
	p.drawing.name = e.name
	aside := p.vpcBox.right() + corridor
	p.w = max(aside+asideSize, aside+bold(e.name)*8/7) + margin
	p.add(node{class: "vpc", box: p.vpcBox})
	p.label("end bold", p.vpcBox.right()-padding, vpcTop+22, e.vpc)
	p.placeZones()
	p.placeVPC()
	bottom := p.placeAside(aside)
	p.placeWays()
	p.placeLegend(max(p.vpcBox.bottom(), bottom) + 26)
	return p.drawing
}

// column is where a zone begins.
func column(i int) int { return margin + lane + i*(zoneWidth+gap) }

func (p *plan) add(n node) {
	n.lines = wrap(n.lines, n.w)
	p.nodes = append(p.nodes, n)
}

// wrap breaks lines at their commas, where they are too long for a box that has an icon,
// and shortens what is too long by itself.
func wrap(lines []string, boxWidth int) []string {
	most := boxWidth - iconSize - 5*padding/2
	var out []string
	for i, text := range lines {
		width := small
		if i == 0 {
			width = bold
		}
		now := ""
		for j, piece := range strings.SplitAfter(text, ", ") {
			if j > 0 && width(now+strings.TrimSpace(piece)) > most {
				out, now = append(out, strings.TrimSpace(now)), ""
			}
			now += piece
		}
		out = append(out, now)
	}
	for i, text := range out {
		width := small
		if i == 0 {
			width = bold
		}
		for letters := []rune(text); width(out[i]) > most; letters = letters[:len(letters)-1] {
			out[i] = string(letters) + "…"
		}
	}
	return out
}

func (p *plan) label(class string, x, y int, text string) {
	p.labels = append(p.labels, label{class, x, y, text})
}

func (p *plan) way(class, from, to string, points ...int) {
	p.paths = append(p.paths, path{class, from, to, points})
}

// find is the node, if it is there.
func (p *plan) find(id string) (node, bool) {
	for _, n := range p.nodes {
		if n.id == id {
			return n, true
		}
	}
	return node{}, false
}

func (p *plan) placeZones() {
	for i, z := range p.zones {
		x, width := column(i), zoneWidth-2*inset
		p.add(node{class: "zone", box: box{x, zoneTop, zoneWidth, p.privateEnd + inset - zoneTop}})
		p.label("small", x+zoneWidth/2, zoneTop+16, z.name)
		if p.internal {
			p.add(node{class: "private", box: box{x + inset, publicTop, width, p.balancerEnd + inset - publicTop}})
			p.label("left small", x+2*inset, publicTop+17, subnet("private", z.private))
		}
		if !p.internal || p.busY > 0 {
			p.add(node{class: "public", box: box{x + inset, p.publicTop, width, p.publicEnd - p.publicTop}})
			p.label("left small", x+2*inset, p.publicTop+17, subnet("public", z.public))
		}
		p.add(node{class: "private", box: box{x + inset, p.privateTop, width, p.privateEnd - p.privateTop}})
		p.label("left small", x+2*inset, p.privateTop+18, subnet("private", z.private))
		if z.nat {
			p.add(node{natOf(z), "network", "nat-gateway", box{x + 2*inset, p.natTop, zoneWidth - 4*inset, natHigh}, []string{"NAT gateway"}})
		}
	}
}

// gatewayX is where the internet gateway stands: in the way of requests, if they pass it.
func (p *plan) gatewayX() int {
	if p.internal {
		return p.x - 150
	}
	return p.x
}

// subnet is what is said of one, beside which a line has a place.
func subnet(kind, cidr string) string {
	if text := strings.TrimSpace(kind + " " + cidr); small(text) <= zoneWidth-5*inset {
		return text
	}
	return cidr
}

func natOf(z zone) string { return "nat of " + z.public }

// placeVPC places what is in all zones, and the clients above them.
func (p *plan) placeVPC() {
	width := p.right - p.left
	p.add(node{"clients", "clients", "internet", box{p.x - 95, clientsTop, 190, clientsHigh}, p.clients})
	if p.gateway {
		p.add(node{"gateway", "gateway", "internet-gateway", box{p.gatewayX() - 17, vpcTop - 17, 34, 34}, nil})
		p.label("left small", p.gatewayX()+24, vpcTop-7, "internet gateway")
	}
	p.add(node{"balancer", "network", "load-balancer", box{p.left, balancerTop, width, p.balancerEnd - balancerTop}, p.balancer})
	if p.filter != nil {
		p.add(node{"filter", "filter", "waf", box{p.right - filterWidth, balancerTop + 8, filterWidth - 8, p.balancerEnd - balancerTop - 16}, p.filter})
	}
	p.add(node{"tasks", "compute", "fargate", box{p.left, p.tasksTop, width, p.tasksHigh}, p.tasks})
	p.add(node{id: "cluster", class: "database", box: box{p.left, p.clusterTop, width, p.clusterEnd - p.clusterTop}})
	for i, instance := range p.instances {
		p.add(node{fmt.Sprint("instance ", i+1), "instance", "instance", box{column(i) + 3*inset, p.instanceTop, zoneWidth - 6*inset, 46}, []string{instance.role, instance.class}})
	}
	p.add(node{"about the cluster", "plain", "aurora", box{p.left + inset, p.instanceTop + 46, width - 2*inset, 46}, p.cluster})
	if p.cache != nil {
		p.add(node{"cache", "database", "elasticache", box{p.left, p.cacheTop, width, 2 * (p.cacheMiddle - p.cacheTop)}, p.cache})
	}
	if p.endpoints != nil {
		p.add(node{"endpoints", "network", "endpoints", box{p.left, p.endpointTop, width, 2 * (p.endpointMiddle - p.endpointTop)}, p.endpoints})
	}
}

// placeAside places what is beside the VPC, those that the tasks use next to them, and
// returns where it ends.
func (p *plan) placeAside(x int) int {
	top := p.tasksMiddle - asideHigh/2
	place := func(id, class, icon string, row int, lines []string) {
		if lines != nil {
			p.add(node{id, class, icon, box{x, top + row*pitch, asideSize, asideHigh}, lines})
		}
	}
	place("watch", "watch", "cloudwatch", -1, p.watch)
	place("topic", "watch", "sns", -2, p.topic)
	row := -2
	if p.topic != nil {
		row = -3
	}
	place("store", "store", "s3", row, p.store)
	place("registry", "compute", "ecr", 0, p.registry)
	place("secrets", "secret", "secrets-manager", 1, p.secrets)
	place("key", "secret", "kms", 2, p.key)
	last := 1
	if p.key != nil {
		last = 2
	}
	if p.background != nil {
		last++
		place("background", "store", "s3", last, p.background)
	}
	p.label("title left", x, clientsTop+18, p.environment.name)
	p.label("left small", x, clientsTop+36, p.region)
	return top + last*pitch + asideHigh
}

// placeWays leads requests down through the picture between the first two zones, what
// goes out along the VPC's left side, and the rest to the right.
func (p *plan) placeWays() {
	from, y := "clients", clientsTop+clientsHigh
	if p.gateway && !p.internal {
		p.way(request, from, "gateway", p.x-4, y, p.x-4, vpcTop-18)
		from, y = "gateway", vpcTop+17
	}
	p.way(request, from, "balancer", p.x, y, p.x, balancerTop)
	p.way(request, "balancer", "tasks", p.x, p.balancerEnd, p.x, p.tasksTop)
	for i, instance := range p.instances {
		middle := column(i) + zoneWidth/2
		p.way(request, "tasks", fmt.Sprint("instance ", i+1), middle, p.tasksTop+p.tasksHigh, middle, p.instanceTop)
		verb := "writes"
		if strings.Contains(instance.role, "reader") {
			verb = "reads"
		}
		p.label("left small", middle+8, p.tasksTop+p.tasksHigh+22, verb)
	}
	p.placeOutbound()
	for _, way := range []struct {
		class, from, to string
		fromY, toY, x   int
	}{
		{other, "balancer", "store", balancerTop + 31, 0, 24},
		{other, "tasks", "watch", p.tasksTop + 14, 0, 24},

		{other, "registry", "tasks", 0, p.tasksMiddle, 0},
		{password, "secrets", "tasks", -8, p.tasksTop + p.tasksHigh - 14, 24},
		{password, "secrets", "cluster", 14, p.clusterTop + 26, 40},
		{other, "key", "cluster", 0, p.clusterTop + 58, 40},
		{other, "tasks", "background", p.tasksTop + 30, 0, 54},
	} {
		p.sideways(way.class, way.from, way.to, way.fromY, way.toY, way.x)
	}
	if topic, exists := p.find("topic"); exists {
		p.way(other, "watch", "topic", topic.middle(), topic.bottom()+12, topic.middle(), topic.bottom())
	}
}

// placeOutbound leads from the tasks through the NAT gateways and the internet gateway,
// and to the endpoints.
func (p *plan) placeOutbound() {
	x := margin + lane/2
	for i, z := range p.zones {
		if !z.nat {
			continue
		}
		side := column(i) + zoneWidth - 3*inset // Beside the name of the subnet.
		p.way(outbound, "tasks", natOf(z), side, p.tasksTop, side, p.natTop+natHigh)
		p.way(outbound, natOf(z), "gateway", side, p.natTop, side, p.busY, x, p.busY, x, vpcTop+10, p.gatewayX()-17, vpcTop+10)
	}
	if _, out := p.find("nat of " + p.zones[0].public); out && !p.internal {
		p.way(outbound, "gateway", "clients", p.x+6, vpcTop-18, p.x+6, clientsTop+clientsHigh)
	}
	if p.cache != nil {
		near, high := p.left-inset/2, p.tasksMiddle+p.tasksHigh/4
		p.way(request, "tasks", "cache", p.left, high, near, high, near, p.cacheMiddle, p.left, p.cacheMiddle)
	}
	if p.endpoints != nil {
		p.way(outbound, "tasks", "endpoints", p.left, p.tasksMiddle, x, p.tasksMiddle, x, p.endpointMiddle, p.left, p.endpointMiddle)
	}
}

// sideways leads from a node to another one on the other side of the corridor, at
// heights in the one of the VPC, and from the middle of the one beside it.
func (p *plan) sideways(class, from, to string, fromY, toY, turn int) {
	a, known := p.find(from)
	b, also := p.find(to)
	if !known || !also {
		return
	}
	x := p.vpcBox.right() + turn
	if a.x < b.x {
		middle := b.y + b.h/2 + toY
		p.way(class, from, to, a.right(), fromY, x, fromY, x, middle, b.x, middle)
		return
	}
	middle := a.y + a.h/2 + fromY
	p.way(class, from, to, a.x, middle, x, middle, x, toY, b.right(), toY)
}

// placeLegend explains the ways that there are.
func (p *plan) placeLegend(y int) {
	x := margin
	for _, entry := range []struct{ class, text string }{
		{request, "a request"}, {outbound, "what goes out"}, {password, "a password"}, {other, "images, logs and keys"},
	} {
		for _, way := range p.paths {
			if way.class == entry.class {
				p.way(entry.class, "", "", x, y, x+34, y)
				p.label("left small", x+42, y+4, entry.text)
				x += 42 + small(entry.text) + 22
				break
			}
		}
	}
	p.h = y + 20
}

// small is how wide a text is at most in the smaller size.
func small(text string) int { return bold(text) * 9 / 10 }

// bold is how wide a text is at most in Helvetica, Arial or Segoe UI, of 14 pixels and bold.
func bold(text string) int {
	sum := 0.0
	for _, letter := range text {
		switch {
		case strings.ContainsRune(" .,:/iljI", letter):
			sum += 4.2
		case strings.ContainsRune("frt-()", letter):
			sum += 5.2
		case strings.ContainsRune("mwMW…", letter):
			sum += 12.5
		case unicode.IsUpper(letter):
			sum += 10.2
		default:
			sum += 8.3
		}
	}
	return int(sum)
}
