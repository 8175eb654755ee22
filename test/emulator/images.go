package emulator

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/registry"
)

// ecrHost is where ECR takes and gives images.
var ecrHost = regexp.MustCompile(`^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$`)

// manifestPath is that of an image in a repository, by its tag or its digest.
var manifestPath = regexp.MustCompile(`^/v2/(.+)/manifests/(.+)$`)

// images are the registries of the account, in which moto keeps no layers. What is pushed
// is an image of moto's repository from then on, if that takes it: it has to exist, and a
// tag may be immutable. Only those who logged in are let in.
func (m *memory) images() http.Handler {
	stored := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); user != "AWS" {
			w.Header().Set("WWW-Authenticate", `Basic realm="ecr"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if path := manifestPath.FindStringSubmatch(r.URL.Path); path != nil && r.Method == http.MethodPut {
			manifest, err := io.ReadAll(r.Body)
			if err = errors.Join(err, m.putImage(path[1], path[2], r.Header.Get("Content-Type"), manifest)); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(manifest))
		}
		stored.ServeHTTP(w, r)
	})
}

// putImage adds a pushed image to moto's repository. One that is there is no error.
func (m *memory) putImage(repository, tag, mediaType string, manifest []byte) error {
	_, err := ecr.NewFromConfig(m.account).PutImage(background, &ecr.PutImageInput{
		RepositoryName: &repository, ImageTag: &tag, ImageManifestMediaType: &mediaType,
		ImageManifest: aws.String(string(manifest)), ImageDigest: aws.String(fmt.Sprintf("sha256:%x", sha256.Sum256(manifest))),
	})
	var exists *ecrtypes.ImageAlreadyExistsException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// tagsOf are the tags of an image that is named by one of them, or by its digest.
func (m *memory) tagsOf(image string) []string {
	uri, digest, named := strings.Cut(image, "@")
	if !named {
		_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
		return []string{tag}
	}
	_, repository, _ := strings.Cut(uri, "/")
	found, err := ecr.NewFromConfig(m.account).DescribeImages(background, &ecr.DescribeImagesInput{
		RepositoryName: &repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: &digest}},
	})
	if err != nil {
		return nil // An image that nobody pushed.
	}
	return found.ImageDetails[0].ImageTags
}
