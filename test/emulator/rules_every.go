package emulator

// everyRule are what every service does.
var everyRule []Rule
