package sweep

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"flask-api/config"
)

const extension = ".tfstate"

// store is where the states are that share a backend.
type store interface {
	// list are the names of the stacks that have a state, and when it was last written.
	list(ctx context.Context) (map[string]time.Time, error)
	read(ctx context.Context, stack string) ([]byte, error)
	remove(ctx context.Context, stack string) error
}

// folder has the states as files, terraform.<stack>.tfstate.
type folder string

func (f folder) path(stack string) string {
	return filepath.Join(string(f), config.StateFile(stack))
}

func (f folder) list(context.Context) (map[string]time.Time, error) {
	files, err := filepath.Glob(f.path("*"))
	stacks := map[string]time.Time{}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			stacks[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "terraform."), extension)] = info.ModTime()
		}
	}
	return stacks, err
}

func (f folder) read(_ context.Context, stack string) ([]byte, error) {
	return os.ReadFile(f.path(stack))
}

// remove leaves no backup either, which would hold what is gone.
func (f folder) remove(_ context.Context, stack string) error {
	_ = os.Remove(f.path(stack) + ".backup") // There may be none.
	return os.Remove(f.path(stack))
}

// bucket has the states as objects, <stack>.tfstate. Versions of them stay.
type bucket struct {
	name   string
	client *s3.Client
}

func (b bucket) list(ctx context.Context) (map[string]time.Time, error) {
	stacks := map[string]time.Time{}
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			if stack, isState := strings.CutSuffix(*object.Key, extension); isState {
				stacks[stack] = aws.ToTime(object.LastModified)
			}
		}
	}
	return stacks, nil
}

func (b bucket) read(ctx context.Context, stack string) ([]byte, error) {
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String(stack + extension)})
	if err != nil {
		return nil, err
	}
	defer func() { _ = object.Body.Close() }()
	return io.ReadAll(object.Body)
}

func (b bucket) remove(ctx context.Context, stack string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: aws.String(stack + extension)})
	return err
}
