// Package kontrast is what a program with methods, backbones or data sets of
// its own calls to get the whole command line of kontrast with them:
//
//	func main() {
//		kontrast.Main(kontrast.Extensions{Methods: []framework.Factory{mine.Factory}})
//	}
//
// How a method is written stands in package framework; package methodtest tests
// it as the built-in ones are tested.
package kontrast

import (
	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/cli"
)

// Extensions are a program's own methods, backbones and data sets, which stand
// beside the built-in ones in every command. The zero value adds nothing. A name
// that exists already is an error that every command reports.
type Extensions struct {
	Methods   []framework.Factory
	Backbones []backbones.Factory
	Datasets  []data.Factory
}

// Main runs the command line on the arguments of the process and exits with the
// code that `kontrast --help` explains: 0 done, 1 failed, 2 wrong usage, 130
// interrupted.
func Main(extensions Extensions) { cli.Main(app.Extensions(extensions)) }
