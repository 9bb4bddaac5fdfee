package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/crew"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/sweep"
)

// defaultShared is the folder that workers share unless they are told otherwise.
const defaultShared = "sweep.runs"

func (c *command) worker() *cobra.Command {
	var queue string
	w := &sweep.Worker{}
	cmd := &cobra.Command{
		Use:     "worker",
		GroupID: "work",
		Short:   "Make the runs of a queue, on this or any other machine",
		Long: `Make the runs of a queue (see: kontrast sweep start --help) until it is interrupted,
or with --until-done until none is left. Any number of workers may share a queue.
Each of the --slots has a process of its own and its share of the threads. Studies that
were started with --same-tier wait in a queue of their own, of which it makes as many again.

A worker keeps the database of a run in a folder of its machine (--local) and its
checkpoints in a folder or object store that all workers reach (--shared), from which another
worker resumes a run whose worker is gone, with the same numbers. A worker
that has not been heard of for 12 seconds counts as gone. Finished runs go into the
queue's database, from which kontrast sweep collect takes them.

With --backend it takes the runs of that backend (and --precision) and no others, and
does not start where the backend can't compute. With --device 0,1,2,3 it makes a run
on each of these devices at once.

An interrupted worker writes checkpoints and gives its runs back.`,
		Example: `  kontrast worker --queue postgres://kontrast@db.example/sweeps --shared /mnt/sweeps --slots 4
  kontrast worker --queue postgres://kontrast@db.example/sweeps --shared 's3://sweeps?region=eu-west-1'
  kontrast worker --queue queue.db --until-done
  kontrast worker --queue queue.db --backend xla:cuda --device 0,1,2,3`,
		Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.checkWorker(); err != nil {
				return err
			}
			var err error
			if c.options.Backend, err = c.inPrecision(c.options.Backend); err != nil {
				return err
			}
			if err := c.settleParallel(cmd, "slots", &w.Slots); err != nil {
				return err
			}
			q, err := openQueue(cmd.Context(), queue)
			if err != nil {
				return err
			}
			defer q.Close()
			w.Queue, w.Make, w.Told = q, c.makeCarried(w.Slots), c.progressNote
			w.Tier, w.Backend = kernelTier(), backend.Kind(c.options.Backend)
			if err := app.CheckComputes(c.options); err != nil {
				return err
			}
			if w.Name == "" {
				w.Name = workerName()
			}
			if w.Local == "" {
				w.Local = filepath.Join(os.TempDir(), "kontrast-"+fileName(w.Name))
				defer os.Remove(w.Local) // if nothing is left in it
			}
			if err := sweep.CheckLocal(existing(w.Local)); err != nil {
				return usageError{hinted{err, "name a folder on this machine with --local"}}
			}
			if sweep.IsBucket(w.Shared) {
				if w.Bucket, err = sweep.OpenBucket(cmd.Context(), w.Shared); err != nil {
					return usageError{err}
				}
				defer w.Bucket.Close()
			}
			c.progressNote("worker %s: %d at once", w.Name, w.Slots)
			if err := w.Run(cmd.Context()); err != nil {
				return err
			}
			return cmd.Context().Err()
		},
	}
	flags := cmd.Flags()
	queueFlag(cmd, &queue)
	flags.IntVar(
		&w.Slots, "slots", 1, "runs made at once, which share the threads and the memory; if not given, one for each --device",
	)
	flags.StringVar(&w.Shared, "shared", defaultShared,
		"folder or object store (s3://, gs://, file://) for checkpoints that all workers of the queue reach")
	flags.StringVar(&w.Local, "local", "",
		"folder of this machine for databases of runs under way (default: in the system's folder for temporary files)")
	flags.StringVar(&w.Name, "name", "", "name of the worker, unique in the queue (default: made of the machine's name)")
	flags.BoolVar(&w.UntilDone, "until-done", false, "end when nothing is left to be made")
	return cmd
}

// checkWorker is the error of a program that can't start itself again.
func (c *command) checkWorker() error {
	if c.program == nil {
		return errors.New("this program does not know where it lies, and can't be started again for each run")
	}
	return nil
}

// queueFlag registers the flag that names a queue. Its address may have a
// password, which is better kept in the environment.
func queueFlag(cmd *cobra.Command, queue *string) {
	cmd.Flags().StringVar(
		queue, "queue", os.Getenv("KONTRAST_QUEUE"), "the queue: "+sweep.Address+" (default: KONTRAST_QUEUE)",
	)
	cmd.Flags().Lookup("queue").DefValue = ""
}

func openQueue(ctx context.Context, address string) (*sweep.Queue, error) {
	if address == "" {
		return nil, usageError{hinted{errors.New("--queue is missing"), "give " + sweep.Address}}
	}
	return sweep.Open(ctx, address)
}

// makeCarried makes runs in processes, each with a database of its own.
func (c *command) makeCarried(slots int) func(context.Context, experiment.Task, string, string) error {
	places := c.places(slots)
	return func(ctx context.Context, task experiment.Task, database, runs string) error {
		options := c.options
		options.Database, options.Runs = database, runs
		one := &crew.Crew{
			Path: c.program.Path, Args: append(c.oneRunArgs(options, slots), "--carried"), Runs: 1,
			Threads: max(1, runtime.GOMAXPROCS(0)/slots), Places: places,
		}
		c.showProcesses(one)
		return one.Make(ctx, task)
	}
}

// carry makes the process one that goes on with what another machine has left,
// and leaves what another one needs.
func carry(ctx context.Context, a *app.App) error {
	carrier := sweep.Carrier{Store: a.Store, Folder: a.Runner.Folder}
	a.Runner.Alone, a.Runner.Saving = true, carrier.Save
	dropped, err := carrier.Restore(ctx)
	if dropped != nil {
		a.Log.Warn("what another worker has left can't be used: the run starts from its beginning", zap.Error(dropped))
	}
	return err
}

// workerName is unique: of the machine and the process.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// existing is the folder itself or the one above it that is there.
func existing(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			return folder
		}
		folder = above
	}
}

// kernelTier names the kernels that the default backend uses here.
func kernelTier() string { return strings.ToLower(app.KernelTier()) }
