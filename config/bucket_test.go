package config

import "strings"

var refusedBuckets = []refusal{
	{"name of a bucket", func(c *Config) { c.Buckets = []Bucket{{Name: "User_Files"}} }, []string{
		`Buckets[0].Name: "User_Files" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as uploads`,
	}},
	{"two buckets of a name", func(c *Config) { c.Buckets = []Bucket{{Name: "uploads"}, {Name: "uploads"}} }, []string{
		`Buckets[1].Name: "uploads" is taken by another bucket; AWS allows a name of its own for every bucket; fix: rename one of the two`,
	}},
	{"a long name of a bucket", trial(func(c *Config) { c.Buckets = []Bucket{{Name: strings.Repeat("b", 30)}} }), []string{
		`Buckets[0].Name: "` + strings.Repeat("b", 30) + `" makes the name of the bucket too long by 1; AWS allows 50 characters, of which the environment's name takes 21; fix: shorten the name by 1 or more`,
	}},
	{"too many buckets", func(c *Config) {
		for i := range 11 {
			c.Buckets = append(c.Buckets, Bucket{Name: "b" + string(rune('a'+i))})
		}
	}, []string{
		`Buckets: 11 is too many buckets; this program allows 10 or less, because the policies of a role have no room for more; fix: remove 1`,
	}},
	{"too many buckets and queues", func(c *Config) {
		for i := range 10 {
			c.Buckets = append(c.Buckets, Bucket{Name: "b" + string(rune('a'+i))})
		}
		c.Queues = []Queue{orders(), orders()}
		c.Queues[1].Name = "mail"
	}, []string{
		`Buckets: 10 is too many beside 2 queues; AWS allows 10240 characters in the policies of a role, of which a bucket takes 820 and a queue 540; fix: keep several things in one of them`,
	}},
	{"every origin", func(c *Config) { c.Buckets = []Bucket{{Name: "uploads", CORSOrigins: []string{"*"}}} }, []string{
		`Buckets[0].CORSOrigins[0]: "*" is more than one origin; this program allows the origin of each page, because any site could upload with a URL that leaked; fix: write an origin such as https://shop.example.com`,
	}},
	{"origins", func(c *Config) {
		c.Buckets = []Bucket{{Name: "uploads", CORSOrigins: []string{"https://*.example.com", "https://shop.example.com/", "shop.example.com"}}}
	}, []string{
		`Buckets[0].CORSOrigins[0]: "https://*.example.com" is more than one origin; this program allows the origin of each page, because any site could upload with a URL that leaked; fix: write an origin such as https://shop.example.com`,
		`Buckets[0].CORSOrigins[1]: "https://shop.example.com/" is not an origin; AWS allows http:// or https:// and a host in lower case, with a port or without, and without a path; fix: write an origin such as https://shop.example.com`,
		`Buckets[0].CORSOrigins[2]: "shop.example.com" is not an origin; AWS allows http:// or https:// and a host in lower case, with a port or without, and without a path; fix: write an origin such as https://shop.example.com`,
	}},
	{"an origin twice", func(c *Config) {
		c.Buckets = []Bucket{{Name: "uploads", CORSOrigins: []string{"https://shop.example.com", "https://shop.example.com"}}}
	}, []string{
		`Buckets[0].CORSOrigins[1]: "https://shop.example.com" is there twice; this program allows each origin once, because the second is without effect; fix: remove one of the two`,
	}},
	{"expiry", func(c *Config) { c.Buckets = []Bucket{{Name: "uploads", ExpireDays: -1}} }, []string{
		`Buckets[0].ExpireDays: -1 is out of range; AWS allows 0 to 2147483647; fix: write 0`,
	}},
}

var acceptedBuckets = map[string]func(*Config){
	"longest name of a bucket": func(c *Config) { c.Buckets = []Bucket{{Name: strings.Repeat("b", 29)}} },
	"origins": func(c *Config) {
		c.Buckets = []Bucket{{Name: "uploads", CORSOrigins: []string{"https://shop.example.com", "http://localhost:3000"}}}
	},
}
