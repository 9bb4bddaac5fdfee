package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/app"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/report"
)

// topic is one of the things a configuration can name, for the commands that explain them.
type topic struct {
	name, doc string
	defaults  any
	detail    any // more for programs
}

// explain makes the command that lists what there is of a kind, or explains one.
func (c *command) explain(use, short string, list func() ([]topic, report.Table, error), detail func(topic)) *cobra.Command {
	return &cobra.Command{
		Use:     use + " [NAME]",
		GroupID: "know",
		Short:   short,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			topics, table, err := list()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return c.print(table)
			}
			for _, t := range topics {
				if t.name == args[0] {
					return c.explainOne(t, detail)
				}
			}
			names := make([]string, len(topics))
			for i, t := range topics {
				names[i] = t.name
			}
			return usageError{&framework.UnknownNameError{Kind: use[:len(use)-1], Name: args[0], Known: names}}
		},
	}
}

func (c *command) explainOne(t topic, detail func(topic)) error {
	fields := config.Describe(t.defaults)
	if c.json {
		return writeJSON(c.stdout, map[string]any{"name": t.name, "doc": t.doc, "detail": t.detail, "parameters": fields})
	}
	fmt.Fprintf(c.stdout, "%s: %s\n\n", t.name, t.doc)
	if detail != nil {
		detail(t)
	}
	table := report.Table{Columns: []string{"parameter", "default", "range", "meaning", "source"}}
	for _, f := range fields {
		allowed := f.Range
		if len(f.OneOf) > 0 {
			allowed = fmt.Sprint(f.OneOf)
		}
		table.Rows = append(table.Rows, []any{f.Path, fmt.Sprint(f.Default), allowed, f.Doc, f.Source})
	}
	return report.Write(c.stdout, table, report.Text)
}

func (c *command) methods() *cobra.Command {
	list := func() ([]topic, report.Table, error) {
		table := report.Table{Columns: []string{"method", "positives", "negatives", "loss", "update"}}
		catalog, err := app.NewCatalog(c.catalogOptions())
		if err != nil {
			return nil, table, err
		}
		var topics []topic
		for _, f := range catalog.Methods.All() {
			table.Rows = append(table.Rows, []any{f.Name, f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update})
			topics = append(topics, topic{name: f.Name, doc: f.Title + ". " + f.Paper, defaults: f.Defaults(), detail: f.Hooks})
		}
		return topics, table, nil
	}
	return c.explain("methods", "List the methods by their four hooks, or explain one", list, func(t topic) {
		hooks := t.detail.(framework.Hooks)
		fmt.Fprintf(c.stdout, "positives: %s\nnegatives: %s\nloss:      %s\nupdate:    %s\n\n", hooks.Positives, hooks.Negatives, hooks.Loss, hooks.Update)
	})
}

func (c *command) backbones() *cobra.Command {
	list := func() ([]topic, report.Table, error) {
		table := report.Table{Columns: []string{"backbone", "what it is"}}
		catalog, err := app.NewCatalog(c.catalogOptions())
		if err != nil {
			return nil, table, err
		}
		return describe(catalog.Backbones.All(), &table, func(f backbones.Factory) topic {
			return topic{name: f.Name, doc: f.Doc, defaults: f.Defaults()}
		}), table, nil
	}
	return c.explain("backbones", "List the backbones, or explain one", list, nil)
}

func (c *command) datasets() *cobra.Command {
	list := func() ([]topic, report.Table, error) {
		table := report.Table{Columns: []string{"dataset", "what it is"}}
		catalog, err := app.NewCatalog(c.catalogOptions())
		if err != nil {
			return nil, table, err
		}
		return describe(catalog.Datasets.All(), &table, func(f data.Factory) topic {
			return topic{name: f.Name, doc: f.Doc, defaults: f.Defaults()}
		}), table, nil
	}
	return c.explain("datasets", "List the data sets, or explain one", list, nil)
}

// describe makes topics of factories, and a row of the table for each.
func describe[F any](factories []F, table *report.Table, of func(F) topic) []topic {
	topics := make([]topic, len(factories))
	for i, f := range factories {
		topics[i] = of(f)
		table.Rows = append(table.Rows, []any{topics[i].name, topics[i].doc})
	}
	return topics
}
