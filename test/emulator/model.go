package emulator

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// models are AWS's own descriptions of its API, which the AWS SDK for Python, botocore,
// brings with it, and moto brings that: data/<service>/<version>/service-2.json.gz. Each
// is read when its service is called for the first time.
type models struct {
	dir string // empty: there are none

	mu       sync.Mutex
	services map[string]*model
}

// model describes one service.
type model struct {
	Operations map[string]struct{ Input struct{ Shape string } }
	Shapes     map[string]*shape
}

// shape describes a type of a value.
type shape struct {
	Type      string
	Members   map[string]*member
	Required  []string
	Member    *member // of a list
	Key       *member // of a map
	Value     *member // of a map
	Enum      []string
	Pattern   string
	Min, Max  *float64
	Flattened bool
	Payload   string
	Union     bool
	Document  bool

	pattern *regexp.Regexp // once it was needed
}

// member is where a shape stands in another one.
type member struct {
	Shape        string
	Location     string
	LocationName string
	QueryName    string
	Flattened    bool
}

// modelDirs are the folders of the services whose signing name is another one.
var modelDirs = map[string]string{"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "events": "events"}

// of returns the model of the service that signs by that name, or nil if there is none.
func (s *models) of(service string) (*model, error) {
	if s.dir == "" {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.services[service]; ok {
		return m, nil
	}
	m, err := readModel(filepath.Join(s.dir, cmp.Or(modelDirs[service], service)))
	if errors.Is(err, fs.ErrNotExist) {
		m, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.services == nil {
		s.services = map[string]*model{}
	}
	s.services[service] = m
	return m, nil
}

// readModel reads the newest version of a service's model.
func readModel(dir string) (*model, error) {
	versions, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	newest := slices.MaxFunc(versions, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	file, err := os.Open(filepath.Join(dir, newest.Name(), "service-2.json.gz")) //nolint:gosec // Of the Python that was found.
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var m model
	return &m, json.NewDecoder(unpacked).Decode(&m)
}

// invalidError is what is wrong with a request: which member, and why.
type invalidError struct {
	member, reason string
	missing        bool
}

func (e *invalidError) Error() string {
	return fmt.Sprintf("Value at '%s' failed to satisfy constraint: %s", strings.TrimPrefix(e.member, "."), e.reason)
}

// lenient are constraints of the models that AWS itself does not keep to, by the name of
// the shape, each with the reason.
var lenient = map[string]string{}

// check compares a decoded value with its shape. Scalars of protocols that are made of
// text are text.
func (m *model) check(name, path string, value any) error {
	s := m.Shapes[name]
	if value == nil || s == nil || s.Document {
		return nil
	}
	switch s.Type {
	case "structure":
		return m.checkStructure(s, path, value)
	case "list":
		list, ok := value.([]any)
		if !ok {
			return &invalidError{member: path, reason: "Member must be a list"}
		}
		if err := s.checkSize(name, path, "have length", float64(len(list))); err != nil {
			return err
		}
		for i, element := range list {
			if err := m.check(s.Member.Shape, fmt.Sprintf("%s.%d", path, i+1), element); err != nil {
				return err
			}
		}
		return nil
	case "map":
		entries, ok := value.(map[string]any)
		if !ok {
			return &invalidError{member: path, reason: "Member must be a map"}
		}
		if err := s.checkSize(name, path, "have length", float64(len(entries))); err != nil {
			return err
		}
		for key, element := range entries {
			if err := errors.Join(m.check(s.Key.Shape, path+" key", key), m.check(s.Value.Shape, path+"."+key, element)); err != nil {
				return err
			}
		}
		return nil
	default:
		return s.checkScalar(name, path, value)
	}
}

func (m *model) checkStructure(s *shape, path string, value any) error {
	members, ok := value.(map[string]any)
	if !ok {
		return &invalidError{member: path, reason: "Member must be a structure"}
	}
	for _, name := range s.Required {
		if members[name] == nil {
			return &invalidError{member: path + "." + name, reason: "Member must not be null", missing: true}
		}
	}
	for name, element := range members {
		part, ok := s.Members[name]
		if !ok {
			return &invalidError{member: path + "." + name, reason: "Member is not known"}
		}
		if err := m.check(part.Shape, path+"."+name, element); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) checkScalar(name, path string, value any) error {
	text, isText := value.(string)
	switch s.Type {
	case "string":
		if !isText {
			return &invalidError{member: path, reason: "Member must be a string"}
		}
		return s.checkString(name, path, text)
	case "integer", "long", "float", "double":
		number, ok := new(big.Float).SetString(fmt.Sprint(value))
		if !ok || (!number.IsInt() && (s.Type == "integer" || s.Type == "long")) {
			return &invalidError{member: path, reason: "Member must be of type " + s.Type}
		}
		size, _ := number.Float64()
		return s.checkSize(name, path, "have value", size)
	case "boolean":
		_, isBool := value.(bool)
		if !isBool && text != "true" && text != "false" {
			return &invalidError{member: path, reason: "Member must be a boolean"}
		}
	}
	return nil // A timestamp or a blob, which the emulator reads.
}

func (s *shape) checkString(name, path, text string) error {
	if s.Enum != nil && !slices.Contains(s.Enum, text) && lenient[name] == "" {
		return &invalidError{member: path, reason: "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "], is " + text}
	}
	if err := s.checkSize(name, path, "have length", float64(utf8.RuneCountInString(text))); err != nil {
		return err
	}
	if s.Pattern == "" || lenient[name] != "" {
		return nil
	}
	if s.pattern == nil {
		s.pattern = compilePattern(s.Pattern)
	}
	if !s.pattern.MatchString(text) {
		return &invalidError{member: path, reason: "Member must satisfy regular expression pattern: " + s.Pattern + ", is " + text}
	}
	return nil
}

func (s *shape) checkSize(name, path, verb string, size float64) error {
	switch {
	case lenient[name] != "":
	case s.Min != nil && size < *s.Min:
		return &invalidError{member: path, reason: fmt.Sprintf("Member must %s greater than or equal to %v, is %v", verb, *s.Min, size)}
	case s.Max != nil && size > *s.Max:
		return &invalidError{member: path, reason: fmt.Sprintf("Member must %s less than or equal to %v, is %v", verb, *s.Max, size)}
	}
	return nil
}

var (
	// surrogates are how Java, which the models' patterns are written for, writes all
	// characters beyond the first 65,536.
	surrogates = strings.NewReplacer(
		`\uD800\uDC00-\uDBFF\uDFFF`, `\x{10000}-\x{10FFFF}`,
		`\ud800\udc00-\udbff\udfff`, `\x{10000}-\x{10FFFF}`,
	)
	escaped = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)
)

// compilePattern translates a pattern of Java. AWS compares it with the whole text. One
// that Go's expressions cannot say, such as with a look ahead, matches everything.
func compilePattern(pattern string) *regexp.Regexp {
	text := escaped.ReplaceAllString(surrogates.Replace(pattern), `\x{$1}`)
	compiled, err := regexp.Compile(`(?s)^(?:` + text + `)$`)
	if err != nil {
		return regexp.MustCompile("")
	}
	return compiled
}

// code is what the services answer to requests that their models do not allow. Each has
// words of its own.
func (e *invalidError) code(c *Call) string {
	switch {
	case c.Service == "ec2" && e.missing:
		return "MissingParameter"
	case c.Service == "ec2", c.Service == "rds", c.Service == "sns":
		return "InvalidParameterValue"
	case c.Service == "ecs":
		return "InvalidParameterException"
	case c.Service == "s3":
		return "MalformedXML"
	case c.Service == "route53":
		return "InvalidInput"
	case c.Form != nil:
		return "ValidationError"
	}
	return "ValidationException"
}

// check checks a call, and keeps its decoded input with it. Without a model, every call is
// right.
func (s *models) check(c *Call) error {
	m, err := s.of(c.signedFor)
	if m == nil || err != nil {
		return err
	}
	operation, ok := m.Operations[c.operation]
	if !ok {
		return &invalidError{member: "Action", reason: c.operation + " is not known"}
	}
	input, err := m.decode(c)
	if err != nil {
		return err
	}
	c.input = input
	s.mu.Lock() // Patterns are compiled when they are needed.
	defer s.mu.Unlock()
	return m.check(operation.Input.Shape, "", input)
}
