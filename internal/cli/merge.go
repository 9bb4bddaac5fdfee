package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/bundle"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) merge() *cobra.Command {
	var into string
	var checkpoints bool
	cmd := &cobra.Command{
		Use:     "merge FILE...",
		GroupID: "results",
		Short:   "Bring the runs of other databases and bundles into this one",
		Long: `Bring runs with all that is recorded of them from other databases of results, or
from bundles (see: kontrast bundle --help). The files are only read; databases of
older versions are migrated in a copy.

Every run has an identity (runs.uuid) that no other run has anywhere. Of a run that
is here already only what is new is brought, so that merging twice changes nothing. A short name that is taken gets another number. Runs that
are still running are left out; merge again when they have ended. Two runs of one
identity with different numbers are an error that names both; the other runs are
still brought. Each run is brought whole or not at all.

Checkpoints stay where they are, and eval and export don't find them here unless
--checkpoints copies them. Verdicts are computed again by: kontrast verdict STUDY`,
		Example: `  kontrast merge node1.db node2.db
  kontrast merge shard-*.db --into experiments.db --checkpoints
  kontrast merge simclr-3.bundle`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{hinted{errors.New("FILE is missing"), "name the databases or bundles to bring runs from"}}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if into != "" {
				if cmd.Flags().Changed("db") && into != c.options.Database {
					return usageError{fmt.Errorf("--into %s and --db %s: both say where the runs are brought to; leave one out",
						into, c.options.Database)}
				}
				c.options.Database = into
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			var all []mergedFile
			var failures []error
			for _, path := range args {
				one, err := mergeFile(cmd.Context(), a, path, checkpoints)
				if err != nil {
					failures = append(failures, err)
				}
				if len(one.runs) > 0 || err == nil {
					all = append(all, one)
				}
				if cmd.Context().Err() != nil {
					break
				}
			}
			if err := c.printMerged(all); err != nil {
				return err
			}
			return errors.Join(failures...)
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "database that the runs are brought to (default: that of --db)")
	cmd.Flags().BoolVar(&checkpoints, "checkpoints", false, "copy the latest checkpoint of each run, too")
	return cmd
}

// mergedFile is what a merge did with the runs of a file.
type mergedFile struct {
	path string
	runs []store.MergedRun
}

// mergeFile brings the runs of a database or a bundle. The error has every run
// that could not be brought.
func mergeFile(ctx context.Context, a *app.App, path string, checkpoints bool) (mergedFile, error) {
	if bundle.Is(path) {
		return mergeBundle(ctx, a, path)
	}
	done := mergedFile{path: path}
	snapshot, err := store.TakeSnapshot(ctx, path, store.Options{})
	if err != nil {
		return done, err
	}
	defer snapshot.Close()
	done.runs, err = a.Store.Merge(ctx, snapshot, store.MergeOptions{})
	failures := []error{err}
	for _, run := range done.runs {
		failures = append(failures, run.Err)
		if checkpoints && run.ID != 0 && run.What != store.StillRunning {
			failures = append(failures, a.Runner.AdoptFrom(ctx, run, snapshot))
		}
	}
	return done, errors.Join(failures...)
}

// mergeBundle brings the run of a bundle, with its checkpoint if it has one.
func mergeBundle(ctx context.Context, a *app.App, path string) (mergedFile, error) {
	done := mergedFile{path: path}
	b, err := bundle.Open(path)
	if err != nil {
		return done, err
	}
	defer b.Close()
	run, err := b.Merge(ctx, a.Store)
	if err != nil {
		return done, err
	}
	done.runs = []store.MergedRun{run}
	if run.Err != nil || b.Checkpoint == "" || run.What == store.StillRunning {
		return done, run.Err
	}
	_, err = a.Runner.Adopt(ctx, run.ID, b.Checkpoint)
	return done, err
}

type mergedJSON struct {
	From  string `json:"from"`
	Run   string `json:"run"`
	UUID  string `json:"uuid"`
	Name  string `json:"name"`
	ID    int64  `json:"id"`
	What  string `json:"what"`
	Error string `json:"error,omitempty"`
}

func (c *command) printMerged(files []mergedFile) error {
	if c.json {
		out := []mergedJSON{}
		for _, file := range files {
			for _, run := range file.runs {
				one := mergedJSON{
					From: file.path, Run: run.Run.Name, UUID: run.Run.UUID, Name: run.Name, ID: run.ID, What: string(run.What),
				}
				if run.Err != nil {
					one.Error = run.Err.Error()
				}
				out = append(out, one)
			}
		}
		return writeJSON(c.stdout, out)
	}
	for _, file := range files {
		c.line("%s: %s", file.path, mergedInWords(file.runs))
		for _, run := range file.runs {
			if run.What == store.Brought && run.Name != run.Run.Name {
				c.line("  %s is %s here: the name was taken", run.Run.Name, run.Name)
			}
		}
	}
	return nil
}

// mergedInWords counts what became of runs.
func mergedInWords(runs []store.MergedRun) string {
	counts := map[store.Merging]int{}
	for _, run := range runs {
		counts[run.What]++
	}
	var parts []string
	for _, part := range []struct {
		what  store.Merging
		words string
	}{
		{store.Brought, "brought"}, {store.Updated, "brought up to date"}, {store.Completed, "completed by what was missing"},
		{store.Known, "here already"}, {store.StillRunning, "left out: still running"}, {store.Refused, "refused"},
	} {
		if n := counts[part.what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.words))
		}
	}
	if len(parts) == 0 {
		return "no runs"
	}
	noun := "runs"
	if len(runs) == 1 {
		noun = "run"
	}
	return fmt.Sprintf("%d %s: %s", len(runs), noun, strings.Join(parts, ", "))
}
