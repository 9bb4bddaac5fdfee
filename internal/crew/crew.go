// Package crew makes runs in processes of their own, several at once. A
// process that crashes or runs out of memory takes no other run with it, and
// the threads of the machine are divided by what each process is told it has.
//
// The process is this program again. It reads one [experiment.Task] as JSON
// from its standard input, works until it is done or that ends, and writes how
// far it is and at last an answer to its standard output, each as JSON.
package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Crew makes runs in processes. It implements [experiment.Crew].
type Crew struct {
	// Path and Args are the program and its whole command line, which calls [Answer], with the name that it goes by first.
	Path string
	Args []string
	// Runs is how many are made at once, at least 1; Threads how many threads each has, 0 for those of this process.
	Runs, Threads int
	// Messages is where the processes' messages go.
	Messages io.Writer
	// Places are further arguments, such as the device to compute on, of which each process
	// has one for itself; nil for none.
	Places Places
	// Progress shows how far the runs are, and Data how far downloads and indices of files are, as in [data.Env]; nil for
	// silence.
	Progress experiment.Progress
	Data     func(what string, done, total int64)
}

// Places are taken by processes that run at the same time, and given back.
type Places chan string

// NewPlaces are so many of the arguments, in turn.
func NewPlaces(n int, arguments ...string) Places {
	places := make(Places, n)
	for i := range n {
		places <- arguments[i%len(arguments)]
	}
	return places
}

var _ experiment.Crew = (*Crew)(nil)

// Size implements [experiment.Crew].
func (c *Crew) Size() int { return c.Runs }

// Make implements [experiment.Crew]. If ctx ends the process is asked to write
// a checkpoint and to end, and waited for.
func (c *Crew) Make(ctx context.Context, task experiment.Task) error {
	request, err := json.Marshal(task)
	if err != nil {
		return err
	}
	command := exec.Command(c.Path)
	command.Args = c.Args
	if c.Places != nil {
		select {
		case place := <-c.Places:
			defer func() { c.Places <- place }()
			command.Args = append(slices.Clone(c.Args), place)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	apart(command)
	command.Stderr = c.Messages
	if c.Threads > 0 {
		command.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(c.Threads))
	}
	asks, err := command.StdinPipe()
	if err != nil {
		return err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("the process of a run can't be started: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { asks.Close() })
	defer stop()
	_, asked := asks.Write(append(request, '\n'))
	got, read := c.follow(json.NewDecoder(answers))
	asks.Close()
	ended := command.Wait()
	if read != nil {
		return fmt.Errorf("its process ended before it was done: %w", errors.Join(ended, asked))
	}
	return got.err()
}

// Answer is the other side of [Crew.Make]: work makes the one run that is asked
// for, under a context that ends when in does.
func Answer(ctx context.Context, in io.Reader, to *Reporter, work func(context.Context, experiment.Task) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var task experiment.Task
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&task); err != nil {
		return fmt.Errorf("no task: %w", err)
	}
	go func() { // who asked is gone, or wants no more
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	a := answerOf(work(ctx, task))
	to.tell(message{Answer: &a})
	return nil
}

// answer is an error as it is told to the other process.
type answer struct {
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
	Kind  string `json:"kind,omitempty"` // key of kinds
}

// kinds are the errors that are told apart over there.
var kinds = map[string]error{
	"running": store.ErrRunning, "ended": store.ErrEnded, "data": experiment.ErrDataChanged,
	"full": store.ErrFull, "no space": syscall.ENOSPC, "quota": syscall.EDQUOT, "interrupted": train.ErrInterrupted,
	"not finite": train.ErrNotFinite, "version": experiment.ErrOtherVersion,
}

func answerOf(err error) answer {
	if err == nil {
		return answer{Done: true}
	}
	a := answer{Error: err.Error()}
	for kind, is := range kinds {
		if errors.Is(err, is) {
			a.Kind = kind
		}
	}
	var advised interface{ Hint() string }
	if errors.As(err, &advised) {
		a.Hint = advised.Hint()
	}
	return a
}

func (a answer) err() error {
	switch {
	case a.Done:
		return nil
	case a.Hint != "":
		return hinted{told{a}}
	}
	return told{a}
}

// told is an error that another process had.
type told struct{ answer }

func (t told) Error() string { return t.answer.Error }
func (t told) Unwrap() error { return kinds[t.Kind] }

// hinted is one with advice.
type hinted struct{ told }

// Hint says what to do.
func (h hinted) Hint() string { return h.told.answer.Hint }
