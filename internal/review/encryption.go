package review

import (
	"fmt"
	"slices"
	"strings"
)

func weakensEncryption(c Change) []Risk {
	if c.Action == Create || c.Action == Delete {
		return nil
	}
	var out []Risk
	for _, d := range c.Differences {
		switch attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]; {
		case attribute == "kms_key_id" && d.From != nil && d.To == nil:
			out = append(out, Risk{Caution, "", "is encrypted with AWS's key instead of your own"})
		case attribute == "ssl_policy" && d.From != nil && d.To != nil:
			out = append(out, Risk{Caution, "", fmt.Sprintf("takes other TLS versions and ciphers: %v, before %v", d.To, d.From)})
		case attribute == "protocol" && d.From == "HTTPS" && c.after != nil:
			out = append(out, Risk{Danger, "", "serves without TLS"})
		case strings.HasPrefix(d.Path, "parameter[rds.force_ssl]") && d.From != nil && d.To != "1":
			out = append(out, Risk{Danger, "", "takes connections without TLS"})
		}
	}
	return out
}

// secretWords are in the names of variables that hold secrets.
var secretWords = []string{"PASSWORD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "CREDENTIAL", "PRIVATE_KEY"}

func revealsSecret(c Change) []Risk {
	var out []Risk
	for _, d := range c.Differences {
		_, name, isVariable := strings.Cut(d.Path, ".environment[")
		name, field, _ := strings.Cut(name, "]")
		secret := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(strings.ToUpper(name), word) })
		if isVariable && field == ".value" && secret && d.To != nil && d.To != sensitive {
			out = append(out, Risk{Danger, "", "has a variable `" + name + "` that everyone reads who sees the plan. Make it one of `Service.Secrets`"})
		}
	}
	return out
}
