// Package provenance says which module, and which version of it, a piece of
// this program's code is from.
package provenance

import (
	"runtime/debug"
	"strings"
	"sync"
)

// Kontrast is the path of the module that this package is in.
const Kontrast = "github.com/kontrast-ml/kontrast"

// Provenance says which code something is from. It is stored with each run.
type Provenance struct {
	Module string `json:"module"` // module path; empty if the binary holds no build information
	// Version is the module's version, or "(devel)" for the module being
	// developed. Where kontrast build has replaced the module by a folder, a plus
	// sign follows, and a digest of what was compiled: "(devel)+folder.0a1b2c3d4e5f".
	Version string `json:"version"`
	Package string `json:"package"` // import path
}

// Of is the provenance of a package of this program.
func Of(importPath string) Provenance {
	from := Provenance{Package: importPath}
	for module, version := range modules() {
		inside := importPath == module || strings.HasPrefix(importPath, module+"/")
		if inside && len(module) > len(from.Module) {
			from.Module, from.Version = module, version
		}
	}
	return from
}

// VersionOf is the version of a module in this program, as [Provenance] has it;
// empty if it is not in it.
func VersionOf(module string) string { return modules()[module] }

// BuiltIn reports whether the code comes with kontrast.
func (p Provenance) BuiltIn() bool {
	return p.Package == Kontrast || strings.HasPrefix(p.Package, Kontrast+"/")
}

// String is "built in", or module@version.
func (p Provenance) String() string {
	switch {
	case p.BuiltIn():
		return "built in"
	case p.Module == "":
		return p.Package
	case p.Version == "":
		return p.Module
	}
	return p.Module + "@" + p.Version
}

// folders are the modules that kontrast build has replaced by folders, each with
// the digest of its code: "example.com/a=0a1b2c3d4e5f example.com/b=…". The linker sets it.
var folders string

// Symbol is what the linker calls the variable that says which modules are of folders.
const Symbol = Kontrast + "/framework/provenance.folders"

// modules are the versions of the modules of this program, by path.
var modules = sync.OnceValue(func() map[string]string {
	versions := map[string]string{}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, module := range append([]*debug.Module{&build.Main}, build.Deps...) {
		version := module.Version
		if module.Replace != nil && module.Replace.Version != "" {
			version = module.Replace.Version
		}
		versions[module.Path] = version
	}
	for of := range strings.FieldsSeq(folders) {
		if module, digest, found := strings.Cut(of, "="); found {
			versions[module] += "+folder." + digest
		}
	}
	return versions
})
