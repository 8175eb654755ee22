package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	// userForm is a user and a group in numbers. A name would be looked up in the image, and
	// the placeholder has no other than its own.
	userForm = regexp.MustCompile(`^([1-9]\d{0,9}(:\d{1,10})?)?$`)
	// keyForm is what an ARN says of a key of KMS.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
	keyForm = regexp.MustCompile(`^key/[A-Za-z0-9-]+$`)
	// fileForm is the ARN of an object of S3 whose name ends as ECS wants it.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EnvironmentFile.html
	fileForm = regexp.MustCompile(`^arn:([a-z-]+):s3:::[a-z0-9.-]{3,63}/[A-Za-z0-9!_.*'()/-]+\.env$`)
)

// forms are those of resources by the service of AWS.
type forms map[string]*regexp.Regexp

func (f forms) match(a arn) bool { return f[a.service] != nil && f[a.service].MatchString(a.resource) }

// maxEnvironmentFiles is what ECS takes for a container.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EnvironmentFile.html
const maxEnvironmentFiles = 10

// checkProcess checks what runs in the container, and how it logs.
func (p *problems) checkProcess(s Service) {
	for field, words := range map[string][]string{"Service.EntryPoint": s.EntryPoint, "Service.Command": s.Command} {
		p.checkWords(field, words)
	}
	p.matches("Service.User", s.User, userForm, ours("numbers such as 1000 or 1000:1000, other than 0", "a name is looked up in the image, and root may do what no API needs"),
		do("write the number that the image's user has"))
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-resource-limits
	if s.OpenFileLimit != 0 {
		p.between("Service.OpenFileLimit", s.OpenFileLimit, bounds{low: 1024, high: 1 << 20, lowBecause: "Python and its connections need as many"})
	}
	p.between("Service.LogBufferMiB", s.LogBufferMiB, bounds{low: 0, high: 256, lowBecause: "0 is none", highBecause: "the API needs the rest of its memory"})
	const pattern = "Service.LogMultilinePattern"
	p.noTemplate(pattern, s.LogMultilinePattern, "write \\x24 in place of $, or \\x25 in place of %")
	if _, err := regexp.Compile(s.LogMultilinePattern); err != nil {
		p.add(pattern, s.LogMultilinePattern, "is no regular expression", aws("one that the log driver understands"), do("correct it: "+strings.ReplaceAll(err.Error(), "\n", " ")))
	}
}

// checkWords checks what is written down of a command.
func (p *problems) checkWords(field string, words []string) {
	for i, word := range words {
		p.noTemplate(element(field, i), word, "put it into a script of the image")
	}
}

// checkProgram checks a command that begins with a program, if there is one.
func (p *problems) checkProgram(field string, words []string) {
	if len(words) > 0 && words[0] == "" {
		p.add(element(field, 0), "", "is not a program", ours("the name of a program of the image", "the first word is what is run"), do("write one word of the command in each element"))
	}
	p.checkWords(field, words)
}

// checkSecretKeys checks the keys of the secrets.
func (p *problems) checkSecretKeys(c Config) {
	const field = "Service.SecretKeyARNs"
	s := c.Service
	for i, text := range s.SecretKeyARNs {
		if key, ok := parseARN(text); !ok || key.service != "kms" || !keyForm.MatchString(key.resource) {
			p.add(element(field, i), text, "is not the ARN of a key", aws("arn:<partition>:kms:<region>:<account>:key/<id>"), do("copy the ARN of the key, and not of its alias, from KMS"))
		}
	}
	used := len(s.Secrets) > 0 || slices.ContainsFunc(c.Services, func(w WebService) bool { return len(w.Secrets) > 0 })
	if len(s.SecretKeyARNs) > 0 && !used {
		p.add(field, len(s.SecretKeyARNs), "decrypt nothing", ours("keys of Service.Secrets or of those of Services", "the execution role may do nothing without need"), do("remove them, or name the secrets"))
	}
}

// checkEnvironmentFiles checks the files that variables are read from.
func (p *problems) checkEnvironmentFiles(s Service) {
	const field = "Service.EnvironmentFiles"
	if n := len(s.EnvironmentFiles); n > maxEnvironmentFiles {
		p.add(field, n, "is too many files", aws(fmt.Sprintf("%d or less", maxEnvironmentFiles)), do(fmt.Sprintf("remove %d", n-maxEnvironmentFiles)))
	}
	for i, text := range s.EnvironmentFiles {
		p.matches(element(field, i), text, fileForm, aws("arn:<partition>:s3:::<bucket>/<name>.env"), do("copy the ARN of the object from S3"))
	}
}

// checkPipelineProcess refuses what the revisions of a pipeline lose: they run the image's
// own command.
func (p *problems) checkPipelineProcess(c Config) {
	for field, words := range map[string][]string{"Service.EntryPoint": c.Service.EntryPoint, "Service.Command": c.Service.Command} {
		if len(words) > 0 && c.Deployment.Images == ImagesExternal {
			p.add(field, len(words), "is not what a pipeline deploys", ours("none with Deployment.Images external", "its revisions have the image's own"), do("put the command into the image"))
		}
	}
}
