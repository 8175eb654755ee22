package emulator

// FailHealthChecks has the tasks of the service that run go on, and fail their own health
// checks.
func (e *Emulator) FailHealthChecks(service string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	for i := range e.memory.tasks[service] {
		e.memory.tasks[service][i].sick = true
	}
}

// scanningOff says that images are not to be scanned where a call says nothing, which AWS
// takes for that and moto for no change.
func scanningOff(_ *memory, c *Call) []byte {
	var request map[string]any
	c.decode(&request)
	if scanning, ok := request["imageScanningConfiguration"].(map[string]any); ok {
		defaultTo(scanning, "scanOnPush", false)
	}
	return mustJSON(request)
}
