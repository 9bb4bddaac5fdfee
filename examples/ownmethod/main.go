// Ownmethod is kontrast with one more method: all of its commands, and the
// method beside the built-in ones.
//
//	go run . compare --methods alignuniform,simclr
package main

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/app"
	"github.com/kontrast-ml/kontrast/framework/cli"

	"example.com/ownmethod/alignuniform"
)

func main() {
	cli.Main(app.Extensions{Methods: []framework.Factory{alignuniform.Factory}})
}
