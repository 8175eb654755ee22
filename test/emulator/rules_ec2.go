package emulator

// ec2Rules are what EC2 does.
var ec2Rules []Rule
