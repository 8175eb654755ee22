package emulator

// secretsRules are what Secrets Manager does.
var secretsRules []Rule
