// Ownmethod is kontrast with one more method: all of its commands, and the
// method beside the built-in ones.
//
//	go run . compare --methods alignuniform,simclr
package main

import (
	"github.com/kontrast-ml/kontrast"
	"github.com/kontrast-ml/kontrast/framework"

	"example.com/ownmethod/alignuniform"
)

func main() {
	kontrast.Main(kontrast.Extensions{Methods: []framework.Factory{alignuniform.Factory}})
}
