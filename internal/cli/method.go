package cli

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/origin"
	"github.com/kontrast-ml/kontrast/internal/scaffold"
	"github.com/kontrast-ml/kontrast/methods"
)

// method is the command about methods of one's own.
func (c *command) method() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "method",
		GroupID: "extend",
		Short:   "Start a method of your own",
	}
	cmd.AddCommand(c.newMethod())
	return cmd
}

func (c *command) newMethod() *cobra.Command {
	var likeName, module, source string
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a module with a method of your own",
		Long: `Write a module to the folder NAME: a method file of four hooks, which start as
those of a built-in method, its documented parameters, a conformance test, a test
of golden losses, a program with all commands of kontrast and the method, and a
README. It compiles, passes its tests and trains as it is.

It needs the Go toolchain. A program built from a checkout of kontrast's source
writes a module that uses that checkout; --kontrast names another one.`,
		Example: `  kontrast method new mine --like simclr --module example.com/you/mine
  cd mine
  go test ./...
  go run ./cmd/kontrast compare --methods mine,simclr`,
		Args: arguments(1, "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			made, err := c.plannedMethod(cmd.Context(), args[0], likeName, module, source)
			if err != nil {
				return err
			}
			files, err := made.Write(args[0])
			if err != nil {
				return usageError{err}
			}
			tidy := exec.CommandContext(cmd.Context(), "go", "mod", "tidy")
			tidy.Dir = args[0]
			if out, err := tidy.CombinedOutput(); err != nil {
				message := fmt.Errorf("the module is written, but go mod tidy fails: %w\n%s", err, strings.TrimSpace(string(out)))
				return hinted{message, fmt.Sprintf("run go mod tidy in %s when the modules that it names can be had", args[0])}
			}
			if c.json {
				return writeJSON(c.stdout, map[string]any{"folder": args[0], "files": files})
			}
			for _, name := range files {
				fmt.Fprintln(c.stdout, filepath.Join(args[0], name))
			}
			fmt.Fprintf(c.stdout, "\nnext:\n  cd %s\n  go test ./...\n  go run ./cmd/kontrast %s\n",
				args[0], made.Comparison())
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&likeName, "like", "simclr", "built-in method that it starts as (see: kontrast methods)")
	flags.StringVar(&module, "module", "", "path of the module (default example.com/NAME)")
	flags.StringVar(
		&source, "kontrast", "", "kontrast to use: the folder of a checkout of its source, or a version such as v1.2.0",
	)
	completeFlags(cmd, map[string]names{"like": func(*cobra.Command) []string { return builtinNames() }})
	return cmd
}

// plannedMethod checks all that can be before a file is written.
func (c *command) plannedMethod(ctx context.Context, name, likeName, module, source string) (*scaffold.Method, error) {
	catalog, err := c.catalog()
	if err != nil {
		return nil, err
	}
	if slices.Contains(catalog.Methods.Names(), name) {
		return nil, usageError{fmt.Errorf("there is a method %q already; each needs a name of its own", name)}
	}
	builtin := methods.Builtin()
	at := slices.IndexFunc(builtin, func(f framework.Factory) bool { return f.Name == likeName })
	if at < 0 {
		return nil, usageError{&framework.UnknownNameError{Kind: "method", Name: likeName, Known: builtinNames()}}
	}
	planned := &scaffold.Method{Name: name, Module: module, Like: builtin[at]}
	if err := planned.Check(); err != nil {
		return nil, usageError{err}
	}
	if planned.Origin, err = origin.Find(source); err != nil {
		return nil, hinted{usageError{err}, "name a checkout of its source, or a version, by --kontrast"}
	}
	return planned, origin.Toolchain(ctx, planned.Origin.Go, false)
}

func builtinNames() []string {
	var names []string
	for _, f := range methods.Builtin() {
		names = append(names, f.Name)
	}
	return names
}
