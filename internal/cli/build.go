package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/builder"
	"github.com/kontrast-ml/kontrast/internal/origin"
)

func (c *command) build() *cobra.Command {
	var with []string
	var output, source, keep string
	cmd := &cobra.Command{
		Use:     "build --with PACKAGE[@VERSION][=FOLDER]",
		GroupID: "extend",
		Short:   "Make a kontrast with methods, backbones and data sets of others",
		Long: `Make a program with all commands of kontrast and the methods, backbones and data
sets of plugins. A plugin is a Go package that exports

  func Extensions() kontrast.Extensions

such as "kontrast method new" writes. --with can be given several times. Without a
version the newest release is taken, and the version that it was is printed; with a
folder the module is taken from there, whatever is published.

The program has the version of kontrast that makes it (a checkout of the source, if
it was built from one), unless --kontrast says another. Versions are stored with
every run (column versions of the table runs) and shown by "kontrast version";
of a folder, a digest of the code that was compiled. Two plugins that have one name
for different things are an error. It needs Go and a C compiler, for SQLite.`,
		Example: `  kontrast build --with example.com/you/mine@v1.2.0 --with example.com/others/tiny
  kontrast build --with example.com/you/mine=../mine -o ./mine
  ./mine compare --methods mine,simclr`,
		Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			order, err := c.order(cmd.Context(), with, source)
			if err != nil {
				return err
			}
			order.Output, order.Keep = output, keep
			made, err := builder.Build(cmd.Context(), order)
			if err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, made)
			}
			c.line("%s: kontrast %s", output, made.Version)
			for _, plugin := range made.Plugins {
				c.line("with %s", plugin)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&with, "with",
		nil, "plugin: the path of its package, its version, and the folder of its module if it is on this machine")
	flags.StringVarP(&output, "output", "o", "kontrast", "file of the program")
	flags.StringVar(
		&source, "kontrast", "", "kontrast to use: the folder of a checkout of its source, or a version such as v1.2.0",
	)
	flags.StringVar(
		&keep, "keep", "", "new folder to leave the program's module in: main.go, and go.mod and go.sum with every version",
	)
	return cmd
}

// order checks all that can be before the toolchain is run.
func (c *command) order(ctx context.Context, with []string, source string) (builder.Order, error) {
	var order builder.Order
	if len(with) == 0 {
		return order, usageError{
			hinted{errors.New("no plugin is named"), "name one or more, such as: --with example.com/you/mine@v1.2.0"},
		}
	}
	seen := map[string]bool{}
	for _, text := range with {
		plugin, err := builder.ParseWith(text)
		if err != nil {
			return order, usageError{err}
		}
		if seen[plugin.Package] {
			return order, usageError{fmt.Errorf("plugin %s is named twice", plugin.Package)}
		}
		seen[plugin.Package] = true
		if err := builder.Fits(plugin, order.Plugins); err != nil {
			return order, usageError{err}
		}
		order.Plugins = append(order.Plugins, plugin)
	}
	var err error
	if order.Origin, err = origin.Find(source); err != nil {
		return order, hinted{usageError{err}, "name a checkout of its source, or a version, by --kontrast"}
	}
	order.Log = func(text string) {
		if !c.quiet {
			c.note("%s", text)
		}
	}
	return order, origin.Toolchain(ctx, order.Origin.Go, true)
}
