// Package kontrast is what a program with methods, backbones or data sets of
// its own calls to get the whole command line of kontrast with them:
//
//	func main() { kontrast.Main(mine.Extensions()) }
//
// A package that exports such a function is a plugin, from which `kontrast build
// --with example.com/you/mine` makes the program:
//
//	func Extensions() kontrast.Extensions {
//		return kontrast.Extensions{Interface: 2, Methods: []framework.Factory{Factory}}
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

// Extensions are a plugin's own methods, backbones and data sets, which stand
// beside the built-in ones in every command. The zero value adds nothing. A name
// that exists already is an error that every command reports, with where both are from.
type Extensions struct {
	// Interface is the version of the author's interface that the plugin was
	// written for, a number as [framework.InterfaceVersion] was then; 0 says
	// nothing. A program that has another version refuses to run, and says what
	// changed since.
	Interface int
	Methods   []framework.Factory
	Backbones []backbones.Factory
	Datasets  []data.Factory
}

// Main runs the command line on the arguments of the process, with what any
// number of plugins add, and exits with the code that `kontrast --help` explains:
// 0 done, 1 failed, 2 wrong usage, 130 interrupted.
func Main(plugins ...Extensions) {
	all := make([]app.Extensions, len(plugins))
	for i, plugin := range plugins {
		all[i] = app.Extensions(plugin)
	}
	cli.Main(all...)
}
