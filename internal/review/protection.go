package review

import (
	"fmt"

	"flask-api/internal/controls"
)

func removesProtection(c Change) []Risk {
	if c.Action != Update && c.Action != Replace {
		return nil
	}
	var out []Risk
	for _, control := range lifted(c, controls.Protection) {
		out = append(out, Risk{level(control), "", "loses protection (" + code(control.Path()) + "): it " + control.Otherwise})
	}
	for _, attribute := range []string{"recovery_window_in_days", "deletion_window_in_days"} {
		if from, to := number(c.before, attribute), number(c.after, attribute); to < from {
			out = append(out, Risk{Danger, "", fmt.Sprintf("loses protection (`%s`): it can be recovered for %v days, before %v", attribute, to, from)})
		}
	}
	return out
}

func number(a attributes, attribute string) float64 {
	n, _ := a[attribute].(float64)
	return n
}

func removesHardening(c Change) []Risk {
	var out []Risk
	for _, control := range lifted(c, controls.Hardening) {
		out = append(out, Risk{level(control), "", "turns `" + control.Attribute + "` off"})
	}
	return out
}
