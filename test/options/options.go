// Package options is the catalogue of what an environment may decide: each option once,
// with every way to take it, for the tests that hold what an option changes, deploy
// options together, or plan them for an environment that runs. Only tests import it.
package options

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"flask-api/config"
)

// Option is one thing that an environment decides.
type Option struct {
	// Default is what the defaults decide, where that has a name.
	Default string
	// Combined options are deployed together with every way of every other one, and
	// docs/changes.md says what each does when it is turned on later. The others belong
	// to one resource that nothing else looks at.
	Combined bool
	// Daily options are changed in environments that run, so that docs/changes.md says
	// what that does.
	Daily bool
	// Ways are the ways to decide otherwise than the defaults.
	Ways []Way
}

// Way is one way to take an option.
type Way struct {
	// Name says it in a few words. Where it is empty, the fields do.
	Name string
	// Needs are the ways of other options without which this one is invalid or without
	// effect.
	Needs []Way
	// First says that it is decided before the first deployment: a plan refuses it later.
	First bool
	// Set changes the fields that the way is for. It replaces lists and maps, which
	// several configurations may share.
	Set func(*config.Config)
}

// Apply takes the way, and those that it needs.
func (w Way) Apply(c *config.Config) {
	for _, needed := range w.Needs {
		needed.Apply(c)
	}
	w.Set(c)
}

// Base is the default environment with what the way needs.
func (w Way) Base(suffix string) config.Config {
	c := config.Defaults(suffix)
	for _, needed := range w.Needs {
		needed.Apply(&c)
	}
	return c
}

// Fields are those that the way is for, without those of the ways that it needs.
func (w Way) Fields() []string {
	before, after := w.Base("way"), w.Base("way")
	w.Set(&after)
	return slices.DeleteFunc(Fields(), func(path string) bool { return Same(before, after, path) })
}

// Title names the way.
func (w Way) Title() string {
	if w.Name != "" {
		return w.Name
	}
	return strings.Join(w.Fields(), ", ")
}

// Values are what the way sets its fields to, in words.
func (w Way) Values() string {
	before, after := w.Base("way"), w.Base("way")
	w.Set(&after)
	var words []string
	for _, path := range w.Fields() {
		old := values(&before, path)
		for i, value := range values(&after, path) {
			if value.Kind() != reflect.Map {
				words = append(words, fmt.Sprint(value.Interface()))
				continue
			}
			for _, key := range slices.SortedFunc(maps.Keys(value.Interface().(map[string]string)), strings.Compare) {
				if key := reflect.ValueOf(key); i >= len(old) || !old[i].MapIndex(key).IsValid() {
					words = append(words, fmt.Sprintf("%s: %s", key, value.MapIndex(key)))
				}
			}
		}
	}
	return strings.Join(words, ", ")
}

// Ways are all ways of the options.
func Ways(catalogue []Option) []Way {
	var ways []Way
	for _, o := range catalogue {
		ways = append(ways, o.Ways...)
	}
	return ways
}

// Titled is the way of that title.
func Titled(catalogue []Option, title string) Way {
	ways := Ways(catalogue)
	at := slices.IndexFunc(ways, func(w Way) bool { return w.Title() == title })
	if at < 0 {
		panic("no option is called " + title)
	}
	return ways[at]
}

// Fields are the paths of the fields of [config.Config] that are not sections, such as
// Network.NAT, or Scaling.Schedules.Cron of a list of sections.
func Fields() []string {
	var paths []string
	var walk func(path string, t reflect.Type)
	walk = func(path string, t reflect.Type) {
		for field := range t.Fields() {
			name, section := path+field.Name, field.Type
			if section.Kind() == reflect.Slice {
				section = section.Elem()
			}
			if section.Kind() == reflect.Struct {
				walk(name+".", section)
			} else {
				paths = append(paths, name)
			}
		}
	}
	walk("", reflect.TypeFor[config.Config]())
	return paths
}

// values are what the configuration has at the path: one value, or that of each section
// of a list.
func values(c *config.Config, path string) []reflect.Value {
	at := []reflect.Value{reflect.ValueOf(c).Elem()}
	for name := range strings.SplitSeq(path, ".") {
		var next []reflect.Value
		for _, v := range at {
			if v.Kind() != reflect.Slice {
				next = append(next, v.FieldByName(name))
				continue
			}
			for i := range v.Len() {
				next = append(next, v.Index(i).FieldByName(name))
			}
		}
		at = next
	}
	return at
}

// Same says whether the field has the same value in both. A section of a list has none
// where it says nothing.
func Same(a, b config.Config, path string) bool {
	said := func(c config.Config) []any {
		var all []any
		for _, v := range values(&c, path) {
			if !v.IsZero() {
				all = append(all, v.Interface())
			}
		}
		return all
	}
	return reflect.DeepEqual(said(a), said(b))
}

// Leave sets the field back to what it is in the other configuration.
func Leave(c *config.Config, path string, as config.Config) {
	// A copy of the configuration shares them.
	c.Scaling.Schedules, c.Queues, c.Buckets, c.Service.Permissions = slices.Clone(c.Scaling.Schedules), slices.Clone(c.Queues), slices.Clone(c.Buckets), slices.Clone(c.Service.Permissions)
	c.Workers, c.Jobs, c.Services = slices.Clone(c.Workers), slices.Clone(c.Jobs), slices.Clone(c.Services)
	left := values(&as, path)
	for i, v := range values(c, path) {
		if i < len(left) {
			v.Set(left[i])
		} else {
			v.SetZero()
		}
	}
}
