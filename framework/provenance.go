package framework

import (
	"runtime/debug"
	"strings"
)

// Provenance says which code a method came from. It is stored with each run.
type Provenance struct {
	Module  string `json:"module"`  // module path; empty if the binary holds no build information
	Version string `json:"version"` // module version, or "(devel)" for the module being developed
	Package string `json:"package"` // import path
}

// Provenance returns the module and version that the factory's constructor was built from.
func (f Factory) Provenance() Provenance {
	from := Provenance{Package: f.Origin()}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return from
	}
	modules := append([]*debug.Module{&build.Main}, build.Deps...)
	for _, module := range modules {
		inside := f.Origin() == module.Path || strings.HasPrefix(f.Origin(), module.Path+"/")
		if !inside || len(module.Path) < len(from.Module) {
			continue
		}
		from.Module, from.Version = module.Path, module.Version
		if module.Replace != nil && module.Replace.Version != "" {
			from.Version = module.Replace.Version
		}
	}
	return from
}
