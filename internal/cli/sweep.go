package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/sweep"
	"github.com/kontrast-ml/kontrast/internal/sweep/emit"
)

func (c *command) sweep() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sweep",
		GroupID: "work",
		Short:   "Make the runs of a comparison on several machines",
		Long: `Make the runs of a comparison on several machines, with or without a queue.

With a queue (PostgreSQL for many hosts, an SQLite file for the processes of one),
start puts the runs in, any number of kontrast worker make them, and collect takes
the results into the database. docs/scale.md walks through it.

Without one, emit writes a shell script, an array of Slurm jobs or a Job of
Kubernetes, each shard with a database of its own, and merges them at the end.`,
	}
	group(cmd)
	cmd.AddCommand(
		c.sweepStart(), c.sweepStatus(), c.sweepCollect(),
		c.sweepChange("cancel", "Take the runs that are not done out of the queue", "canceled", (*sweep.Queue).Cancel),
		c.sweepChange("retry", "Put the runs that failed or were canceled into the queue again", "put into the queue again",
			(*sweep.Queue).Retry),
		c.sweepEmit(),
	)
	return cmd
}

func (c *command) sweepEmit() *cobra.Command {
	settings := settings{command: c}
	sweep := emit.Sweep{}
	var folder string
	cmd := &cobra.Command{
		Use:   "emit " + strings.Join(emit.Kinds, "|") + " [FILE]",
		Short: "Write jobs that make a comparison in shards and merge them",
		Long: `Write jobs that make the runs of a comparison (see: kontrast compare --help) in
shards, each with a database of its own, and bring all into one at the end:

  shell       run.sh makes all shards, or one of them on another machine
  slurm       submit.sh submits an array of jobs and one that merges
  kubernetes  submit.sh applies an indexed Job whose pods share a volume, and
              one that merges; --image names a container image with kontrast

A shard that was interrupted resumes when it is started again.`,
		Example: `  kontrast sweep emit shell study.yaml -o jobs --shards 4
  kontrast sweep emit slurm study.yaml -o jobs --shards 20 --cpus 8
  kontrast sweep emit kubernetes study.yaml -o jobs --shards 20 --image registry.example/kontrast`,
		Args: arguments(1, strings.Join(emit.Kinds, "|"), "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			study, _, _, err := settings.study(cmd, args[1:])
			if err != nil {
				return err
			}
			sweep.Study, sweep.Flags = study.Name, settings.given(cmd)
			sweep.Runs = len(study.Plans) + len(study.Baselines())
			if !cmd.Flags().Changed("shards") {
				sweep.Shards = sweep.Runs
			}
			if err := checkEmitted(args[0], folder, sweep); err != nil {
				return usageError{err}
			}
			if len(args) > 1 {
				if sweep.File, err = os.ReadFile(args[1]); err != nil {
					return fileError(err)
				}
			}
			paths, err := emit.Write(args[0], folder, sweep)
			if err != nil {
				return err
			}
			for _, path := range paths {
				c.line("%s", path)
			}
			return nil
		},
	}
	settings.studyFlags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&folder, "output", "o", "", "folder to write to")
	flags.IntVar(&sweep.Shards, "shards", 0, "number of shards (default: one a run)")
	flags.IntVar(&sweep.CPUs, "cpus", 0, "for slurm and kubernetes: CPUs of a shard")
	flags.StringVar(&sweep.Image, "image", "", "for kubernetes: container image that has kontrast")
	flags.StringVar(&sweep.Claim, "claim", "kontrast", "for kubernetes: persistent volume claim for the results")
	completeFlags(cmd, c.choices())
	return cmd
}

// checkEmitted is the error of jobs that can't be written.
func checkEmitted(kind, folder string, s emit.Sweep) error {
	switch {
	case folder == "":
		return errors.New("--output is missing: name the folder for the files, as in -o jobs")
	case s.Shards < 1 || s.Shards > s.Runs:
		return fmt.Errorf("--shards %d: expected 1 to %d, the number of runs with the baselines", s.Shards, s.Runs)
	case s.CPUs < 0:
		return fmt.Errorf("--cpus %d: expected a number of CPUs, 1 or more", s.CPUs)
	case kind == "kubernetes" && s.Image == "":
		return errors.New("--image is missing: name a container image that has kontrast")
	}
	for _, text := range append([]string{s.Study}, s.Flags...) {
		if strings.ContainsAny(text, "\n\r\x00") {
			return fmt.Errorf("%q has a line break, which a script can't have in a word; put it into the file", text)
		}
	}
	return nil
}
