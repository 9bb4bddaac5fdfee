package sweep

import (
	"context"
	"time"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Collector takes finished runs into a store while a process serves it. Any
// number of them, and kontrast sweep collect, may be at it at the same time.
type Collector struct {
	Queue *Queue
	Store *store.Store
	Owner string        // the store's identity
	Every time.Duration // how often it looks; 0 for a second
	// Told is told what is taken in and what fails; nil for nobody.
	Told func(format string, args ...any)
}

// Run collects until ctx ends. What fails is tried again, and told once.
func (c *Collector) Run(ctx context.Context) {
	every := c.Every
	if every == 0 {
		every = time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	said := map[string]bool{}
	for {
		failures := map[string]bool{}
		for _, err := range c.once(ctx) {
			failures[err.Error()] = true
		}
		for problem := range failures {
			if !said[problem] && ctx.Err() == nil {
				c.tell("%s; it is tried again", problem)
			}
		}
		said = failures
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once takes in what waits.
func (c *Collector) once(ctx context.Context) (failures []error) {
	studies, err := c.Queue.texts(ctx, "SELECT DISTINCT study FROM kontrast_results WHERE collected IS NULL AND bundle IS "+
		"NOT NULL AND study IN (SELECT study FROM kontrast_sweeps WHERE owner = $1) ORDER BY study", c.Owner)
	if err != nil {
		return []error{err}
	}
	for _, study := range studies {
		done, err := c.Queue.Collect(ctx, study, c.Owner, c.Store)
		if err != nil {
			failures = append(failures, err)
		}
		for _, run := range done.Runs {
			if run.Err != nil {
				failures = append(failures, run.Err)
				continue
			}
			c.tell("%s: collected", run.Name)
		}
	}
	return failures
}

func (c *Collector) tell(format string, args ...any) {
	if c.Told != nil {
		c.Told(format, args...)
	}
}
