package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/ablate"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/mix"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// question finds what separates the two.
func (o *ablation) question(
	c *command, cmd *cobra.Command, catalog experiment.Catalog, args []string,
) (*ablate.Ablation, error) {
	var sides [2]ablate.Side
	var faults config.Collector
	for i, name := range args {
		plan, err := o.side(c, cmd, catalog, name)
		var unknown *framework.UnknownNameError
		if errors.As(err, &unknown) || errors.Is(err, store.ErrNotFound) {
			return nil, usageError{err}
		}
		faults.Add(err)
		sides[i] = ablate.Side{Name: name, Plan: plan}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var joins [][]string
	for _, list := range o.joins {
		var names []string
		for name := range strings.SplitSeq(list, ",") {
			names = append(names, strings.TrimSpace(name))
		}
		joins = append(joins, names)
	}
	question, err := ablate.New(catalog, sides[0], sides[1], joins)
	switch {
	case errors.Is(err, ablate.ErrNothing):
		return nil, hinted{usageError{err}, "name two that differ, or give each the settings of its paper by --preset"}
	case err != nil:
		return nil, usageError{err}
	}
	return question, nil
}

// side makes the plan of a file, a method or a recorded run.
func (o *ablation) side(
	c *command, cmd *cobra.Command, catalog experiment.Catalog, name string,
) (*experiment.Plan, error) {
	doc, err := o.document(c, cmd, catalog, name)
	if err != nil {
		return nil, err
	}
	if err := o.settings.apply(cmd, doc); err != nil {
		return nil, err
	}
	if _, given := doc.Root().Get("train.epochs"); !given { // as compare does it
		if err := doc.Assign("the default comparison", "train.epochs", "4"); err != nil {
			return nil, err
		}
	}
	return c.plan(doc)
}

// document reads what a name stands for.
func (o *ablation) document(
	c *command, cmd *cobra.Command, catalog experiment.Catalog, name string,
) (*config.Document, error) {
	_, unknown := catalog.Methods.Get(name)
	if unknown == nil || mix.Is(name) {
		doc := &config.Document{}
		return doc, doc.Assign(name, "method.name", name)
	}
	ending := filepath.Ext(name)
	if _, err := os.Stat(name); err == nil || ending == ".yaml" || ending == ".yml" {
		doc, err := config.Load(name)
		if err != nil {
			return nil, fileError(err)
		}
		return doc, nil
	}
	if _, err := os.Stat(c.options.Database); err != nil {
		return nil, fmt.Errorf("%w; and there is no file and no recorded run of that name", unknown)
	}
	var doc *config.Document
	err := c.withStore(cmd.Context(), func(s *store.Store) error {
		run, err := s.FindRun(cmd.Context(), name)
		if err == nil && baseline.Is(run.Method) {
			return usageError{fmt.Errorf("run %s is a baseline, which no method made", run.Name)}
		}
		if err == nil {
			doc, err = experiment.Recorded(cmd.Context(), s, run)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w; and there is no file and no recorded run of that name", unknown)
	}
	return doc, err
}
