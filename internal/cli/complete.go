package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// names lists what a shell can complete to.
type names func(cmd *cobra.Command) []string

// completeFlags registers the names that flags take. A flag whose name is a
// plural takes several, separated by commas.
func completeFlags(cmd *cobra.Command, flags map[string]names) {
	for flag, list := range flags {
		if cmd.Flags().Lookup(flag) == nil && cmd.PersistentFlags().Lookup(flag) == nil {
			continue
		}
		err := cmd.RegisterFlagCompletionFunc(flag, func(
			cmd *cobra.Command, _ []string, typed string,
		) ([]cobra.Completion, cobra.ShellCompDirective) {
			done := ""
			if comma := strings.LastIndex(typed, ","); comma >= 0 && strings.HasSuffix(flag, "s") {
				done = typed[:comma+1]
			}
			return prefixed(done, list(cmd)), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // a flag registered twice, a mistake of this package
		}
	}
}

func prefixed(prefix string, names []string) []cobra.Completion {
	out := make([]cobra.Completion, len(names))
	for i, name := range names {
		out[i] = prefix + name
	}
	return out
}

// completeArgument lists the names of a command's only argument.
func completeArgument(list names) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

// choices are the names that the flags of a configuration take.
func (c *command) choices() map[string]names {
	return map[string]names{
		"method": c.methodNames, "methods": c.methodNames,
		"backbone": c.backboneNames, "backbones": c.backboneNames,
		"dataset": c.datasetNames,
		"recipe":  func(*cobra.Command) []string { return append(slices.Clone(augment.Names()), experiment.AutoRecipe) },
		"preset":  c.presetNames,
	}
}

func (c *command) methodNames(*cobra.Command) []string {
	return c.fromCatalog(func(catalog experiment.Catalog) []string { return catalog.Methods.Names() })
}

func (c *command) backboneNames(*cobra.Command) []string {
	return c.fromCatalog(func(catalog experiment.Catalog) []string { return catalog.Backbones.Names() })
}

func (c *command) datasetNames(*cobra.Command) []string {
	return c.fromCatalog(func(catalog experiment.Catalog) []string { return catalog.Datasets.Names() })
}

// presetNames are those of the method that is named already, by flag or by argument.
func (c *command) presetNames(cmd *cobra.Command) []string {
	method := ""
	if flag := cmd.Flags().Lookup("method"); flag != nil {
		method = flag.Value.String()
	} else if args := cmd.Flags().Args(); len(args) > 0 {
		method = args[0]
	}
	return c.fromCatalog(func(catalog experiment.Catalog) []string {
		var list []string
		for _, factory := range catalog.Methods.All() {
			if factory.Name == method {
				list = factory.PresetNames()
			}
		}
		return list
	})
}

func (c *command) fromCatalog(list func(experiment.Catalog) []string) []string {
	catalog, err := c.catalog()
	if err != nil {
		return nil
	}
	return list(catalog)
}

// runNames are those of the recorded runs; none if there are no results yet.
func (c *command) runNames(cmd *cobra.Command) []string {
	var list []string
	err := c.readStore(cmd.Context(), func(s *store.Store) error {
		runs, err := s.Runs(cmd.Context(), store.Filter{})
		for _, run := range runs {
			list = append(list, run.Name)
		}
		return err
	})
	if err != nil {
		return nil
	}
	return list
}
