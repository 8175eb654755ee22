package e2e

import (
	"testing"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// partitions has the provider validate what is synthesised for other parts of AWS. There is
// no emulated one of them.
func (h *harness) partitions(t *testing.T) {
	t.Helper()
	for suffix, region := range map[string]string{"cn": "cn-north-1", "gov": "us-gov-west-1", "eusc": "eusc-de-east-1"} {
		cfg := stacktest.Guarded()
		cfg.Suffix, cfg.Region = suffix, region
		cfg.Deployment.GitHubRepository, cfg.Deployment.Images = "example/api", config.ImagesExternal
		l := h.newLifeOf(t, cfg)
		l.replaceStack(t, cfg)
		l.terraform(t, l.stackDir(), "init", "-input=false", "-backend=false")
		l.terraform(t, l.stackDir(), "validate")
	}
}
