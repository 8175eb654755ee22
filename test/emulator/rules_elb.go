package emulator

// elbRules are what Elastic Load Balancing does.
var elbRules []Rule
