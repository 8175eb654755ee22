package config

// Encryption is how data is encrypted where it is stored.
type Encryption struct {
	// CustomerManagedKey encrypts database, secret, images and logs with a KMS key
	// of the account's own, about 1 USD a month and its use, in place of the keys
	// that AWS manages.
	//
	// Decide before the first deployment. Set to true later, it replaces the
	// database and the registry with empty ones, which a protected environment
	// refuses. It cannot be set back to false: the key would be deleted, which both
	// still need, so that the plan fails. When the environment is destroyed, the key
	// is deleted 7 days later, and with it every snapshot that was kept becomes
	// unreadable.
	CustomerManagedKey bool
}
