package emulator

// rdsRules are what RDS does.
var rdsRules []Rule
