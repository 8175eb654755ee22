package emulator

import "context"

// background is for what a rule asks moto.
var background = context.Background()

// eachContainer changes the containers of a task definition that is sent.
func eachContainer(change func(map[string]any)) func(*memory, *Call) []byte {
	return func(_ *memory, c *Call) []byte {
		var request map[string]any
		c.decode(&request)
		for _, container := range objects(request["containerDefinitions"]) {
			change(container)
		}
		return mustJSON(request)
	}
}

// objects are the objects in a list.
func objects(list any) []map[string]any {
	var out []map[string]any
	for _, entry := range anyList(list) {
		if object, ok := entry.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

func anyList(value any) []any {
	list, _ := value.([]any)
	return list
}

// defaultTo sets what is not set.
func defaultTo(object map[string]any, key string, value any) {
	if object[key] == nil {
		object[key] = value
	}
}
