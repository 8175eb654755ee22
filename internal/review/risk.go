package review

import (
	"slices"
	"strings"
)

// Level says how bad a risk is.
type Level int

// The levels.
const (
	// Danger is what cannot be undone, or what opens something to everyone.
	Danger Level = iota
	// Caution is what a reviewer must have meant.
	Caution
)

// Risk is what may go wrong, in one sentence.
type Risk struct {
	Level Level
	// Address is the resource's, or both of a rename.
	Address string
	Text    string
}

// Risks are those of an environment, the worst first. One that is new has nothing to
// lose yet, and all of it has to be read anyway.
func (e Environment) Risks() []Risk {
	switch {
	case e.Added:
		return nil
	case e.Removed:
		return []Risk{{Danger, e.Name, "is defined no longer: nothing destroys it, and nothing manages it any more. Destroy it first"}}
	}
	renamed := renames(e.Changes)
	var out []Risk
	for _, c := range e.Changes {
		if other, found := renamed[c.Address]; found {
			if c.Action == Delete {
				out = append(out, renameRisk(c, other))
			}
			continue
		}
		for _, rule := range rules {
			for _, risk := range rule(c) {
				risk.Address = c.Address
				out = append(out, risk)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Risk) int { return int(a.Level - b.Level) })
	return out
}

// rules find the risks of one change.
var rules = []func(Change) []Risk{
	losesData, removesProtection, exposes, widensIngress, widensPermissions, removesHardening, weakensEncryption, revealsSecret,
	shortensRetention, stopsWatching, stopsFiltering, movesState, returnsToPlaceholder,
}

// code are names as Markdown shows them.
func code(names []string) string {
	if len(names) == 0 {
		return "what it depends on"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
