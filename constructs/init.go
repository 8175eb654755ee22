package constructs

import "flask-api/internal/fastsynth"

func init() { fastsynth.Start() }
