package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/weights"
)

// isModel says whether a model of that name is imported on the way.
func (f *transferFlags) isModel(name string) bool {
	return slices.ContainsFunc(f.models, func(text string) bool {
		given, file := modelFile(text)
		return file != "" && given == name
	})
}

// modelFile divides NAME:FILE or FILE; the file is empty for a run's name.
func modelFile(text string) (name, file string) {
	if before, path, named := strings.Cut(text, ":"); named && before != "" {
		return before, config.Home(path)
	}
	path := config.Home(text)
	info, err := os.Stat(path)
	if err == nil && (info.Mode().IsRegular() || strings.ContainsRune(path, filepath.Separator)) {
		base := filepath.Base(path)
		name, _, _ = strings.Cut(base, ".")
		return name, path
	}
	return text, ""
}

// find finds the runs of the models, and imports those that are files.
func (f *transferFlags) find(
	cmd *cobra.Command, c *command, a *app.App, study *experiment.Transfer, sets []config.Choice,
) (models []store.Run, err error) {
	for _, text := range f.models {
		name, file := modelFile(strings.TrimSpace(text))
		run, err := a.Store.FindRun(cmd.Context(), name)
		switch {
		case err == nil && file != "":
			err = sameFile(cmd.Context(), a, run, file)
		case file != "":
			run, err = f.bring(cmd, c, a, name, file, study, sets)
		}
		if err != nil {
			return nil, err
		}
		if run.Status != store.Finished {
			return nil, usageError{hinted{fmt.Errorf("--models: run %s is %s, and only finished runs can be measured",
				run.Name, run.State), "finish it: kontrast resume " + escape.ShellWord(run.Name)}}
		}
		if slices.ContainsFunc(models, func(m store.Run) bool { return m.ID == run.ID }) {
			return nil, usageError{fmt.Errorf("--models: run %s is given twice", run.Name)}
		}
		models = append(models, run)
	}
	return models, nil
}

// sameFile refuses a run whose weights are not those of the file.
func sameFile(ctx context.Context, a *app.App, run store.Run, file string) error {
	from, err := a.Store.ImportOf(ctx, run.ID)
	if err == nil {
		var sum string
		if sum, err = experiment.WeightsDigest(file); err == nil && sum == from.SHA256 {
			return nil
		}
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return usageError{hinted{
		fmt.Errorf("--models: run %s is there already, and its weights are not those of %s", run.Name, file),
		"give the file another name, as NAME:FILE",
	}}
}

// bring imports a file of weights.
func (f *transferFlags) bring(
	cmd *cobra.Command, c *command, a *app.App, name, file string, study *experiment.Transfer, sets []config.Choice,
) (run store.Run, err error) {
	own := settings{command: c, set: []string{
		fmt.Sprintf("study=%q", study.Name), "dataset=" + string(experiment.ChoiceJSON(sets[0])),
	}}
	for _, text := range f.set {
		if rest, is := strings.CutPrefix(text, name+"."); is {
			own.set = append(own.set, rest)
		}
	}
	flags := importFlags{name: name}
	if f.merges != "" {
		source, err := weights.Open(file, "", "")
		if err != nil {
			return run, usageError{err}
		}
		if isCLIP(source.Network) {
			flags.merges = f.merges
		}
		if err := source.Close(); err != nil {
			return run, err
		}
	}
	plan, _, err := flags.plan(c, cmd, &own, file)
	if err != nil {
		return run, err
	}
	imported, err := a.Runner.Import(cmd.Context(), plan, name, "", "")
	if err != nil {
		return run, err
	}
	c.progressNote("%s: %d tensors of %s taken", name, imported.Taken, file)
	return a.Store.Run(cmd.Context(), imported.ID)
}
