package cli

import (
	"context"
	"os"
	"time"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// withStore runs work on the results, read-only, with those that waited for the database.
func (c *command) withStore(ctx context.Context, work func(*store.Store) error) error {
	c.takeIn(ctx)
	return c.readStore(ctx, work)
}

func (c *command) readStore(ctx context.Context, work func(*store.Store) error) error {
	s, err := store.Open(
		ctx, c.options.Database, store.Options{ReadOnly: true, Note: c.say, BusyTimeout: c.options.LockTimeout,
			Outbox: c.storeOptions().Outbox},
	)
	if err != nil {
		return err
	}
	defer s.Close()
	return work(s)
}

// takeInWait is how long a command that only reads waits for a lock, to take in what waits for it.
const takeInWait = time.Second

// takeIn brings results into the database that wait in files beside it. Who
// only reads goes on without them if that can't be done now.
func (c *command) takeIn(ctx context.Context) {
	options := c.storeOptions()
	if len(store.Outboxes(options.Outbox)) == 0 {
		return
	}
	if _, err := os.Stat(c.options.Database); err != nil {
		return
	}
	options.BusyTimeout = takeInWait
	s, err := store.Open(ctx, c.options.Database, options)
	if err != nil {
		c.note("results that wait in %s are not in the database yet: %v", options.Outbox, err)
		return
	}
	s.Close()
}

func (c *command) storeOptions() store.Options {
	options := c.options
	options.Console = c.stderr
	return app.StoreOptions(options, nil)
}

// say prints a message of another part of the program.
func (c *command) say(message string) { c.note("%s", message) }
