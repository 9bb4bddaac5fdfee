package cli

import (
	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

func (c *command) config() *cobra.Command {
	cmd := &cobra.Command{Use: "config", GroupID: "know", Short: "Write or check a configuration"}
	group(cmd)
	cmd.AddCommand(c.configNew(), c.configCheck(), c.configSchema())
	return cmd
}

func (c *command) configNew() *cobra.Command {
	var backbone, dataset, preset string
	var set []string
	cmd := &cobra.Command{
		Use:   "new METHOD",
		Short: "Print a configuration of a method, with every setting explained",
		Long: `Print a configuration of a method with every value, its meaning, range and source:
the defaults, or with --preset settings that the method's authors published (see:
kontrast methods METHOD).`,
		Example: `  kontrast config new mocov2 --backbone resnet20 > mocov2.yaml
  kontrast config new mocov2 --preset cifar10 --backbone resnet18
  kontrast config new simclr --dataset folder --set dataset.path=photos --set dataset.test_fraction=0.2`,
		Args:              arguments(1, "METHOD"),
		ValidArgsFunction: completeArgument(c.methodNames),
		RunE: func(_ *cobra.Command, args []string) error {
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			doc := &config.Document{}
			if err := doc.Assign(args[0], "method", args[0]); err != nil {
				return err
			}
			if method, err := catalog.Methods.Get(args[0]); err == nil && method.Patches && backbone == "" && preset == "" {
				backbone = "vit"
			}
			for _, choice := range []struct{ flag, value string }{{"preset", preset}, {"backbone", backbone},
				{"dataset", dataset}} {
				if choice.value == "" {
					continue
				}
				if err := doc.Assign("--"+choice.flag+" "+choice.value, choice.flag, choice.value); err != nil {
					return err
				}
			}
			if err := doc.Set(set...); err != nil {
				return err
			}
			plan, err := catalog.Resolve(doc, experiment.Defaults())
			if err != nil {
				return err
			}
			return config.Skeleton(c.stdout, plan.Spec)
		},
	}
	cmd.Flags().StringVar(&backbone, "backbone", "", "backbone (see: kontrast backbones)")
	cmd.Flags().StringVar(&dataset, "dataset", "", "data set (see: kontrast datasets)")
	cmd.Flags().StringVar(&preset, "preset", "", "published settings of the method (see: kontrast methods METHOD)")
	cmd.Flags().StringArrayVar(&set, "set", nil, "change a setting, as in --set train.epochs=20")
	completeFlags(cmd, c.choices())
	return cmd
}

func (c *command) configCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Report every mistake in a configuration, without running it",
		Args:  arguments(1, "FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			doc, err := config.Load(args[0])
			if err != nil {
				return fileError(err)
			}
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			runs := 1
			if _, grid := doc.Root().Get("grid"); grid {
				study, err := catalog.ResolveStudy(doc, experiment.Defaults())
				if err != nil {
					return err
				}
				runs = len(study.Plans)
			} else if _, err := catalog.Resolve(doc, experiment.Defaults()); err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, map[string]any{"faults": []config.Fault{}, "runs": runs})
			}
			c.line("%s: no faults; runs: %d", args[0], runs)
			return nil
		},
	}
}

func (c *command) configSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of configurations, for editors",
		Long: `Print the JSON Schema of configurations, with every method, backbone and data set
of this program. With it an editor completes keys, shows what they mean and marks
what is wrong: of a YAML file that begins with

  # yaml-language-server: $schema=kontrast.schema.json`,
		Example: `  kontrast config schema > kontrast.schema.json`,
		Args:    arguments(0),
		RunE: func(*cobra.Command, []string) error {
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			return writeJSON(c.stdout, catalog.Schema())
		},
	}
}
