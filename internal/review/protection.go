package review

import "fmt"

// unsafe are the attributes that protect, with the value that does not.
var unsafe = []struct {
	path  []string
	value any
	loses string
}{
	{[]string{"deletion_protection"}, false, "can be deleted"},
	{[]string{"enable_deletion_protection"}, false, "can be deleted"},
	{[]string{"lifecycle", "prevent_destroy"}, false, "can be destroyed by Terraform"},
	{[]string{"skip_final_snapshot"}, true, "is deleted without a final snapshot"},
	{[]string{"force_destroy"}, true, "can be deleted with what is in it"},
	{[]string{"force_delete"}, true, "can be deleted with what is in it"},
	{[]string{"image_tag_mutability"}, "MUTABLE", "lets a tag name another image later"},
	{[]string{"deployment_circuit_breaker", "rollback"}, false, "does not go back from a deployment that fails"},
}

func removesProtection(c Change) []Risk {
	if c.Action != Update && c.Action != Replace {
		return nil
	}
	var out []Risk
	for _, u := range unsafe {
		if turned(c, u.value, u.path...) {
			out = append(out, Risk{Danger, "", "loses protection (" + code(u.path) + "): it " + u.loses})
		}
	}
	for _, attribute := range []string{"recovery_window_in_days", "deletion_window_in_days"} {
		if from, to := number(c.before, attribute), number(c.after, attribute); to < from {
			out = append(out, Risk{Danger, "", fmt.Sprintf("loses protection (`%s`): it can be recovered for %v days, before %v", attribute, to, from)})
		}
	}
	return out
}

// turned says whether an attribute takes the value now. False is also what is not
// there.
func turned(c Change, value any, path ...string) bool {
	is := func(a attributes) bool {
		found := at(a, path...)
		return found == value || value == false && found == nil
	}
	return c.after != nil && is(c.after) && !is(c.before)
}

func number(a attributes, attribute string) float64 {
	n, _ := a[attribute].(float64)
	return n
}
