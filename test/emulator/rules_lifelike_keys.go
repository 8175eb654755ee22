package emulator

import "bytes"

// databaseKey is the id that moto gives to the key of AWS with the alias.
const (
	databaseKey      = "f5f30938-abed-41a2-a0f6-5482d02a2489"
	databaseKeyAlias = "alias/aws/rds"
)

// lifelikeKeyRules are of the keys of AWS, with which is encrypted where no other is named.
var lifelikeKeyRules = lifelike(
	Rule{
		Name:   "database-key-of-aws",
		Says:   "a database for which no key is named is encrypted with that of AWS, and shows its ARN",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html",
		calls:  []string{"rds:DescribeDBClusters", "rds:DescribeDBInstances"},
		step: repair{response: func(_ *memory, c *Call, body []byte) []byte {
			return bytes.ReplaceAll(body, []byte(">default_kms_key_id<"), []byte(">arn:aws:kms:"+c.Region+":"+account+":key/"+databaseKey+"<"))
		}},
	},
	Rule{
		Name:   "keys-of-aws",
		Says:   "a key of AWS is described, and says whose it is",
		Source: "https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html",
		calls:  []string{"kms:DescribeKey"},
		step: repair{
			request: func(_ *memory, c *Call) []byte {
				var request struct {
					KeyID string `json:"KeyId"`
				}
				if c.decode(&request); bytes.HasSuffix([]byte(request.KeyID), []byte(databaseKey)) {
					return mustJSON(map[string]string{"KeyId": databaseKeyAlias})
				}
				return c.Body
			},
			response: func(_ *memory, c *Call, body []byte) []byte {
				if !bytes.Contains(c.Body, []byte(databaseKeyAlias)) {
					return body
				}
				return bytes.Replace(body, []byte(`"CUSTOMER"`), []byte(`"AWS"`), 1)
			},
		},
	},
)
