package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/builder"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

func (c *command) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "know",
		Short:   "Print the version, and the plugins that this program was built with",
		Args:    arguments(0),
		RunE: func(*cobra.Command, []string) error {
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			plugins := pluginsOf(catalog)
			if c.json {
				version, commit := programVersion()
				return writeJSON(c.stdout, builder.Version{
					Version: version, Commit: commit, Go: runtime.Version(), Interface: framework.InterfaceVersion, Plugins: plugins,
				})
			}
			c.line("%s", versionLine())
			for _, plugin := range plugins {
				c.line("with %s", plugin)
			}
			return nil
		},
	}
}

// pluginsOf are the modules that what is not built in is from, and what each gives.
func pluginsOf(catalog experiment.Catalog) []builder.Plugin {
	plugins := []builder.Plugin{}
	of := func(from provenance.Provenance) *builder.Plugin {
		at := slices.IndexFunc(plugins, func(p builder.Plugin) bool { return p.Module == from.Module })
		if at < 0 {
			at = len(plugins)
			plugins = append(plugins, builder.Plugin{Module: from.Module, Version: from.Version})
		}
		return &plugins[at]
	}
	for _, f := range catalog.Methods.All() {
		if from := f.Provenance(); !from.BuiltIn() {
			of(from).Methods = append(of(from).Methods, f.Name)
		}
	}
	for _, f := range catalog.Backbones.All() {
		if from := f.Provenance(); !from.BuiltIn() {
			of(from).Backbones = append(of(from).Backbones, f.Name)
		}
	}
	for _, f := range catalog.Datasets.All() {
		if from := f.Provenance(); !from.BuiltIn() {
			of(from).Datasets = append(of(from).Datasets, f.Name)
		}
	}
	return plugins
}

// programVersion is what the binary knows of itself.
func programVersion() (version, commit string) {
	version = provenance.VersionOf(provenance.Kontrast)
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Path == provenance.Kontrast {
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	return version, commit
}

func versionLine() string {
	version, commit := programVersion()
	return fmt.Sprintf("kontrast %s, %s, %s/%s",
		strings.TrimSpace(version+" "+commit), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
