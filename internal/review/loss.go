package review

import (
	"slices"
	"strings"

	"flask-api/config"
)

// stateful are the types of resources that hold data, or an address that others know,
// with what is lost when one is destroyed.
var stateful = map[string]struct {
	level Level
	loss  string
}{
	"aws_db_subnet_group":               {Caution, "the database must be replaced with it"},
	"aws_cloudwatch_log_group":          {Danger, "its logs are lost"},
	"aws_ecr_repository":                {Danger, "its images are lost"},
	"aws_eip":                           {Caution, "the address that others may have allowed changes"},
	"aws_kms_key":                       {Danger, "what it encrypted cannot be read any more"},
	"aws_lb":                            {Caution, "its DNS name changes"},
	"aws_rds_cluster":                   {Danger, "the database and its data are lost"},
	"aws_rds_cluster_instance":          {Caution, "connections to it are lost while it is away"},
	"aws_s3_bucket":                     {Danger, "what is in it is lost"},
	"aws_secretsmanager_secret":         {Danger, "its value is lost"},
	"aws_secretsmanager_secret_version": {Caution, "the value is written anew"},
	"aws_subnet":                        {Caution, "what runs in it is replaced"},
	"aws_vpc":                           {Danger, "everything in it is replaced"},
}

func losesData(c Change) []Risk {
	lost, holds := stateful[c.kind()]
	switch {
	case !holds:
	case c.Action == Delete:
		return []Risk{{lost.level, "", "is destroyed: " + lost.loss}}
	case c.Action == Replace:
		return []Risk{{lost.level, "", "is replaced, because " + code(c.Forcing) + " cannot be changed in place: " + lost.loss}}
	}
	return nil
}

// returnsToPlaceholder finds a container that is to answer in place of the API.
func returnsToPlaceholder(c Change) []Risk {
	for _, d := range c.Differences {
		if c.kind() == "aws_ecs_task_definition" && strings.HasSuffix(d.Path, ".image") && d.To == config.PlaceholderImage && d.From != nil {
			return []Risk{{Danger, "", "runs the placeholder in place of the API: every GET is answered with 200, and health checks pass"}}
		}
	}
	return nil
}

// renames are the addresses that seem to name the same resource before and after,
// both ways.
func renames(changes []Change) map[string]Change {
	out := map[string]Change{}
	for _, removed := range changes {
		if removed.Action != Delete || strings.HasPrefix(removed.Address, "data.") {
			continue
		}
		for _, added := range changes {
			if _, taken := out[added.Address]; taken || added.Action != Create || added.kind() != removed.kind() || !alike(removed, added) {
				continue
			}
			out[removed.Address], out[added.Address] = added, removed
			break
		}
	}
	return out
}

// alike says whether four in five attributes are the same. A plan knows only what is
// configured of the added one.
func alike(removed, added Change) bool {
	same, all := 0, 0
	for key, value := range added.after {
		for _, l := range leaves(key, value) {
			if l.value == unknown {
				continue
			}
			all++
			if slices.ContainsFunc(leaves(key, removed.before[key]), func(old leaf) bool { return old == l }) {
				same++
			}
		}
	}
	return all > 0 && 5*same >= 4*all
}

func renameRisk(removed, added Change) Risk {
	level, loss := Caution, "it is away in between"
	if lost, holds := stateful[removed.kind()]; holds {
		level, loss = lost.level, lost.loss
	}
	return Risk{
		level, removed.Address,
		"is now called `" + added.Address + "`: Terraform destroys the one and creates the other: " + loss +
			". Keep the address, or move it: `terraform state mv`, or a `moved` block",
	}
}

func movesState(c Change) []Risk {
	if c.Address != "terraform" || !slices.ContainsFunc(c.Differences, func(d Difference) bool {
		return strings.HasPrefix(d.Path, "backend.") || strings.HasPrefix(d.Path, "cloud.")
	}) {
		return nil
	}
	return []Risk{{Danger, "", "looks for the state in another place: move it first, or everything is created a second time (docs/state.md)"}}
}
