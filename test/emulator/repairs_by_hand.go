package emulator

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
