package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
	"github.com/kontrast-ml/kontrast/internal/report"
)

// finding is one thing that a backend needs.
type finding struct {
	Backend string `json:"backend"`
	What    string `json:"what"`
	Found   bool   `json:"found"`
	Detail  string `json:"detail"`
}

func (c *command) backendDoctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor [PLATFORM]",
		Short: "Say what XLA needs on this machine, what is missing and what to do",
		Long: `Say what XLA needs on this machine to compute on a platform, what of it is there and
in which version, and what to do about the rest. The plugin is loaded and asked for
its devices. The exit code is 1 if PLATFORM, or without it every platform, can't be
used.`,
		Args: arguments(0, "PLATFORM"),
		ValidArgsFunction: completeArgument(func(*cobra.Command) []string {
			return backend.Platforms()
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			platforms := backend.Platforms()
			if len(args) > 0 {
				platforms = args
			}
			host := plugins.Look()
			var all []finding
			usable := false
			for _, platform := range platforms {
				found := c.examine(platform, host)
				usable = usable || complete(found)
				all = append(all, found...)
			}
			if err := c.printFindings(all); err != nil {
				return err
			}
			if !usable {
				return errors.New("XLA can't be used here; the engine, --backend kontrast, needs nothing")
			}
			return nil
		},
	}
}

func complete(findings []finding) bool {
	for _, f := range findings {
		if !f.Found {
			return false
		}
	}
	return true
}

// examine looks for what a platform needs, in the order in which it is needed.
func (c *command) examine(platform string, host plugins.Host) (found []finding) {
	add := func(what string, ok bool, detail string) {
		found = append(found, finding{backend.XLA + ":" + platform, what, ok, detail})
	}
	least := plugins.Pinned(platform).LeastGlibc()
	switch {
	case host.Glibc == "":
		add("C library", false, "glibc was not found (by getconf GNU_LIBC_VERSION); plugins are built for it")
	case least != "" && plugins.Older(host.Glibc, least):
		add("C library", false, fmt.Sprintf("glibc %s; the plugin needs %s", host.Glibc, least))
	default:
		add("C library", true, "glibc "+host.Glibc)
	}
	if platform == backend.CUDA {
		switch {
		case host.GPUs == 0:
			add("GPU", false, "no /dev/nvidia0: there is no GPU of NVIDIA, or its driver is not loaded, or a container "+
				"was not given it (docker run --gpus all)")
		default:
			add("GPU", true, fmt.Sprintf("%d", host.GPUs))
		}
		switch {
		case host.Driver == "":
			add("driver", false, "no /proc/driver/nvidia/version; install NVIDIA's driver, "+plugins.LeastDriver+" or newer")
		case plugins.Older(host.Driver, plugins.LeastDriver):
			add("driver", false, fmt.Sprintf("%s; CUDA 13 needs %s or newer", host.Driver, plugins.LeastDriver))
		default:
			add("driver", true, host.Driver)
		}
	}
	plugin, err := plugins.Find(platform, app.DataEnv(c.options).CacheDir)
	if err != nil {
		add("plugin", false, err.Error()+"; "+hintOf(err))
	} else {
		add("plugin", true, plugin.From()+", "+plugin.Path)
	}
	if !xla.BuiltIn {
		_, _, err := xla.New(plugin, platform)
		add("program", false, err.Error()+"; "+hintOf(err))
		return found
	}
	add("program", true, "XLA is built in")
	if err != nil {
		return found
	}
	made, on, err := xla.New(plugin, platform)
	if err != nil {
		add("devices", false, err.Error())
		return found
	}
	made.Finalize()
	add("devices", true, on.Device+" ("+on.Driver+")")
	return found
}

// hintOf is what an error advises; empty for nothing.
func hintOf(err error) string {
	var advised interface{ Hint() string }
	if errors.As(err, &advised) {
		return advised.Hint()
	}
	return ""
}

func (c *command) printFindings(all []finding) error {
	if c.json {
		return writeJSON(c.stdout, all)
	}
	table := report.Table{Columns: []string{"backend", "needs", "there", "what"}}
	for _, f := range all {
		there := map[bool]string{true: "yes", false: "NO"}[f.Found]
		table.Rows = append(table.Rows, []any{f.Backend, f.What, there, f.Detail})
	}
	return report.Write(c.stdout, table, report.Text)
}
