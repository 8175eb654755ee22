// Command image keeps the images of the API, or of the service SERVICE, in the registries of environments:
//
//	image push <environment> <tag> <image>   unless the tag is there; prints the digest
//	image pull <environment> <digest> <folder>
//	image region <environment>
//	image health <environment>               the path that answers by way of the load balancer, if that is public
//
// What is pushed is a file of `docker save`, or a folder of pull. The registry
// is the environment's own or, for the API, that of ECR_REPOSITORY.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"flask-api/config"
	"flask-api/internal/operate"
)

func main() {
	text, err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(text)
}

// run runs the command, and returns what it prints.
func run(ctx context.Context, args []string) (string, error) {
	command := strings.Join(args[:min(1, len(args))], "")
	switch {
	case (command == "region" || command == "health") && len(args) == 2, (command == "push" || command == "pull") && len(args) == 4:
	default:
		return "", errors.New("use: image push <environment> <tag> <image>, image pull <environment> <digest> <folder>, image region <environment> or image health <environment>")
	}
	env, err := config.LoadNamed(args[1], os.Getenv)
	switch {
	case err != nil || command == "region":
		return env.Region, err
	case command == "health":
		return health(env.LoadBalancer), nil
	}
	r, err := registryOf(ctx, env)
	if err != nil {
		return "", err
	}
	if command == "pull" {
		return args[3], r.pull(args[2], args[3])
	}
	return r.push(args[2], args[3])
}

// health is the path that whoever is anywhere may ask for by way of the load balancer, at a name that
// the outputs have, or empty.
func health(l config.LoadBalancer) string {
	if l.Internal || l.CertificateARN != "" || !slices.Contains(l.IngressCIDRs, "0.0.0.0/0") {
		return ""
	}
	return l.HealthCheckPath
}

// registry is where an environment's images are.
type registry struct {
	repository name.Repository
	options    []remote.Option
}

// registryOf logs in to the registry of the environment.
func registryOf(ctx context.Context, env config.Config) (*registry, error) {
	sdk, err := operate.Credentials(ctx, env.Region)
	if err != nil {
		return nil, err
	}
	client, uri, resource := ecr.NewFromConfig(sdk), os.Getenv("ECR_REPOSITORY"), "ecr"
	if service := os.Getenv("SERVICE"); service != "" {
		uri, resource = "", config.WebService{Name: service}.RepositoryName()
	}
	if uri == "" {
		found, err := client.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{env.PhysicalName(resource)}})
		if err != nil {
			return nil, fmt.Errorf("the repository %s: %w", env.PhysicalName(resource), err)
		}
		uri = aws.ToString(found.Repositories[0].RepositoryUri)
	}
	repository, err := name.NewRepository(uri)
	if err != nil {
		return nil, err
	}
	login, err := client.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return nil, err
	}
	token, err := base64.StdEncoding.DecodeString(aws.ToString(login.AuthorizationData[0].AuthorizationToken))
	if err != nil {
		return nil, err
	}
	user, password, _ := strings.Cut(string(token), ":")
	return &registry{repository, []remote.Option{
		remote.WithContext(ctx), remote.WithAuth(&authn.Basic{Username: user, Password: password}),
	}}, nil
}

// push pushes the image unless the tag is there already, which may be immutable: a second
// build of a commit has another digest. It returns the digest of the tag.
func (r *registry) push(tag, path string) (string, error) {
	reference := r.repository.Tag(tag)
	found, err := remote.Head(reference, r.options...)
	var answer *transport.Error
	switch {
	case err == nil:
		return found.Digest.String(), nil
	case !errors.As(err, &answer) || answer.StatusCode != http.StatusNotFound:
		return "", err
	}
	image, err := open(path)
	if err != nil {
		return "", fmt.Errorf("%s is no image of docker save, nor one that was pulled: %w", path, err)
	}
	if err := remote.Write(reference, image, r.options...); err != nil {
		return "", err
	}
	digest, err := image.Digest()
	return digest.String(), err
}

// open opens an image in a file or a folder.
func open(path string) (v1.Image, error) {
	if stat, err := os.Stat(path); err != nil || !stat.IsDir() { //nolint:gosec // Whoever calls it names the file.
		return tarball.ImageFromPath(path, nil)
	}
	folder, err := layout.FromPath(path)
	if err != nil {
		return nil, err
	}
	index, err := folder.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("%d images, not 1", len(manifest.Manifests))
	}
	return folder.Image(manifest.Manifests[0].Digest)
}

// pull writes the image to a folder as it is, so that another registry has the same digest.
func (r *registry) pull(digest, path string) error {
	found, err := remote.Get(r.repository.Digest(digest), r.options...)
	if err != nil {
		return err
	}
	if found.MediaType.IsIndex() {
		return fmt.Errorf("%s is a list of images for several architectures; push one image, as docker build --platform makes it", digest)
	}
	image, err := found.Image()
	if err != nil {
		return err
	}
	folder, err := layout.Write(path, empty.Index)
	if err != nil {
		return err
	}
	return folder.AppendImage(image)
}
