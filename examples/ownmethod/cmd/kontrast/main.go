// This is kontrast with one more method: all of its commands, and alignuniform
// beside the built-in methods.
//
//	go run ./cmd/kontrast compare --methods alignuniform,simclr
package main

import (
	"github.com/kontrast-ml/kontrast"

	plugin "example.com/ownmethod"
)

func main() { kontrast.Main(plugin.Extensions()) }
