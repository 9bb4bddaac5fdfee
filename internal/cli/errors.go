package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // a run or another piece of work failed
	exitUsage       = 2   // a wrong flag, argument or configuration; nothing was run
	exitInterrupted = 130 // Ctrl-C: finished work is saved and the run can be resumed
)

// usageError is an error of the user's input.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// hinted is an error with advice, which is printed on a line of its own.
type hinted struct {
	error
	hint string
}

func (e hinted) Unwrap() error { return e.error }

// Hint says what to do. Errors of other packages can have one, too.
func (e hinted) Hint() string { return e.hint }

// mostFaults are printed; who corrects them sees the others next.
const mostFaults = 20

// report prints an error and returns the exit code that goes with it.
func (c *command) report(err error) int {
	var faults config.Faults
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, train.ErrInterrupted), errors.Is(err, context.Canceled):
		c.note("interrupted")
		c.hint(err)
		return exitInterrupted
	case errors.As(err, &faults) && c.json:
		writeJSON(c.stdout, map[string]any{"faults": faults}) //nolint:errcheck // the exit code tells
		return exitUsage
	case errors.As(err, &faults):
		for _, fault := range faults[:min(len(faults), mostFaults)] {
			c.note("%v", fault)
		}
		if more := len(faults) - mostFaults; more > 0 {
			c.note("and %d more", more)
		}
		return exitUsage
	}
	for _, cause := range causes(err) {
		c.note("%v", cause)
	}
	c.hint(err)
	if errors.As(err, &usage) || errors.Is(err, app.ErrBackend) || errors.Is(err, store.ErrNotFound) {
		return exitUsage
	}
	return exitFailed
}

// causes are the errors that errors.Join made one of, each once. An error of fmt's that
// wraps several is one: it has a message of its own.
func causes(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return []error{err}
	}
	var all []error
	for _, cause := range joined.Unwrap() {
		for _, one := range causes(cause) {
			said := func(other error) bool { return strings.Contains(other.Error(), one.Error()) }
			if !slices.ContainsFunc(all, said) {
				all = append(all, one)
			}
		}
	}
	return all
}

// line prints a result for people, whatever is in it, on one line.
func (c *command) line(format string, args ...any) {
	fmt.Fprintln(c.stdout, escape.Line(fmt.Sprintf(format, args...)))
}

// longest is how long a message is at most: a value that it quotes may be of any length.
const longest = 4000

// inShort leaves out the middle of a message that is too long.
func inShort(message string) string {
	if len(message) <= longest {
		return message
	}
	return strings.ToValidUTF8(message[:longest/2], "") + " … " + strings.ToValidUTF8(message[len(message)-longest/2:], "")
}

// note prints a message for people.
func (c *command) note(format string, args ...any) {
	fmt.Fprintf(c.stderr, "kontrast: %s\n", inShort(fmt.Sprintf(format, args...)))
}

func (c *command) hint(err error) {
	var advised interface{ Hint() string }
	if errors.As(err, &advised) {
		fmt.Fprintf(c.stderr, "  hint: %s\n", advised.Hint())
	}
}

// flagError says what is wrong with a flag, and which one was meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
		if nearest, ok := config.Nearest(unknown.GetSpecifiedName(), names); ok {
			return usageError{fmt.Errorf("%w; did you mean --%s?", err, nearest)}
		}
		return usageError{hinted{err, fmt.Sprintf("the flags are listed by: %s --help", cmd.CommandPath())}}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		return usageError{
			fmt.Errorf("--%s %q: expected %s: %s", flag.Name, invalid.GetValue(), kinds[flag.Value.Type()], flag.Usage),
		}
	}
	return usageError{err}
}

// kinds says in words what the values of flags are.
var kinds = map[string]string{"int": "a whole number", "bool": "true or false", "duration": "a duration such as 30s",
	"float64": "a number", "size": "a size above 0 such as 8GiB or 500MB",
	"intSlice": "whole numbers, such as 0 or 0,1"}

// arguments checks the number of arguments, of which the first some are required.
func arguments(required int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < required || slices.Contains(args[:required], ""):
			missing := names[slices.Index(append(slices.Clone(args), ""), "")]
			return usageError{hinted{fmt.Errorf("%s is missing", missing), "usage: " + cmd.UseLine()}}
		case len(args) > len(names):
			return usageError{hinted{fmt.Errorf("too many arguments: %q", args[len(names):]), "usage: " + cmd.UseLine()}}
		}
		return nil
	}
}

// group makes a command that does nothing but hold others.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		var known []string
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				known = append(known, sub.Name())
			}
		}
		slices.Sort(known)
		return usageError{&framework.UnknownNameError{Kind: "command", Name: args[0], Known: known}}
	}
}

// fileError is the error of a configuration file that can't be read.
func fileError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usageError{hinted{err, "write one with: kontrast config new METHOD > FILE"}}
	}
	return usageError{err}
}
