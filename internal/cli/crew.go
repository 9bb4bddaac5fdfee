package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/crew"
)

// oneRun is the hidden command that makes one run for another process of this program.
const oneRun = "__one-run"

func (c *command) oneRun() *cobra.Command {
	var share int
	var carried bool
	cmd := &cobra.Command{
		Use: oneRun, Hidden: true, Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, release, err := c.start(cmd.Context())
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
			return crew.Answer(cmd.Context(), os.Stdin, os.Stdout, a.Runner.Make)
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
		Threads: max(1, runtime.GOMAXPROCS(0)/runs), Messages: &inTurn{w: c.stderr},
	}
	return made
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
	cmd.Flags().IntVar(runs, "parallel", 1, "runs made at once, which share the threads and the memory")
}

// runAtOnce makes an application's runs by a crew, if several are made at once.
func (c *command) runAtOnce(a *app.App, runs int) {
	if runs > 1 {
		a.Runner.Crew = c.crew(runs)
	}
}

// checkParallel is the error of a number of runs at once that can't be.
func (c *command) checkParallel(flag string, runs int) error {
	switch {
	case runs < 1:
		return usageError{fmt.Errorf("--%s %d: expected how many runs are made at once, 1 or more", flag, runs)}
	case runs > 1 && c.program == nil:
		return usageError{
			fmt.Errorf("--%s %d: this program does not know where it lies, and can't be started again; use 1", flag, runs),
		}
	}
	return nil
}

// inTurn is a writer that several goroutines may use.
type inTurn struct {
	w  io.Writer
	mu sync.Mutex
}

// Write implements io.Writer.
func (l *inTurn) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
