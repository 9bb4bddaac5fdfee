package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Program is a command that calls [Answer], such as this program with a hidden
// argument. SQLite notices that it is to stop between its operations only, and
// one operation can take minutes and gigabytes; a process can be killed, and
// its memory is bounded by the operating system.
type Program struct {
	Path string   // of the executable
	Args []string // the whole command line, with the name that the program goes by first
}

// grace is how long a query that should have ended by itself is waited for.
const grace = 500 * time.Millisecond

// Query is [Query] in a process of its own: it ends in time whatever the query
// does, or when ctx does, and keeps to Limits.Memory.
func (p Program) Query(ctx context.Context, path, query string, limits Limits) (*Rows, error) {
	statement, err := checkQuery(ctx, path, query, limits)
	if err != nil {
		return nil, err
	}
	limits = limits.withDefaults()
	defer tidyAfter(path)()
	request, err := json.Marshal(question{path, statement, limits})
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, limits.Time+grace)
	defer cancel()
	command := exec.CommandContext(bounded, p.Path)
	command.Args = p.Args
	command.Env = append(os.Environ(), "GOTRACEBACK=none")
	detach(command)
	var messages bytes.Buffer
	command.Stderr = &messages
	questions, err := command.StdinPipe() // stays open: it ends with this process, and the other then ends too
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("query: its process can't be started: %w", err)
	}
	_, problem := questions.Write(append(request, '\n'))
	rows, end, err := receive(bufio.NewReaderSize(answers, 1<<16))
	if err != nil {
		cancel()
	}
	ended := command.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && end.Deadline:
		return nil, limits.outOfTime()
	case err == nil && end.Failure != "":
		return nil, errors.New(end.Failure)
	case err == nil:
		return rows, nil
	case errors.Is(bounded.Err(), context.DeadlineExceeded):
		return nil, limits.outOfTime()
	case strings.Contains(messages.String(), "memory"):
		return nil, limits.outOfMemory()
	}
	return nil, fmt.Errorf("query: its process ended early: %w: %.200s",
		errors.Join(ended, problem, err), messages.String())
}

// question is what the process is asked, as JSON on a line of its standard input.
type question struct {
	Path, Statement string
	Limits          Limits
}

// Answer is the other side of [Program.Query]: it answers the one question that
// comes in, and returns. The process must do nothing else, and ends when in does.
func Answer(in io.Reader, out io.Writer) error {
	var asked question
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("query: no question: %w", err)
	}
	go func() { // who asked is gone
		_, _ = io.Copy(io.Discard, in)
		os.Exit(1)
	}()
	boundMemory(asked.Limits)
	to := &sender{bufio.NewWriterSize(out, 1<<16), end{}}
	if err := stream(context.Background(), asked.Path, asked.Statement, asked.Limits, true, to); err != nil {
		to.end.Failure, to.end.Deadline = err.Error(), errors.Is(err, context.DeadlineExceeded)
	}
	return to.finish()
}
