package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// Extensions are a plugin's own methods, backbones and data sets.
type Extensions struct {
	Interface int // version of the author's interface that it was written for; 0: not said
	Methods   []framework.Factory
	Backbones []backbones.Factory
	Datasets  []data.Factory
}

// Join makes one of what several plugins add. It is an error if one was written
// for another version of the author's interface.
func Join(plugins ...Extensions) (Extensions, error) {
	var all Extensions
	var faults []error
	for _, plugin := range plugins {
		faults = append(faults, plugin.checkInterface())
		all.Methods = append(all.Methods, plugin.Methods...)
		all.Backbones = append(all.Backbones, plugin.Backbones...)
		all.Datasets = append(all.Datasets, plugin.Datasets...)
	}
	return all, errors.Join(faults...)
}

// InterfaceError says that a plugin was written for another version of the author's interface.
type InterfaceError struct {
	Plugin  string // module@version
	Version int    // of the interface that it was written for
}

// Error says which versions they are, and for a plugin that is older what changed since.
func (e *InterfaceError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was written for version %d of the author's interface, and this kontrast has version %d",
		e.Plugin, e.Version, framework.InterfaceVersion)
	if changes := framework.InterfaceChanges(e.Version); len(changes) > 0 {
		b.WriteString("; since then:")
		for _, change := range changes {
			fmt.Fprintf(&b, "\n  version %d: %s: %s", change.Version, change.What, change.Do)
		}
	}
	return b.String()
}

// Hint says who has to change.
func (e *InterfaceError) Hint() string {
	if e.Version > framework.InterfaceVersion {
		return "build the program with a newer version of kontrast"
	}
	return fmt.Sprintf("take a newer version of the plugin, or follow the changes in its code and say Interface: %d",
		framework.InterfaceVersion)
}

func (e Extensions) checkInterface() error {
	if e.Interface == 0 || e.Interface == framework.InterfaceVersion {
		return nil
	}
	plugin := "a plugin"
	for _, from := range e.provenances() {
		plugin = from.String()
	}
	return &InterfaceError{Plugin: plugin, Version: e.Interface}
}

// provenances are where the entries are from, one each.
func (e Extensions) provenances() []provenance.Provenance {
	var all []provenance.Provenance
	for _, f := range e.Methods {
		all = append(all, f.Provenance())
	}
	for _, f := range e.Backbones {
		all = append(all, f.Provenance())
	}
	for _, f := range e.Datasets {
		all = append(all, f.Provenance())
	}
	return all
}

// pluginVersions are the modules that what is not built in is from, with their versions.
func pluginVersions(catalog experiment.Catalog) map[string]string {
	versions := map[string]string{}
	everything := Extensions{
		Methods: catalog.Methods.All(), Backbones: catalog.Backbones.All(), Datasets: catalog.Datasets.All(),
	}
	for _, from := range everything.provenances() {
		if from.Module != "" && !from.BuiltIn() {
			versions[from.Module] = from.Version
		}
	}
	return versions
}
