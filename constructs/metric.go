package constructs

// metric is what CloudWatch measures of one resource.
type metric struct {
	namespace, name string
	dimensions      []dimension
}

type dimension struct{ name, value string }

// dimensionMap is the dimensions as an alarm takes them.
func (m metric) dimensionMap() *map[string]*string {
	dimensions := make(map[string]*string, len(m.dimensions))
	for _, d := range m.dimensions {
		dimensions[d.name] = &d.value
	}
	return &dimensions
}
