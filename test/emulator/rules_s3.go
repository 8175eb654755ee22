package emulator

// s3Rules are what S3 does.
var s3Rules []Rule
