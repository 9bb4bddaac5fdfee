package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) show() *cobra.Command {
	return &cobra.Command{
		Use:     "show RUN",
		GroupID: "results",
		Short:   "Show a run: how it ended, its scores, alarms and configuration",
		Long: "Show a run: how it ended, its scores, alarms, files and configuration.\nRUN is a name or a " +
			"number (see: kontrast runs).",
		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				d, err := details(cmd, s, args[0])
				if err != nil {
					return err
				}
				if c.json {
					return writeJSON(c.stdout, d.json())
				}
				return c.showRun(d)
			})
		},
	}
}

// runDetails are what the store has of a run.
type runDetails struct {
	run         store.Run
	evaluations []store.Evaluation
	alarms      []store.Alarm
	artifacts   []store.Artifact
	params      []store.Param
	parent      string // name of the run whose training this one continues, or its UUID
}

func details(cmd *cobra.Command, s *store.Store, reference string) (d runDetails, err error) {
	ctx := cmd.Context()
	if d.run, err = s.FindRun(ctx, reference); err != nil {
		return d, err
	}
	if d.evaluations, err = s.Evaluations(ctx, d.run.ID); err != nil {
		return d, err
	}
	if d.alarms, err = s.Alarms(ctx, d.run.ID); err != nil {
		return d, err
	}
	if d.artifacts, err = s.Artifacts(ctx, d.run.ID); err != nil {
		return d, err
	}
	if d.params, err = s.Params(ctx, d.run.ID); err != nil || d.run.Parent == "" {
		return d, err
	}
	d.parent, err = s.NameOf(ctx, d.run.Parent)
	return d, err
}

// json has the columns of the tables of the database as keys.
func (d runDetails) json() map[string]any {
	r := d.run
	evaluations, alarms, artifacts := []any{}, []any{}, []any{}
	for _, e := range d.evaluations {
		evaluations = append(evaluations, map[string]any{
			"protocol": e.Protocol, "kind": e.Kind, "metric": e.Metric, "step": e.Step, "value": e.Value,
		})
	}
	for _, a := range d.alarms {
		alarms = append(alarms, map[string]any{"step": a.Step, "kind": a.Kind, "detail": a.Detail, "time": a.Time})
	}
	for _, a := range d.artifacts {
		artifacts = append(artifacts, map[string]any{"path": a.Path, "kind": a.Kind, "sha256": a.SHA256, "bytes": a.Bytes})
	}
	out := map[string]any{
		"id": r.ID, "uuid": r.UUID, "parent": r.Parent, "name": r.Name, "study": r.Study, "method": r.Method,
		"backbone": r.Backbone, "dataset": r.Dataset, "seed": r.Seed,
		"state": r.State, "error": r.Error, "step": r.Step, "started": r.Started, "finished": nil,
		"host": r.Host, "engine": r.Engine, "backend": r.Backend, "device": r.Device, "driver": r.Driver,
		"versions": r.Versions, "git_commit": r.GitCommit,
		"method_module": r.MethodModule, "method_version": r.MethodVersion, "config": r.Config, "config_hash": r.ConfigHash,
		"evaluations": evaluations, "alarms": alarms, "artifacts": artifacts,
	}
	if !r.Finished.IsZero() {
		out["finished"] = r.Finished
	}
	return out
}

// value is a parameter's value in words.
func value(p store.Param) any {
	if p.Value == nil {
		return "none"
	}
	return p.Value
}

func (c *command) showRun(d runDetails) error {
	r := d.run
	c.line("%s (run %d): %s on %s, data set %s, seed %d: %s after %d steps",
		r.Name, r.ID, r.Method, r.Backbone, r.Dataset, r.Seed, r.State, r.Step)
	if r.Study != "" {
		c.line("study %s", r.Study)
	}
	if r.Parent != "" {
		fmt.Fprintf(c.stdout, "continues the training of %s\n", d.parent)
	}
	if r.Error != "" {
		fmt.Fprintf(c.stdout, "error: %s\n", strings.ReplaceAll(r.Error, "\n", "\n  "))
	}
	if r.Status != store.Finished && r.State != store.Running {
		c.line("resume with: kontrast resume %s", r.Name)
	}
	c.line("started %s on %s, engine %s, method from %s %s",
		r.Started.Local().Format(time.DateTime), r.Host, r.Engine, r.MethodModule, r.MethodVersion)
	if r.Device != "" {
		c.line("computed on %s: %s", r.Backend, strings.TrimSuffix(r.Device+", "+r.Driver, ", "))
	}
	for _, a := range d.alarms {
		c.line("alarm at step %d: %s: %s", a.Step, a.Kind, a.Detail)
	}
	for _, a := range d.artifacts {
		c.line("%s: %s (%d bytes)", a.Kind, a.Path, a.Bytes)
	}
	scores := report.Table{Columns: []string{"step", "metric", "value", "protocol"}}
	for _, e := range d.evaluations {
		scores.Rows = append(scores.Rows, []any{e.Step, e.Metric, fmt.Sprintf("%.4f", e.Value), e.Protocol})
	}
	params := report.Table{Columns: []string{"key", "value"}}
	for _, p := range d.params {
		params.Rows = append(params.Rows, []any{p.Key, fmt.Sprint(value(p))})
	}
	for _, table := range []report.Table{scores, params} {
		if len(table.Rows) == 0 {
			continue
		}
		fmt.Fprintln(c.stdout)
		if err := report.Write(c.stdout, table, report.Text); err != nil {
			return err
		}
	}
	return nil
}
