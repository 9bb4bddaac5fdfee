// Package builder makes programs of kontrast and plugins, as xcaddy does for
// Caddy: `kontrast build`. A plugin is a Go package that exports
//
//	func Extensions() kontrast.Extensions
//
// A module is written to a temporary folder, whose program calls kontrast.Main
// with what the plugins export; the Go toolchain finds the modules, compiles them,
// and what was made is asked which plugins it has before it is handed out.
package builder
