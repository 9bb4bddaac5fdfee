package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
	"github.com/kontrast-ml/kontrast/internal/report"
)

func (c *command) backend() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backend",
		GroupID: "know",
		Short:   "List the compute backends, install plugins of XLA, and find out what is missing",
		Long: `A compute backend is what a run is computed on. It is named by --backend, or by
backend in a configuration:

  kontrast   the engine for CPUs, which needs nothing else; the default
  go         GoMLX's backend in pure Go: slow, for comparison
  xla:cpu    XLA on the CPU: a second reference; slower than the engine
  xla:cuda   XLA on GPUs of NVIDIA

XLA is in programs that were built with the tag xla (go install -tags xla
github.com/kontrast-ml/kontrast/cmd/kontrast), and computes through a PJRT plugin,
which is found in the folders that PJRT_PLUGIN_LIBRARY_PATH names, or installed by
kontrast backend install. Nothing is downloaded by any other command.

Numbers of different backends differ in their last digits, and trainings then in
more. A run has all its numbers from one backend, which is recorded with it, and
resuming it uses the same. Runs of different backends are settings of their own, and
no test is between two.

--precision bfloat16 rounds the operands of products and convolutions, and on GPUs so does
tf32; otherwise float32 is computed in full. A precision is part of the backend, as in
kontrast:bfloat16 and xla:cuda,tf32.

--device 1 computes on the second GPU. With --device 0,1,2,3 compare, ablate and worker
make a run on each at once. xla:cuda,devices=4 divides each batch of one run among four
GPUs. Further settings of GoMLX's XLA backend follow after commas.`,
		Example: `  kontrast backend list
  kontrast backend install cpu
  kontrast backend doctor
  kontrast compare --backend xla:cuda --device 0,1 --precision bfloat16
  kontrast run --backend xla:cuda,devices=4`,
	}
	group(cmd)
	cmd.AddCommand(c.backendList(), c.backendInstall(), c.backendDoctor())
	return cmd
}

// backendState is what is known of a backend on this machine.
type backendState struct {
	Name   string `json:"name"`
	Usable bool   `json:"usable"`
	State  string `json:"state"`
}

func (c *command) backendList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the compute backends, and which can be used here",
		Args:  arguments(0),
		RunE: func(*cobra.Command, []string) error {
			states := []backendState{
				{backend.Kontrast, true, "built in; CPU, " + app.KernelTier() + " kernels"},
				{backend.Go, true, "built in"},
			}
			for _, platform := range backend.Platforms() {
				plugin, err := plugins.Find(platform, app.DataEnv(c.options).CacheDir)
				state := backendState{Name: backend.XLA + ":" + platform, Usable: err == nil && xla.BuiltIn}
				state.State = "no plugin (see: kontrast backend install --help)"
				if err == nil {
					state.State = "plugin " + plugin.From()
				}
				if !xla.BuiltIn {
					state.State = "not built in (tag xla); " + state.State
				}
				states = append(states, state)
			}
			if c.json {
				return writeJSON(c.stdout, states)
			}
			table := report.Table{Columns: []string{"backend", "usable", "what there is"}}
			for _, s := range states {
				table.Rows = append(table.Rows, []any{s.Name, map[bool]string{true: "yes", false: "no"}[s.Usable], s.State})
			}
			return report.Write(c.stdout, table, report.Text)
		},
	}
}

func (c *command) backendInstall() *cobra.Command {
	var version string
	var installer plugins.Installer
	var dry bool
	cmd := &cobra.Command{
		Use:   "install PLATFORM",
		Short: "Download the plugin of XLA for a platform: " + strings.Join(backend.Platforms(), ", "),
		Long: `Download the PJRT plugin of XLA for a platform, and for cuda NVIDIA's libraries, as
wheels of Python's package index, check their SHA-256 and unpack them in the folder
of downloads (--cache). Python is not needed. The versions are those that are known
to work together; --version takes another one of the plugin.

The index is PyPI's, or that of --index or of pip's PIP_INDEX_URL. On a machine
without network, give --from a folder with the wheels; --dry-run lists them.

A download that was interrupted goes on where it stopped. What was installed before
stays until all of the new is there.`,
		Example: `  kontrast backend install cpu
  kontrast backend install cuda --dry-run
  kontrast backend install cuda --from wheels/`,
		Args: arguments(1, "PLATFORM"),
		ValidArgsFunction: completeArgument(func(*cobra.Command) []string {
			return backend.Platforms()
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			platform := args[0]
			if !slices.Contains(backend.Platforms(), platform) {
				return usageError{fmt.Errorf("platform %q is not known; known: %s",
					platform, strings.Join(backend.Platforms(), ", "))}
			}
			if version != "" && installer.From != "" {
				return usageError{errors.New("--version and --from: the checksum of another version is the index's; leave one out")}
			}
			if !c.quiet {
				c.options.DataProgress = c.progress().Data
			}
			installer.Env = app.DataEnv(c.options)
			installer.Cache = installer.Env.CacheDir
			return c.installPlugin(cmd.Context(), &installer, platform, version, dry)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&installer.Index, "index", "", "package index (default: PIP_INDEX_URL, or "+plugins.PyPI+")")
	flags.StringVar(&installer.From, "from", "", "folder with the wheels, to download nothing")
	flags.StringVar(&version, "version", "", "version of the plugin (default: the one that kontrast is tested with)")
	flags.BoolVar(&dry, "dry-run", false, "list what would be downloaded, and download nothing")
	return cmd
}

func (c *command) installPlugin(
	ctx context.Context, installer *plugins.Installer, platform, version string, dry bool,
) error {
	set, err := installer.Version(ctx, platform, version)
	if err != nil {
		return err
	}
	if dry {
		return c.listWheels(set)
	}
	c.progressNote("%s: %d wheels, %.0f MB, license %s", platform, len(set.Wheels), float64(set.Bytes())/1e6, set.License)
	plugin, err := installer.Install(ctx, set)
	if err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.stdout, plugin)
	}
	c.line("installed %s: %s", plugin.From(), plugin.Path)
	if !xla.BuiltIn {
		c.progressNote("this program has no XLA; build it with: " +
			"go install -tags xla github.com/kontrast-ml/kontrast/cmd/kontrast")
	}
	return nil
}

func (c *command) listWheels(set plugins.Set) error {
	if c.json {
		return writeJSON(c.stdout, set.Wheels)
	}
	table := report.Table{Columns: []string{"wheel", "MB", "sha256"}}
	for _, wheel := range set.Wheels {
		table.Rows = append(table.Rows, []any{wheel.File, fmt.Sprintf("%.1f", float64(wheel.Bytes)/1e6),
			cmp.Or(wheel.SHA256, "that of the index")})
	}
	table.Notes = []string{"", fmt.Sprintf("%.0f MB in all", float64(set.Bytes())/1e6)}
	return report.Write(c.stdout, table, report.Text)
}
