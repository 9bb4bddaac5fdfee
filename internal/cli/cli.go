// Package cli is the command line of kontrast, one file a command. A program
// with methods of its own gets the same commands:
//
//	func main() { cli.Main(app.Extensions{Methods: []framework.Factory{mine.Factory}}) }
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Main runs the command line of the process and exits. The plugins are what
// the program adds to what is built in.
func Main(plugins ...app.Extensions) {
	if asked := len(os.Args) == 2 && os.Args[1] == answerCommand; asked {
		os.Exit(answer())
	}
	ctx, stop := signal.NotifyContext(context.Background(), interrupts()...)
	go func() { // a second Ctrl-C ends the process at once
		<-ctx.Done()
		stop()
	}()
	c := newCommand(plugins, os.Stdout, os.Stderr)
	c.program = thisProgram()
	os.Exit(c.execute(ctx, os.Args[1:]))
}

// interrupts are the signals that end a command as Ctrl-C does: SIGHUP is that
// of a terminal which is closed, unless nohup has the process live on.
func interrupts() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// Execute runs one command and returns its exit code.
func Execute(ctx context.Context, extensions app.Extensions, args []string, stdout, stderr io.Writer) int {
	return newCommand([]app.Extensions{extensions}, stdout, stderr).execute(ctx, args)
}

func newCommand(plugins []app.Extensions, stdout, stderr io.Writer) *command {
	c := &command{stdout: escape.NewWriter(stdout), stderr: escape.NewWriter(stderr)}
	c.catalog = sync.OnceValues(func() (experiment.Catalog, error) {
		own, err := app.Join(plugins...)
		if err != nil {
			return experiment.Catalog{}, err
		}
		return app.NewCatalog(own)
	})
	return c
}

func (c *command) execute(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	return c.report(root.ExecuteContext(ctx))
}

// command is what the commands share.
type command struct {
	catalog        func() (experiment.Catalog, error) // made once, when it is asked for
	options        app.Options
	json           bool
	quiet          bool
	devices        []int          // of all runs that are made at once
	precision      string         // of the flag; empty for the backend's
	stdout, stderr io.Writer      // which escape what steers a terminal
	program        *store.Program // answers queries; nil for this process itself
	shown          progress       // nil until something is shown
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "kontrast",
		Short:         "Compare contrastive learning methods fairly, and query the results with SQL",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       versionLine(),
	}
	root.SetVersionTemplate("{{.Version}}\n")
	group(root)
	flags := root.PersistentFlags()
	flags.StringVar(&c.options.Database, "db", "experiments.db", "SQLite file with the results")
	flags.StringVar(
		&c.options.Runs, "runs", "", "folder of checkpoints and logs (default: the database's path with the extension .runs)",
	)
	flags.StringVar(&c.options.Cache, "cache", "", "folder of downloaded data sets (default: the user's cache folder)")
	c.computing(flags)
	flags.Var((*size)(&c.options.Memory), "memory",
		"memory that the process keeps within, such as 8GiB (default: the machine's)")
	flags.BoolVar(&c.options.Verbose, "verbose", false, "also print the full log on standard error")
	flags.DurationVar(&c.options.LockTimeout, "lock-timeout",
		time.Minute, "how long to wait for a database that another process has locked; then results go to a file")
	flags.BoolVar(&c.json, "json", false, "print JSON")
	flags.BoolVar(&c.quiet, "quiet", false, "show no progress")
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return c.settle() }
	completeFlags(root, map[string]names{
		"backend":   func(*cobra.Command) []string { return backend.Known() },
		"precision": func(*cobra.Command) []string { return backend.Precisions() },
	})
	root.AddGroup(
		&cobra.Group{ID: "work", Title: "Train and compare:"},
		&cobra.Group{ID: "results", Title: "Read results:"},
		&cobra.Group{ID: "know", Title: "List and explain:"},
		&cobra.Group{ID: "extend", Title: "Add your own:"},
	)
	root.AddCommand(
		c.compare(), c.ablate(), c.run(), c.oneRun(), c.resume(), c.evaluate(), c.importWeights(), c.transfer(),
		c.sweep(), c.worker(),
		c.verdict(), c.variance(), c.sql(), c.runs(), c.show(), c.plot(), c.reportCommand(), c.serve(), c.export(),
		c.merge(), c.bundle(),
		c.backend(), c.methods(), c.backbones(), c.datasets(), c.data(), c.config(), c.version(),
		c.method(), c.build(),
	)
	root.AddCommand(c.protocols())
	return root
}

// settle completes the flags that all commands have.
func (c *command) settle() error {
	if c.options.LockTimeout < 0 {
		return usageError{
			fmt.Errorf("--lock-timeout %v: expected a duration such as 30s, not below 0", c.options.LockTimeout),
		}
	}
	for _, path := range []*string{&c.options.Database, &c.options.Runs, &c.options.Cache} {
		*path = config.Home(*path)
	}
	return c.settlePrecision()
}

const rootHelp = `kontrast compares contrastive (self-supervised) learning methods. It trains them
from the same initial weights, on the same samples in the same order, with the
same random numbers, evaluates the frozen backbones, and stores all results in
an SQLite database.

  kontrast compare                       compare three methods on generated images
  kontrast verdict STUDY                 say which method beats which, and what would decide the rest
  kontrast methods                       list the methods
  kontrast sql 'SELECT * FROM seed_summary'

Results are printed on standard output; progress, warnings and errors on standard
error. The full log is kontrast.log in the folder of the runs. NO_COLOR=1 turns
colors off.

Exit codes:
    0  done
    1  something failed while it ran
    2  wrong flags, arguments or configuration; nothing was started
  130  interrupted by Ctrl-C; finished work is saved and the run can be resumed`

// start makes the process, with progress as asked.
func (c *command) start(ctx context.Context) (*app.App, func(), error) {
	if c.quiet {
		return c.startWith(ctx, nil, nil, c.stderr)
	}
	shown := c.progress()
	return c.startWith(ctx, shown, shown.Data, shown)
}

// startWith makes the process, which shows how far it is and what it logs where it is told to.
func (c *command) startWith(
	ctx context.Context, runs experiment.Progress, data func(what string, done, total int64), console io.Writer,
) (*app.App, func(), error) {
	catalog, err := c.catalog()
	if err != nil {
		return nil, nil, err
	}
	options := c.options
	if options.Backend == "" && c.precision != "" {
		if options.Backend, err = c.inPrecision(backend.Default); err != nil {
			return nil, nil, err
		}
	}
	if options.Devices == nil {
		options.Devices = c.devices
	}
	options.Catalog, options.Progress, options.DataProgress, options.Console = catalog, runs, data, console
	a, release, err := app.New(ctx, options)
	if err == nil {
		app.KeepWithin(a.Runner.Memory)
	}
	return a, release, err
}

// progress is what shows how far the command is: one, so that nothing garbles it.
func (c *command) progress() progress {
	if c.shown == nil {
		c.shown = newProgress(c.stderr)
	}
	return c.shown
}

// takeUp makes the process for work on a recorded run, named or numbered. Call
// release when the work is done.
func (c *command) takeUp(ctx context.Context, reference string) (a *app.App, run store.Run, release func(), err error) {
	if a, release, err = c.start(ctx); err != nil {
		return nil, run, nil, err
	}
	if run, err = a.Store.FindRun(ctx, reference); err != nil {
		release()
		return nil, run, nil, err
	}
	return a, run, release, nil
}
