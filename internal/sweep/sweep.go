// Package sweep destroys environments that are there for a while, previews, when they have
// expired. It knows them by their states, which outlive an interruption, and their tags.
package sweep

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/internal/terraform"
)

// Template is the suffix of the environment that is synthesised for this: Terraform destroys
// any preview with its configuration, under the preview's own names.
const Template = "sweep-pr"

// unknownFor is how long a state without tags is left alone: its environment may be new. An
// older one is what an interrupted destruction has left.
const unknownFor = 24 * time.Hour

// Sweeper destroys previews that are like the one whose stack is in the folder.
type Sweeper struct {
	// Folder is that of the synthesised stack of the [Template].
	Folder string
	// AWS reaches the bucket of the states, where they are in one.
	AWS aws.Config
	// Now is what expiries are compared with.
	Now time.Time
	// Out gets what Terraform says, and one line for each preview.
	Out io.Writer

	stack synthesis.Stack
	text  []byte
	store store
}

// Sweep destroys every preview that has expired, or the one of that name whether or not it
// has, and returns what could not be destroyed wholly.
func (s *Sweeper) Sweep(ctx context.Context, name string) (left []string, err error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	written, err := s.store.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for states: %w", err)
	}
	prefix := strings.TrimSuffix(s.stack.Name, Template)
	if name != "" {
		stack := prefix + name
		if defined(name) {
			s.leave(stack, "config/environments.go defines it")
		} else if _, found := written[stack]; !found {
			s.leave(stack, "there is no state of it")
		}
	}
	for _, stack := range slices.Sorted(maps.Keys(written)) {
		suffix, own := strings.CutPrefix(stack, prefix)
		// No name of an environment has a slash: what is in a folder of the bucket is another's.
		if !own || strings.Contains(suffix, "/") || defined(suffix) || name != "" && suffix != name {
			continue
		}
		problem := s.sweepOne(ctx, stack, suffix, name != "", written[stack])
		if ctx.Err() != nil {
			return append(left, stack), ctx.Err()
		}
		if problem != nil {
			s.tell("%s: %s", stack, problem)
			left = append(left, stack)
		}
	}
	return left, nil
}

// defined tells whether config/environments.go has the environment, which no sweep touches.
func defined(suffix string) bool {
	return slices.ContainsFunc(config.Environments(), func(c config.Config) bool { return c.Suffix == suffix })
}

func (s *Sweeper) tell(format string, arguments ...any) {
	_, _ = fmt.Fprintf(s.Out, format+"\n", arguments...)
}

// leave says why a stack stays as it is.
func (s *Sweeper) leave(stack, because string) {
	s.tell("%s: nothing was destroyed: %s", stack, because)
}

// open reads the stack, and finds out where its state would be.
func (s *Sweeper) open() (err error) {
	file := filepath.Join(s.Folder, "cdk.tf.json")
	if s.text, err = os.ReadFile(file); err != nil { //nolint:gosec // The caller's own.
		return err
	}
	if s.stack, err = synthesis.Parse(filepath.Base(s.Folder), s.text); err != nil {
		return err
	}
	if !strings.HasSuffix(s.stack.Name, "-"+Template) {
		return fmt.Errorf("%s is not the stack of %s", s.Folder, Template)
	}
	backend := synthesis.Inner(s.stack.Terraform, "backend")
	switch object := synthesis.Inner(backend, "s3"); {
	case object != nil:
		client := s3.NewFromConfig(s.AWS, func(o *s3.Options) {
			o.Region = synthesis.Text(object, "region")
			o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL") != ""
		})
		s.store = bucket{synthesis.Text(object, "bucket"), client}
	case synthesis.Inner(backend, "local") != nil:
		s.store = folder(filepath.Join(s.Folder, filepath.Dir(synthesis.Text(synthesis.Inner(backend, "local"), "path"))))
	default:
		return fmt.Errorf("the states of %s are in Terraform Cloud, which lists its workspaces", s.stack.Name)
	}
	return nil
}

// sweepOne destroys a preview, if it is time, and removes its state.
func (s *Sweeper) sweepOne(ctx context.Context, stack, suffix string, now bool, written time.Time) error {
	before, err := s.remains(ctx, stack)
	if err != nil {
		return err
	}
	if because := cmp.Or(before.strange, s.early(before, now, written)); because != "" {
		if now || before.strange != "" {
			s.leave(stack, because)
		}
		return nil
	}
	if before.resources > 0 {
		if err := s.destroy(ctx, stack, suffix); err != nil {
			after, _ := s.remains(context.WithoutCancel(ctx), stack)
			return fmt.Errorf("%d of %d resources are left; run this again. %w", after.resources, before.resources, err)
		}
		after, err := s.remains(ctx, stack)
		if err != nil || after.resources > 0 {
			return cmp.Or(err, fmt.Errorf("%d of %d resources are left; run this again", after.resources, before.resources))
		}
	}
	if err := s.store.remove(ctx, stack); err != nil {
		return fmt.Errorf("its state, which is empty, is left: %w", err)
	}
	s.tell("%s: destroyed, %d resources", stack, before.resources)
	return nil
}

// early says why what a state has is not to be destroyed yet, or not by this.
func (s *Sweeper) early(r remaining, now bool, written time.Time) string {
	if r.tags == nil {
		if r.resources == 0 || now || s.Now.Sub(written) > unknownFor {
			return ""
		}
		return "it may be new"
	}
	if of := r.tags["Environment"]; of != config.PreviewEnvironment {
		return "it is no preview: its tag Environment is " + of
	}
	if like := r.tags[config.TagLike]; like != s.like() {
		return fmt.Sprintf("it is like %s, and not like %s: LIKE=%[1]s", like, s.like())
	}
	if expiry, err := config.ParseExpiry(r.tags[config.TagExpiresAt]); !now && (err != nil || s.Now.Before(expiry)) {
		return "it has not expired"
	}
	return ""
}

// like is the environment that the template is like.
func (s *Sweeper) like() string {
	var stack any
	_ = json.Unmarshal(s.text, &stack) // It was parsed before.
	text, _ := synthesis.At(stack, "provider", "aws", "default_tags", "tags", config.TagLike).(string)
	return text
}

// destroy runs Terraform with the template under the preview's names. Terraform finds nothing
// where an environment is not, and forgets it: a plan of where it is fails there.
func (s *Sweeper) destroy(ctx context.Context, stack, suffix string) error {
	dir := filepath.Join(filepath.Dir(s.Folder), stack)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if code, err := os.ReadFile(filepath.Join(s.Folder, "release.zip")); err == nil {
		if err := os.WriteFile(filepath.Join(dir, "release.zip"), code, 0o600); err != nil { //nolint:gosec // Beside the caller's own.
			return err
		}
	}
	text := bytes.ReplaceAll(s.text, []byte(Template), []byte(suffix))
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), text, 0o600); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"init", "-input=false", "-reconfigure"},
		{"plan", "-input=false", "-lock-timeout=10m", "-refresh=false", "-target=terraform_data.identity"},
		{"destroy", "-input=false", "-lock-timeout=10m", "-auto-approve"},
	} {
		if err := s.terraform(ctx, dir, arguments...); err != nil {
			return fmt.Errorf("terraform %s: %w", arguments[0], err)
		}
	}
	return os.RemoveAll(dir)
}

// terraform runs it to its end: interrupted, it notes what it destroyed, and stops. It is
// interrupted by this program alone and not by the terminal, too: at a second interruption,
// Terraform ends at once, and what it has written of its state may be half of it.
func (s *Sweeper) terraform(ctx context.Context, dir string, arguments ...string) error {
	command := exec.CommandContext(ctx, terraform.Program(), append([]string{"-chdir=" + dir}, append(arguments, "-no-color")...)...) //nolint:gosec // The caller's own.
	command.Stdout, command.Stderr = s.Out, s.Out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command.Run()
}
