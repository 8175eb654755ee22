package constructs_test

import (
	"fmt"
	"regexp"
	"strings"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// oneLogWriter is an account, or the service, that a load balancer writes its logs from.
var oneLogWriter = regexp.MustCompile(`^map\[(AWS:\d{12}|Service:logdelivery\.elasticloadbalancing\.amazonaws\.com)\]$`)

// accessLogsInvariants are about access_logs.go.
var accessLogsInvariants = []invariant{
	{
		sentence: "access logs are private, encrypted, versioned, expire, and travel over TLS only",
		controls: "CKV_AWS_19, CKV_AWS_21, CKV_AWS_91, CKV_AWS_300; CKV2_AWS_6, CKV2_AWS_61, CKV2_AWS_65; FSBP ELB.5, S3.5, S3.12, S3.13",
		violations: func(s stack) []string {
			var v violations
			days := s.Config.LoadBalancer.AccessLogRetentionDays
			state := s.Config.LogState(config.AccessLog)
			if state != config.LogOn {
				v.unless(s.One("aws_lb")["access_logs"] == nil, "requests are recorded")
			}
			if state == config.LogOff {
				for kind, resources := range s.Resources {
					for name := range resources {
						v.unless(!strings.HasPrefix(name, "access_logs"), "there is an %s", kind)
					}
				}
				return v
			}
			if state == config.LogOn {
				v.want(s, "aws_lb", attributes{
					"access_logs": attributes{"bucket": "${aws_s3_bucket.access_logs_bucket.id}", "enabled": true},
				})
				v.unless(synthesis.Has(s.One("aws_lb"), "depends_on", "aws_s3_bucket_lifecycle_configuration.access_logs_expiry"), "the load balancer does not wait for the bucket's policy")
			}
			bucket := "${aws_s3_bucket.access_logs_bucket.id}"
			v.wantAt(s, "aws_s3_bucket_public_access_block.access_logs_public_access_block", attributes{"bucket": bucket})
			v.wantAt(s, "aws_s3_bucket_ownership_controls.access_logs_ownership", attributes{"bucket": bucket, "rule": attributes{"object_ownership": "BucketOwnerEnforced"}})
			v.wantAt(s, "aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption", attributes{"bucket": bucket, "rule": []any{
				attributes{"apply_server_side_encryption_by_default": attributes{"sse_algorithm": "AES256"}},
			}})
			v.wantAt(s, "aws_s3_bucket_versioning.access_logs_versioning", attributes{"bucket": bucket, "versioning_configuration": attributes{"status": "Enabled"}})
			v.wantAt(s, "aws_s3_bucket_lifecycle_configuration.access_logs_expiry", attributes{"bucket": bucket, "rule": []any{attributes{
				"id": "expire", "status": "Enabled", "filter": []any{attributes{"prefix": ""}},
				"expiration":                        []any{attributes{"days": float64(days)}},
				"noncurrent_version_expiration":     []any{attributes{"noncurrent_days": 7.0}},
				"abort_incomplete_multipart_upload": []any{attributes{"days_after_initiation": 7.0}},
			}}, "depends_on": []any{"aws_s3_bucket_versioning.access_logs_versioning", "aws_s3_bucket_policy.access_logs_policy"}})
			// Regions that had load balancers before August 2022 have an account for it.
			writer, known := map[string]attributes{
				"eu-south-1": {"AWS": "635631232127"},
				"eu-south-2": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
			}[s.Config.Region]
			if !known {
				policy, _ := s.Resources["aws_s3_bucket_policy"]["access_logs_policy"]["policy"].(attributes)
				writer = synthesis.Inner(synthesis.List(policy, "Statement")[0], "Principal")
				v.unless(oneLogWriter.MatchString(fmt.Sprint(writer)), "%v may write", writer)
			}
			v.wantAt(s, "aws_s3_bucket_policy.access_logs_policy", attributes{"bucket": bucket, "policy": attributes{"Version": "2012-10-17", "Statement": []any{
				attributes{
					"Sid": "WriteAccessLogs", "Effect": "Allow", "Principal": writer, "Action": "s3:PutObject",
					"Resource": "${aws_s3_bucket.access_logs_bucket.arn}/AWSLogs/${data.aws_caller_identity.caller.account_id}/*",
				},
				attributes{
					"Sid": "RefusePlainHTTP", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
					"Resource":  []any{"${aws_s3_bucket.access_logs_bucket.arn}", "${aws_s3_bucket.access_logs_bucket.arn}/*"},
					"Condition": attributes{"Bool": attributes{"aws:SecureTransport": "false"}},
				},
			}}})
			return v
		},
		broken: func(s *stack) {
			s.Config.LoadBalancer.AccessLogRetentionDays = 30
			s.One("aws_lb")["access_logs"] = attributes{"bucket": "anybody's", "enabled": true}
		},
	},
}
