package methods

import "embed"

// Sources holds the Go files of the built-in methods, a folder a package:
// what `kontrast method new` starts a method of one's own from.
//
//go:embed */*.go
var Sources embed.FS
