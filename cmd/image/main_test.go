package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	containers "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// startRegistry starts a registry, and an ECR that knows the repositories of the
// environments in it.
func startRegistry(t *testing.T) (host string) {
	t.Helper()
	images := containers.New(containers.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ RepositoryNames []string }
		switch _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action {
		case "DescribeRepositories":
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&asked))
			reply(t, w, map[string]any{"repositories": []any{map[string]string{"repositoryUri": host + "/" + asked.RepositoryNames[0]}}})
		case "GetAuthorizationToken":
			reply(t, w, map[string]any{"authorizationData": []any{map[string]string{"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:secret"))}}})
		default:
			if user, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/v2/flask") && user+password != "AWSsecret" {
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			images.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "ECR_REPOSITORY": "", "SERVICE": "",
	} {
		t.Setenv(name, value)
	}
	host = strings.TrimPrefix(server.URL, "http://")
	return host
}

// login is what ECR gives.
var login = remote.WithAuth(&authn.Basic{Username: "AWS", Password: "secret"})

func reply(t *testing.T, w io.Writer, value any) {
	t.Helper()
	assert.NoError(t, json.NewEncoder(w).Encode(value))
}

// saved is an image in a file, as `docker save` writes it, and its digest.
func saved(t *testing.T) (file, digest string) {
	t.Helper()
	image, err := random.Image(512, 2)
	require.NoError(t, err)
	tag, err := name.NewTag("api:latest")
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, tarball.WriteToFile(file, tag, image))
	image, err = tarball.ImageFromPath(file, nil)
	require.NoError(t, err)
	return file, digestOf(t, image)
}

func digestOf(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// do runs the command, which must not fail.
func do(t *testing.T, args ...string) string {
	t.Helper()
	text, err := run(t.Context(), args)
	require.NoError(t, err)
	return text
}

// TestPushedOnce pushes an image, then another one of the same commit, which may not take
// its place.
func TestPushedOnce(t *testing.T) {
	startRegistry(t)
	file, digest := saved(t)
	assert.Equal(t, digest, do(t, "push", "dev", "v1", file))
	again, other := saved(t)
	assert.NotEqual(t, digest, other)
	assert.Equal(t, digest, do(t, "push", "dev", "v1", again))
	assert.Equal(t, other, do(t, "push", "dev", "v2", again))
}

// TestSameDigestElsewhere takes an image from one environment to another by its digest, and
// to a registry of all environments.
func TestSameDigestElsewhere(t *testing.T) {
	host := startRegistry(t)
	file, digest := saved(t)
	do(t, "push", "dev", "v1", file)
	folder := filepath.Join(t.TempDir(), "image")
	do(t, "pull", "dev", digest, folder)
	assert.Equal(t, digest, do(t, "push", "production", "v1", folder))
	t.Setenv("ECR_REPOSITORY", host+"/flask-api-shared")
	assert.Equal(t, digest, do(t, "push", "production", "v1", folder))
	image, err := name.NewDigest(host + "/flask-api-shared@" + digest)
	require.NoError(t, err)
	_, err = remote.Head(image, login)
	require.NoError(t, err)
}

// TestServiceHasItsOwn wants what is pushed for a service in its own repository, whatever the API's
// is.
func TestServiceHasItsOwn(t *testing.T) {
	host := startRegistry(t)
	t.Setenv("SERVICE", "admin")
	t.Setenv("ECR_REPOSITORY", host+"/flask-api-shared")
	file, digest := saved(t)
	assert.Equal(t, digest, do(t, "push", "dev", "v1", file))
	image, err := name.NewDigest(host + "/flask-api-service-admin-ecr-dev@" + digest)
	require.NoError(t, err)
	_, err = remote.Head(image, login)
	require.NoError(t, err)
}

func TestRefused(t *testing.T) {
	host := startRegistry(t)
	file, _ := saved(t)
	image, err := tarball.ImageFromPath(file, nil)
	require.NoError(t, err)
	list := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image})
	reference, err := name.NewTag(host + "/flask-api-ecr-dev:list")
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(reference, list, login))
	listed, err := list.Digest()
	require.NoError(t, err)
	for want, args := range map[string][]string{
		"use: image push":  {"push", "dev"},
		"environment":      {"region", "a b"},
		"MANIFEST_UNKNOWN": {"pull", "dev", "sha256:" + strings.Repeat("0", 64), t.TempDir()},
		"is a list of images for several architectures": {"pull", "dev", listed.String(), t.TempDir()},
		"is no image of docker save":                    {"push", "dev", "v1", t.TempDir()},
	} {
		_, err := run(t.Context(), args)
		require.ErrorContains(t, err, want)
	}
	dev, err := config.LoadNamed("dev", os.Getenv)
	require.NoError(t, err)
	assert.Equal(t, dev.Region, do(t, "region", "dev"))
	assert.Equal(t, health(dev.LoadBalancer), do(t, "health", "dev"))
}

// TestHealth wants a path where anyone may ask for it.
func TestHealth(t *testing.T) {
	l := config.Defaults("dev").LoadBalancer
	assert.Equal(t, "/health", health(l))
	for name, closed := range map[string]func(*config.LoadBalancer){
		"internal":                    func(l *config.LoadBalancer) { l.Internal = true },
		"a name that nobody knows of": func(l *config.LoadBalancer) { l.CertificateARN = "arn:aws:acm:eu-south-1:123456789012:certificate/1" },
		"for some":                    func(l *config.LoadBalancer) { l.IngressCIDRs = []string{"203.0.113.0/24"} },
	} {
		l := l
		closed(&l)
		assert.Empty(t, health(l), name)
	}
}
