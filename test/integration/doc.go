// Package integration checks a deployed environment: its tests ask AWS for the
// resources themselves and compare them with the configuration. They only read.
//
// They run after a deployment, from the repository, with the credentials that
// deployed:
//
//	make deploy ENVIRONMENT=<name>
//	make integration ENVIRONMENT=<name>
//
// Without make, `INTEGRATION_OUTPUTS` is the absolute path of the file that
// `cdktf deploy --outputs-file` wrote, and `ENVIRONMENT_SUFFIX` (and `IMAGE_TAG`,
// if one was deployed) are as they were for the deployment. Without
// `INTEGRATION_OUTPUTS` every test skips.
//
// With `AWS_ENDPOINT_URL` set, AWS is taken to be emulated. The same checks run,
// but for those of running tasks and of requests that the load balancer answers,
// which an emulator does not have.
package integration
