package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// answerCommand makes the program answer one query of another process of its own.
const answerCommand = "__answer"

func answer() int {
	if err := store.Answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitOK
}

// thisProgram is the running one, nil if it does not know where it lies.
func thisProgram() *store.Program {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return &store.Program{Path: path, Args: []string{os.Args[0], answerCommand}}
}

// query runs a query of the user's on the results, in a process that can be
// killed and whose memory is bounded.
func (c *command) query(ctx context.Context, query string, limits store.Limits) (*store.Rows, error) {
	c.takeIn(ctx)
	if c.program == nil {
		return store.Query(ctx, c.options.Database, query, limits)
	}
	return c.program.Query(ctx, c.options.Database, query, limits)
}
