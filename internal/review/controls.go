package review

import (
	"slices"

	"flask-api/internal/controls"
)

// otherControls hold in no stack of this program, which has no such file system, and
// whose load balancer serves the internet. A load balancer that does not should stay so.
var otherControls = []controls.Control{
	{Type: "aws_efs_file_system", Attribute: "encrypted", Wanted: true, Purpose: controls.Hardening},
	{Type: "aws_lb", Attribute: "internal", Wanted: true, Purpose: controls.Isolation},
}

// controlsFor are the controls for the purpose, one for each attribute: the name of an
// attribute means the same in every type of resource.
func controlsFor(purpose controls.Purpose) []controls.Control {
	var out []controls.Control
	for _, control := range slices.Concat(controls.All, otherControls) {
		known := slices.ContainsFunc(out, func(c controls.Control) bool { return c.Attribute == control.Attribute })
		if control.Purpose == purpose && !known {
			out = append(out, control)
		}
	}
	return out
}

// lifted are the controls for the purpose that hold no longer after the change.
func lifted(c Change, purpose controls.Purpose) []controls.Control {
	if c.Action != Update && c.Action != Replace {
		return nil
	}
	return slices.DeleteFunc(controlsFor(purpose), func(control controls.Control) bool {
		return !control.Lifted(c.after) || control.Lifted(c.before)
	})
}

// level is how bad it is when the control does not hold.
func level(control controls.Control) Level {
	if control.Severity == controls.High {
		return Danger
	}
	return Caution
}
