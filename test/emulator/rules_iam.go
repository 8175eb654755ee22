package emulator

// iamRules are what IAM does.
var iamRules []Rule
