package sweep

import (
	"context"
	"sync"
	"time"
)

// clock tells the time by the clock of the queue's database, which all workers
// share. River notes when a job is to be made by the clock of its worker: a
// worker whose clock is an hour fast would keep what it gives back from the
// others for an hour. It implements [rivertype.TimeGenerator].
type clock struct {
	local func() time.Time // of this machine

	mu    sync.Mutex
	ahead time.Duration // of the database's clock, before the local one
}

// Now implements [rivertype.TimeGenerator].
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local().Add(c.ahead)
}

// NowOrNil implements [rivertype.TimeGenerator]: statements take the time of the database.
func (c *clock) NowOrNil() *time.Time { return nil }

// clockTolerance is how far the two clocks may drift apart before the local one
// is set again: between that, time never goes back.
const clockTolerance = 100 * time.Millisecond

// set sets the clock to what the database's showed when the local one showed at.
func (c *clock) set(database, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead := database.Sub(at); (ahead - c.ahead).Abs() > clockTolerance {
		c.ahead = ahead
	}
}

// synchronize asks the database for its time. An answer that takes long tells too little.
func (c *clock) synchronize(ctx context.Context, q *Queue) error {
	asked := time.Now()
	before := c.local()
	now, err := q.now(ctx)
	if err == nil && time.Since(asked) < time.Second {
		c.set(now, before)
	}
	return err
}
