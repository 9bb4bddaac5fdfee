package sweep

import (
	"context"
	"time"
)

// A worker says every aliveRenewal that it is alive, and counts as such for aliveTime.
const (
	aliveRenewal = 10 * time.Second
	aliveTime    = 3 * aliveRenewal
	forgotten    = time.Hour // since when what it has said is removed
)

// live notes that a worker of these of River's queues is alive.
func (q *Queue) live(ctx context.Context, name string, queues []string) error {
	for _, queue := range queues {
		_, err := q.db.ExecContext(ctx, "INSERT INTO kontrast_workers (name, queue, seen) VALUES ($1, $2, "+q.ago(0)+
			") ON CONFLICT (name, queue) DO UPDATE SET seen = "+q.ago(0), name, queue)
		if err != nil {
			return err
		}
	}
	return nil
}

// gone notes that a worker has ended, and forgets those that have ended without saying so.
func (q *Queue) gone(ctx context.Context, name string) error {
	_, err := q.db.ExecContext(ctx, "DELETE FROM kontrast_workers WHERE name = $1 OR seen < "+q.ago(forgotten), name)
	return err
}

// alive are the workers of one of River's queues.
func (q *Queue) alive(ctx context.Context, queue string) ([]string, error) {
	return q.texts(ctx, "SELECT name FROM kontrast_workers WHERE queue = $1 AND seen > "+q.ago(aliveTime), queue)
}
