package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (c *command) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "know",
		Short:   "Print the version",
		Args:    arguments(0),
		RunE: func(*cobra.Command, []string) error {
			version, commit := "(devel)", ""
			if build, ok := debug.ReadBuildInfo(); ok {
				version = build.Main.Version
				for _, s := range build.Settings {
					if s.Key == "vcs.revision" {
						commit = s.Value
					}
				}
			}
			if c.json {
				return writeJSON(c.stdout, map[string]string{"version": version, "commit": commit, "go": runtime.Version()})
			}
			if commit != "" {
				version += " " + commit
			}
			_, err := fmt.Fprintf(c.stdout, "kontrast %s, %s, %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
