package constructs_test

import (
	"strings"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// bucketInvariants are about bucket.go.
var bucketInvariants = []invariant{
	{
		sentence: "each bucket of the API is private, encrypted, reached over TLS only, and keeps versions where data is protected, for a while",
		controls: "CKV_AWS_19, CKV_AWS_21, CKV_AWS_145, CKV_AWS_300; CKV2_AWS_6, CKV2_AWS_61, CKV2_AWS_65; FSBP S3.5, S3.8, S3.12, S3.13, S3.14, S3.17",
		violations: func(s stack) []string {
			var v violations
			for _, b := range s.Config.Buckets {
				id := "bucket_" + underscored(b.Name)
				arn := "${aws_s3_bucket." + id + "_bucket.arn}"
				bucket := "${aws_s3_bucket." + id + "_bucket.id}"
				encryption, versions := attributes{"apply_server_side_encryption_by_default": attributes{"sse_algorithm": "AES256"}}, any(nil)
				if s.Config.Encryption.CustomerManagedKey {
					encryption = attributes{"apply_server_side_encryption_by_default": attributes{"sse_algorithm": "aws:kms", "kms_master_key_id": "${aws_kms_key.encryption_key.arn}"}, "bucket_key_enabled": true}
				}
				statements := []any{plainHTTP("s3:*", []any{arn, arn + "/*"})}
				if s.Config.Protected {
					versions = attributes{"status": "Enabled"}
					statements = append(statements, attributes{"Sid": "RefuseTheDeletion", "Effect": "Deny", "Principal": "*", "Action": []any{"s3:DeleteBucket", "s3:DeleteBucketPolicy"}, "Resource": arn})
				}
				v.wantAt(s, "aws_s3_bucket."+id+"_bucket", attributes{"bucket": s.Config.PhysicalName("bucket-"+b.Name) + "-${data.aws_caller_identity.caller.account_id}", "force_destroy": !s.Config.Protected})
				v.wantAt(s, "aws_s3_bucket_public_access_block."+id+"_public_access_block", attributes{"bucket": bucket})
				v.wantAt(s, "aws_s3_bucket_ownership_controls."+id+"_ownership", attributes{"bucket": bucket, "rule": attributes{"object_ownership": "BucketOwnerEnforced"}})
				v.wantAt(s, "aws_s3_bucket_server_side_encryption_configuration."+id+"_encryption", attributes{"bucket": bucket, "rule": []any{encryption}})
				v.unless(assert.ObjectsAreEqual(versions, s.Resources["aws_s3_bucket_versioning"][id+"_versioning"]["versioning_configuration"]), "%s keeps versions: %v", b.Name, versions)
				v.wantAt(s, "aws_s3_bucket_policy."+id+"_policy", attributes{"bucket": bucket, "policy": attributes{"Version": "2012-10-17", "Statement": statements}})
				expiry := attributes{"expired_object_delete_marker": true}
				if b.ExpireDays > 0 {
					expiry = attributes{"days": float64(b.ExpireDays)}
				}
				v.wantAt(s, "aws_s3_bucket_lifecycle_configuration."+id+"_expiry", attributes{"bucket": bucket, "rule": []any{attributes{
					"id": "expire", "status": "Enabled", "filter": []any{attributes{"prefix": ""}}, "expiration": []any{expiry},
					"noncurrent_version_expiration":     []any{attributes{"noncurrent_days": 30.0}},
					"abort_incomplete_multipart_upload": []any{attributes{"days_after_initiation": 7.0}},
				}}})
			}
			return v
		},
		broken: func(s *stack) { s.Config.Buckets = []config.Bucket{{Name: "lost"}} },
	},
	{
		sentence: "in a protected environment, the policy of a bucket, which refuses to go, is what Terraform would destroy first",
		violations: func(s stack) []string {
			var v violations
			for _, b := range s.Config.Buckets {
				id := "bucket_" + underscored(b.Name)
				for kind, resources := range s.Resources {
					for name := range resources {
						if strings.HasPrefix(kind, "aws_s3_bucket_") && strings.HasPrefix(name, id+"_") && kind != "aws_s3_bucket_policy" {
							v.unless(synthesis.Has(s.Resources["aws_s3_bucket_policy"][id+"_policy"], "depends_on", kind+"."+name), "%s goes before the policy", name)
						}
					}
				}
			}
			return v
		},
		broken: func(s *stack) {
			s.Config.Buckets = []config.Bucket{{Name: "uploads"}}
			s.Resources["aws_s3_bucket_versioning"] = map[string]attributes{"bucket_uploads_versioning": {}}
		},
	},
	{
		sentence: "the API may use each bucket, by its name, and the pages of its origins alone may in a browser",
		controls: "CKV_AWS_70",
		violations: func(s stack) []string {
			var v violations
			for _, b := range s.Config.Buckets {
				id := underscored(b.Name)
				arn := "${aws_s3_bucket.bucket_" + id + "_bucket.arn}"
				v.wantAt(s, "aws_iam_role_policy.task_role_use_bucket_"+id, attributes{"policy": attributes{"Version": "2012-10-17", "Statement": append([]any{
					attributes{"Sid": "UseObjects", "Effect": "Allow", "Resource": []any{arn + "/*"}, "Action": []any{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"}},
					attributes{"Sid": "ListObjects", "Effect": "Allow", "Resource": []any{arn}, "Action": []any{"s3:ListBucket"}},
				}, useOfKey(s, "s3", "kms:GenerateDataKey", "kms:Decrypt")...)}})
				name := variableOf(s, "BUCKET_"+strings.ToUpper(id))
				v.unless(name == "${aws_s3_bucket.bucket_"+id+"_bucket.id}", "the name of %s is %v", b.Name, name)
				cors := s.Resources["aws_s3_bucket_cors_configuration"]["bucket_"+id+"_cors"]
				v.unless(len(b.CORSOrigins) == 0 == (cors == nil), "the origins of %s: %v", b.Name, cors)
				for _, origin := range b.CORSOrigins {
					v.unless(synthesis.Has(synthesis.List(cors, "cors_rule")[0], "allowed_origins", origin), "%s lacks %s", b.Name, origin)
				}
			}
			return v
		},
		broken: func(s *stack) { s.Config.Buckets = []config.Bucket{{Name: "lost"}} },
	},
}
