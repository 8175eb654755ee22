// Package integration checks a deployed environment: its tests ask AWS for the
// resources themselves and compare them with what was synthesised. They only read.
//
// They run after a deployment, from the repository, with the credentials that
// deployed:
//
//	make deploy ENVIRONMENT=<name>
//	make integration ENVIRONMENT=<name>
//
// Without make, `INTEGRATION_OUTPUTS` is the absolute path of the file that
// `cdktf deploy --outputs-file` wrote, `INTEGRATION_STACK` that of the cdk.tf.json that
// was deployed, and `ENVIRONMENT_SUFFIX` (and `IMAGE_TAG`, if one was deployed) are as
// they were for the deployment. Without `INTEGRATION_OUTPUTS` every test skips.
//
// [TestWhatExists] compares all that is there with all that was synthesised; package live
// does that. The other tests are of what no attribute says: whether it runs, and serves.
//
// What moves is looked at until it settles, or fails for a reason that AWS gives;
// `INTEGRATION_WAIT`, such as "30s", is the longest wait.
//
// With `AWS_ENDPOINT_URL` set, AWS is taken to be emulated. The emulated AWS of this
// repository names in `INTEGRATION_PROXY` and `INTEGRATION_CERTIFICATES` how its load
// balancers are reached, and the same checks run. Another emulator runs no tasks and
// answers no requests: what needs them skips.
package integration
