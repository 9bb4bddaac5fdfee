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
			version, commit := programVersion()
			if c.json {
				return writeJSON(c.stdout, map[string]string{"version": version, "commit": commit, "go": runtime.Version()})
			}
			_, err := fmt.Fprintln(c.stdout, versionLine())
			return err
		},
	}
}

// programVersion is what the binary knows of itself.
func programVersion() (version, commit string) {
	version = "(devel)"
	if build, ok := debug.ReadBuildInfo(); ok {
		version = build.Main.Version
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
	if commit != "" {
		version += " " + commit
	}
	return fmt.Sprintf("kontrast %s, %s, %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
