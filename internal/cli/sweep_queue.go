package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/sweep"
)

func (c *command) sweepStart() *cobra.Command {
	settings := settings{command: c}
	var queue string
	var sameTier bool
	s := sweep.Sweep{}
	cmd := &cobra.Command{
		Use:   "start [FILE]",
		Short: "Put the runs of a comparison into a queue",
		Long: `Put the runs of a comparison (see: kontrast compare --help) into a queue, one job a
run, for any number of workers (see: kontrast worker --help). Runs that are finished
in the database of results are left out, and so are those that have a job already:
starting the same comparison again adds what is missing.

A run that fails is tried again, --retries times in all, and then parked with its
error. The study belongs to the database of results that started it (--db), which
collects it. Runs of another backend than kontrast (--backend, or backend in FILE) go
to the workers that have it.`,
		Example: `  kontrast sweep start study.yaml --queue postgres://kontrast@db.example/sweeps
  kontrast sweep start --methods simclr,byol --seeds 1,2,3 --study big --queue queue.db`,
		Args: arguments(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.Priority < 1 || s.Priority > 4 {
				return usageError{fmt.Errorf("--priority %d: expected 1, the first, to 4", s.Priority)}
			}
			if s.Retries < 1 {
				return usageError{fmt.Errorf("--retries %d: expected how often a run is tried, 1 or more", s.Retries)}
			}
			study, _, _, err := settings.study(cmd, args)
			if err != nil {
				return err
			}
			c.options.Backend, c.precision, c.devices = "", "", nil // workers compute, not this process
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			all, err := a.Runner.Unfinished(cmd.Context(), study)
			if err != nil {
				return err
			}
			if s.Owner, err = a.Store.Identity(cmd.Context()); err != nil {
				return err
			}
			s.Study, s.Tasks, s.Backend = study.Name, all, study.Plans[0].Spec.Backend
			if sameTier {
				s.Tier = kernelTier()
			}
			q, err := openQueue(cmd.Context(), queue)
			if err != nil {
				return err
			}
			defer q.Close()
			fresh, err := q.Start(cmd.Context(), s)
			if err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, map[string]any{"study": study.Name, "unfinished": len(all), "enqueued": fresh})
			}
			c.line("%s: %d runs are not finished; %d are new in the queue", study.Name, len(all), fresh)
			return nil
		},
	}
	settings.studyFlags(cmd)
	queueFlag(cmd, &queue)
	cmd.Flags().IntVar(&s.Priority, "priority", 2, "1 to 4: jobs of a lower number are made first")
	cmd.Flags().IntVar(&s.Retries, "retries", 3, "how often a run that fails is tried")
	cmd.Flags().BoolVar(&s.Keep, "checkpoints",
		false, "keep the last checkpoint of each run in the shared place for: kontrast sweep collect --checkpoints")
	cmd.Flags().BoolVar(&sameTier, "same-tier",
		false, "only on machines with the vector instructions of this one, so that all numbers are of the same bits")
	completeFlags(cmd, c.choices())
	return cmd
}

func (c *command) sweepStatus() *cobra.Command {
	var queue string
	cmd := &cobra.Command{
		Use:               "status STUDY",
		Short:             "Show how far the runs of a comparison are",
		Args:              arguments(1, "STUDY"),
		ValidArgsFunction: completeArgument(c.studyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := openQueue(cmd.Context(), queue)
			if err != nil {
				return err
			}
			defer q.Close()
			jobs, err := jobsOf(cmd.Context(), q, args[0])
			if err != nil {
				return err
			}
			t := report.Table{Columns: []string{"run", "seed", "state", "attempts", "worker", "error"}}
			counts := map[sweep.State]int{}
			for _, job := range jobs {
				task := job.Args.Task
				counts[job.State]++
				t.Rows = append(
					t.Rows, []any{task.Method + " on " + task.Backbone, int64(task.Seed), string(job.State), int64(job.Attempts),
						job.Worker, job.Error},
				)
			}
			if err := c.print(t); err != nil || c.json {
				return err
			}
			line := fmt.Sprintf("%d runs", len(jobs))
			for _, state := range sweep.States {
				if counts[state] > 0 {
					line += fmt.Sprintf(", %d %s", counts[state], state)
				}
			}
			c.line("%s", line)
			return nil
		},
	}
	queueFlag(cmd, &queue)
	return cmd
}

// jobsOf are the jobs of a study, of which there must be one.
func jobsOf(ctx context.Context, q *sweep.Queue, study string) ([]sweep.Job, error) {
	jobs, err := q.Jobs(ctx, study)
	if err == nil && len(jobs) == 0 {
		err = usageError{
			hinted{fmt.Errorf("the queue has no runs of study %s", study), "put them in with: kontrast sweep start"},
		}
	}
	return jobs, err
}

// sweepChange is a command that does one thing with the jobs of a study.
func (c *command) sweepChange(
	use, short, done string, do func(*sweep.Queue, context.Context, string) (int, error),
) *cobra.Command {
	var queue string
	cmd := &cobra.Command{
		Use:               use + " STUDY",
		Short:             short,
		Args:              arguments(1, "STUDY"),
		ValidArgsFunction: completeArgument(c.studyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := openQueue(cmd.Context(), queue)
			if err != nil {
				return err
			}
			defer q.Close()
			if _, err := jobsOf(cmd.Context(), q, args[0]); err != nil {
				return err
			}
			n, err := do(q, cmd.Context(), args[0])
			if err != nil {
				return err
			}
			c.line("%s: %d runs %s", args[0], n, done)
			return nil
		},
	}
	queueFlag(cmd, &queue)
	return cmd
}

func (c *command) sweepCollect() *cobra.Command {
	var queue, shared string
	var wait, checkpoints bool
	cmd := &cobra.Command{
		Use:   "collect STUDY",
		Short: "Take the runs that workers have finished into the database of results",
		Long: `Take the runs that workers have finished into the database of results (--db), which
must be the one that started the study. Each is taken in once, however often and
by however many processes this is done. With --wait it continues until all runs of
the study are done, failed or canceled.

With --checkpoints, of a study that was started with --checkpoints, it also moves the
last checkpoint of each run from the place that the workers share (--shared) to this
machine, for eval, export, plot and others.`,
		Example: `  kontrast sweep collect big --queue queue.db --wait
  kontrast sweep collect big --queue queue.db --checkpoints --shared /mnt/sweeps`,
		Args:              arguments(1, "STUDY"),
		ValidArgsFunction: completeArgument(c.studyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			q, err := openQueue(ctx, queue)
			if err != nil {
				return err
			}
			defer q.Close()
			if _, err := jobsOf(ctx, q, args[0]); err != nil {
				return err
			}
			s, bring, release, err := c.collected(ctx, args[0], checkpoints, shared)
			if err != nil {
				return err
			}
			defer release()
			owner, err := s.Identity(ctx)
			if err != nil {
				return err
			}
			taken := 0
			for {
				done, err := q.Collect(ctx, args[0], owner, s)
				if err != nil {
					return err
				}
				taken += len(done.Runs)
				if err := errors.Join(refusedOf(done.Runs), bring()); err != nil {
					return err
				}
				if done.Left == 0 || !wait {
					return c.endCollect(ctx, q, args[0], taken)
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(collectPause):
				}
			}
		},
	}
	queueFlag(cmd, &queue)
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until all runs of the study have ended")
	cmd.Flags().BoolVar(&checkpoints, "checkpoints", false, "bring the last checkpoint of each run, too")
	cmd.Flags().StringVar(&shared, "shared", defaultShared, "with --checkpoints: the workers' --shared")
	return cmd
}

// collected opens the database that a study is collected into. With checkpoints
// bring moves those of its runs here from the place that the workers share.
func (c *command) collected(
	ctx context.Context, study string, checkpoints bool, shared string,
) (s *store.Store, bring func() error, release func(), err error) {
	if !checkpoints {
		s, err = store.Open(ctx, c.options.Database, c.storeOptions())
		return s, func() error { return nil }, func() { s.Close() }, err
	}
	bucket, err := sweep.OpenBucket(ctx, shared)
	if err != nil {
		return nil, nil, nil, usageError{err}
	}
	a, closeApp, err := c.start(ctx)
	if err != nil {
		bucket.Close()
		return nil, nil, nil, err
	}
	adopt := func(ctx context.Context, run int64, path string) error {
		_, err := a.Runner.Adopt(ctx, run, path)
		return err
	}
	return a.Store, func() error {
			n, err := sweep.CollectCheckpoints(ctx, bucket, study, a.Store, adopt)
			if n > 0 {
				c.progressNote("%s: %d checkpoints collected", study, n)
			}
			return err
		}, func() {
			closeApp()
			bucket.Close()
		}, nil
}

// collectPause is how long collect waits before it looks again.
const collectPause = time.Second

func refusedOf(runs []store.MergedRun) error {
	var failures []error
	for _, run := range runs {
		failures = append(failures, run.Err)
	}
	return errors.Join(failures...)
}

// endCollect says how the study stands; failed runs are an error.
func (c *command) endCollect(ctx context.Context, q *sweep.Queue, study string, taken int) error {
	jobs, err := q.Jobs(ctx, study)
	if err != nil {
		return err
	}
	counts := map[sweep.State]int{}
	for _, job := range jobs {
		counts[job.State]++
	}
	if c.json {
		err := writeJSON(c.stdout, map[string]any{
			"study": study, "collected": taken, "waiting": counts[sweep.Waiting], "running": counts[sweep.Working],
			"done": counts[sweep.Done], "failed": counts[sweep.Failed], "canceled": counts[sweep.Canceled],
		})
		if err != nil {
			return err
		}
	} else {
		c.line("%s: %d runs collected; %d of %d are done", study, taken, counts[sweep.Done], len(jobs))
	}
	if n := counts[sweep.Failed]; n > 0 {
		return hinted{fmt.Errorf("%s: %d runs failed", study, n),
			fmt.Sprintf("see: kontrast sweep status %[1]s; to try them again: kontrast sweep retry %[1]s",
				escape.ShellWord(study))}
	}
	return nil
}
