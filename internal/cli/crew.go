package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/crew"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// oneRun is the hidden command that makes one run for another process of this program.
const oneRun = "__one-run"

func (c *command) oneRun() *cobra.Command {
	var share int
	var carried bool
	cmd := &cobra.Command{
		Use: oneRun, Hidden: true, Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			reporter := crew.NewReporter(os.Stdout)
			a, release, err := c.startWith(cmd.Context(), reporter, reporter.Data, c.stderr)
			if err != nil {
				return err
			}
			defer release()
			a.Runner.Memory /= int64(max(share, 1))
			app.KeepWithin(a.Runner.Memory)
			if carried {
				if err := carry(cmd.Context(), a); err != nil {
					return err
				}
			}
			return crew.Answer(cmd.Context(), os.Stdin, reporter, a.Runner.Make)
		},
	}
	cmd.Flags().IntVar(&share, "share", 1, "how many such processes share the memory")
	cmd.Flags().BoolVar(
		&carried, "carried", false, "the run may continue on another machine: keep its rows beside its checkpoints",
	)
	return cmd
}

// crew makes so many runs at once, each in a process of its own with its share of the threads.
func (c *command) crew(runs int) *crew.Crew {
	made := &crew.Crew{
		Path: c.program.Path, Args: c.oneRunArgs(c.options, runs), Runs: runs,
		Threads: max(1, runtime.GOMAXPROCS(0)/runs), Places: c.places(runs),
	}
	c.showProcesses(made)
	return made
}

// places are the devices of runs that are made at once; nil if none are chosen.
func (c *command) places(runs int) crew.Places {
	var flags []string
	for devices := range slices.Chunk(c.devices, backend.Devices(c.options.Backend)) {
		flags = append(flags, "--device="+backend.List(devices))
	}
	if flags == nil {
		return nil
	}
	return crew.NewPlaces(runs, flags...)
}

// showProcesses shows what the processes of a crew tell.
func (c *command) showProcesses(made *crew.Crew) {
	shown := c.progress()
	if made.Messages = shown; !c.quiet {
		made.Progress, made.Data = shown, shown.Data
	}
}

// oneRunArgs is the command line of a process that makes one run.
func (c *command) oneRunArgs(options app.Options, share int) []string {
	args := []string{c.program.Args[0], oneRun, fmt.Sprintf("--share=%d", share), "--db=" + options.Database}
	for flag, value := range map[string]string{"runs": options.Runs, "cache": options.Cache, "backend": options.Backend} {
		if value != "" {
			args = append(args, "--"+flag+"="+value)
		}
	}
	if options.Memory > 0 {
		args = append(args, fmt.Sprintf("--memory=%d", options.Memory))
	}
	if options.Verbose {
		args = append(args, "--verbose")
	}
	if c.quiet {
		args = append(args, "--quiet")
	}
	return args
}

// parallelFlag registers how many runs a command makes at once.
func parallelFlag(cmd *cobra.Command, runs *int) {
	cmd.Flags().IntVar(runs, "parallel", 0, "runs made at once, which share the threads and the memory "+
		"(default: one for each --device, or for each thread if networks are small)")
}

// runAtOnce makes an application's runs by a crew, if several are made at once.
// 0 stands for as many as suit the study.
func (c *command) runAtOnce(ctx context.Context, a *app.App, runs int, study *experiment.Study) {
	if onDevice := strings.HasPrefix(c.options.Backend, backend.XLA); runs == 0 && c.program != nil && !onDevice {
		runs = a.Runner.AtOnce(ctx, study, runtime.GOMAXPROCS(0))
	}
	if runs > 1 {
		a.Runner.Crew = c.crew(runs)
	}
}

// settleParallel settles how many runs are made at once, by a flag or by the devices
// that are given, and is the error of what can't be. The backend must be known.
func (c *command) settleParallel(cmd *cobra.Command, flag string, runs *int) error {
	each := backend.Devices(c.options.Backend)
	groups := len(c.devices) / each
	switch {
	case len(c.devices)%each != 0:
		return usageError{fmt.Errorf("--device %s: %d devices can't be divided into those of runs, of which each has %d",
			backend.List(c.devices), len(c.devices), each)}
	case !cmd.Flags().Changed(flag):
		*runs = max(groups, *runs)
	case *runs < 1:
		return usageError{fmt.Errorf("--%s %d: expected how many runs are made at once, 1 or more", flag, *runs)}
	case *runs < groups:
		return usageError{hinted{fmt.Errorf("--%s %d: there are devices for %d runs at once (--device %s)",
			flag, *runs, groups, backend.List(c.devices)), "leave --" + flag + " out for one run a device"}}
	}
	if *runs > 1 && c.program == nil {
		return usageError{
			fmt.Errorf("--%s %d: this program does not know where it lies, and can't be started again; use 1", flag, *runs),
		}
	}
	for devices := range slices.Chunk(c.devices, each) {
		if err := app.CheckDevices(c.options.Backend, devices); err != nil {
			return err
		}
	}
	c.options.Devices = c.devices[:min(len(c.devices), each)] // this process's own
	return nil
}
