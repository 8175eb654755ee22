package pages

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
)

// awsCommand is a command of the AWS CLI that a page names, in words.
type awsCommand struct {
	page  string
	words []string
	// mentioned is one in a sentence, which need not be whole.
	mentioned bool
}

func (c awsCommand) String() string { return c.page + ": aws " + strings.Join(c.words, " ") }

// options are those of the command, by their names without dashes.
func (c awsCommand) options() map[string]string {
	options, last := map[string]string{}, ""
	for _, word := range c.words {
		if name, ok := strings.CutPrefix(word, "--"); ok {
			name, value, _ := strings.Cut(name, "=")
			options[name], last = value, name
		} else if last != "" && options[last] == "" {
			options[last] = word
		}
	}
	return options
}

var (
	awsBegins = regexp.MustCompile(`(?m)(?:^|[\s(])aws +([a-z0-9-]+ +[a-z0-9-]+)`)
	// awsWord is a word of a shell: without quotes, or with them in part of it.
	awsWord = regexp.MustCompile(`^[ \t]+((?:"[^"]*"|'[^']*'|[^\s"'|;&<>)#])+)`)
)

// awsCommands are those of all pages.
func awsCommands(t *testing.T) []awsCommand {
	t.Helper()
	var all []awsCommand
	for _, p := range pages(t) {
		for _, code := range p.code {
			code = strings.ReplaceAll(strings.Trim(code, "`"), "\\\n", " ")
			for _, at := range awsBegins.FindAllStringSubmatchIndex(code, -1) {
				c := awsCommand{page: p.path, mentioned: !strings.Contains(code, "\n")}
				for rest := " " + code[at[2]:]; ; {
					found := awsWord.FindStringSubmatch(rest)
					if found == nil {
						break
					}
					c.words, rest = append(c.words, strings.NewReplacer(`"`, "", "'", "").Replace(found[1])), rest[len(found[0]):]
				}
				all = append(all, c)
			}
		}
	}
	return all
}

// shape is what an operation takes or answers, as botocore describes it.
type shape struct {
	Type     string
	Required []string
	Members  map[string]struct{ Shape string }
}

// model is that of a service.
type model struct {
	Operations map[string]struct{ Input, Output struct{ Shape string } }
	Shapes     map[string]shape
	Waiters    map[string]struct{ Operation string }
}

// models is the directory with botocore's models, which come with moto.
func models(t *testing.T) string {
	t.Helper()
	tools, _ := emulator.FindTools(t.Context(), root)
	if tools.Moto == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), "botocore's models come with moto (make moto)")
		t.Skip("the commands of the AWS CLI are checked against botocore's models, which come with moto (make moto)")
	}
	dir, err := emulator.FindModels(t.Context(), tools.Moto)
	require.NoError(t, err)
	return dir
}

// readModel reads the newest model of a service, and its waiters; nil if there is none.
func readModel(t *testing.T, dir, service string) *model {
	t.Helper()
	m := &model{}
	for _, name := range []string{"service-2", "waiters-2"} {
		files, err := filepath.Glob(filepath.Join(dir, service, "*", name+".json*"))
		require.NoError(t, err)
		if len(files) == 0 {
			continue
		}
		file, err := os.Open(slices.Max(files))
		require.NoError(t, err)
		reader := io.ReadCloser(file)
		if strings.HasSuffix(file.Name(), ".gz") {
			reader, err = gzip.NewReader(file)
			require.NoError(t, err)
		}
		require.NoError(t, json.NewDecoder(reader).Decode(m))
		require.NoError(t, file.Close())
	}
	if m.Operations == nil {
		return nil
	}
	return m
}

var (
	firstCapital = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	lastCapital  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// kebab is how the AWS CLI writes a name of a model.
func kebab(name string) string {
	return strings.ToLower(lastCapital.ReplaceAllString(firstCapital.ReplaceAllString(name, "$1-$2"), "$1-$2"))
}

// named is the key that the AWS CLI writes so.
func named[V any](all map[string]V, word string) string {
	for name := range all {
		if kebab(name) == word {
			return name
		}
	}
	return ""
}

// everywhere are the options that each command has:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
var everywhere = strings.Fields("query output region profile endpoint-url cli-read-timeout no-cli-pager cli-input-json no-paginate max-items page-size")

// ofTheCLI are commands that are no operation of a service:
// https://docs.aws.amazon.com/cli/latest/reference/
var ofTheCLI = map[string][]string{
	"ecr get-login-password": nil,
	"logs tail":              {"follow", "since", "format", "filter-pattern", "log-stream-name-prefix"},
	"s3 cp":                  {"recursive"},
	"s3 rm":                  {"recursive"},
}

// newer are options that botocore 1.44.8 has, and 1.43.11 lacks, which may come with moto.
var newer = map[string]string{"rds modify-db-cluster": "engine-lifecycle-support"}

// problems are what is wrong with the command.
func (c awsCommand) problems(m *model) []string {
	options := c.options()
	command := c.words[1]
	if own, ok := ofTheCLI[c.words[0]+" "+command]; ok {
		var problems []string
		for option := range options {
			if !slices.Contains(own, option) && !slices.Contains(everywhere, option) {
				problems = append(problems, "no option --"+option)
			}
		}
		return problems
	}
	if m == nil {
		return []string{"no service " + c.words[0]}
	}
	operation := named(m.Operations, command)
	if command == "wait" {
		operation = m.Waiters[named(m.Waiters, c.words[2])].Operation
	}
	if operation == "" {
		return []string{"no command"}
	}
	input, output := m.Shapes[m.Operations[operation].Input.Shape], m.Shapes[m.Operations[operation].Output.Shape]
	var problems []string
	for option, value := range options {
		if option == "query" && command != "wait" {
			if member := regexp.MustCompile(`^\w+`).FindString(value); output.Members[member].Shape == "" {
				problems = append(problems, "no "+member+" in the answer")
			}
		}
		if slices.Contains(everywhere, option) || newer[c.words[0]+" "+command] == option {
			continue
		}
		member := named(input.Members, option)
		if plain, ok := strings.CutPrefix(option, "no-"); ok && member == "" {
			member = named(input.Members, plain)
			if m.Shapes[input.Members[member].Shape].Type != "boolean" {
				member = ""
			}
		}
		if member == "" {
			problems = append(problems, "no option --"+option)
		} else {
			problems = append(problems, m.unknownKeys(m.Shapes[input.Members[member].Shape], value)...)
		}
	}
	if _, whole := options["cli-input-json"]; !whole && (!c.mentioned || len(options) > 0) {
		for _, member := range input.Required {
			if _, ok := options[kebab(member)]; !ok {
				problems = append(problems, "needs --"+kebab(member))
			}
		}
	}
	return problems
}

// shorthand is a structure in the short form of the AWS CLI.
var shorthand = regexp.MustCompile(`(?:^|,)(\w+)=`)

// unknownKeys are those of a value in the short form that the structure lacks.
func (m *model) unknownKeys(s shape, value string) []string {
	if s.Type != "structure" {
		return nil
	}
	var problems []string
	for _, key := range shorthand.FindAllStringSubmatch(value, -1) {
		if s.Members[key[1]].Shape == "" {
			problems = append(problems, "no "+key[1]+" in it")
		}
	}
	return problems
}

// TestAWSCommands wants every command of the AWS CLI that a page names to exist, with the
// options that it is given, those that it needs, and what it is asked of the answer.
func TestAWSCommands(t *testing.T) {
	dir, read := models(t), map[string]*model{}
	commands := awsCommands(t)
	assert.Greater(t, len(commands), 25)
	for _, c := range commands {
		service := strings.TrimSuffix(c.words[0], "api") // s3api is the API of s3.
		if _, ok := read[service]; !ok {
			read[service] = readModel(t, dir, service)
		}
		assert.Empty(t, c.problems(read[service]), c)
	}
	assert.Contains(t, slices.Collect(maps.Keys(read)), "rds")
}

// TestAWSCommandsAreRefused breaks commands in each way.
func TestAWSCommandsAreRefused(t *testing.T) {
	rds, s3 := readModel(t, models(t), "rds"), readModel(t, models(t), "s3")
	for command, problem := range map[string]string{
		"rds restore-cluster": "no command",
		"rds wait db-cluster-ready --db-cluster-identifier c":                                       "no command",
		"rds wait db-cluster-available --db-cluster c":                                              "no option --db-cluster",
		"rds stop-db-cluster --db-cluster-identifier c --now":                                       "no option --now",
		"rds stop-db-cluster --region r":                                                            "needs --db-cluster-identifier",
		"rds stop-db-cluster --db-cluster-identifier c --query Cluster":                             "no Cluster in the answer",
		"rds restore-db-cluster-to-point-in-time --snapshot-identifier s --db-cluster-identifier c": "no option --snapshot-identifier",
		"s3 put-bucket-versioning --bucket b --versioning-configuration State=Enabled":              "no State in it",
		"s3 put-bucket-versioning --bucket b --no-bucket --versioning-configuration Status=Enabled": "no option --no-bucket",
		"ecr get-login-password --password p":                                                       "no option --password",
	} {
		c := awsCommand{words: strings.Fields(command)}
		m := rds
		if c.words[0] == "s3" {
			m = s3
		}
		assert.Contains(t, c.problems(m), problem, command)
	}
	assert.Equal(t, []string{"no service x"}, awsCommand{words: []string{"x", "y"}}.problems(nil))
}
