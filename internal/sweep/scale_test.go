package sweep

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/pgtest"
)

var (
	benchJobs    = flag.Int("jobs", 1000, "jobs that BenchmarkQueue enqueues and claims")
	benchCollect = flag.Int("collect", 100, "runs that BenchmarkQueue collects, each of one row")
	benchSlots   = flag.Int("slots", 50, "jobs that its worker has at once")
	benchQueue   = flag.String("queue", "", "address of an empty queue for BenchmarkQueue instead of a private PostgreSQL and a file")
)

// BenchmarkQueue measures what the queue itself takes, with jobs that have
// nothing to do: enqueueing, claiming with completing, counting, and collecting.
func BenchmarkQueue(b *testing.B) {
	if *benchQueue != "" {
		b.Run("given", func(b *testing.B) { measureQueue(b, *benchQueue, "") })
		return
	}
	path := filepath.Join(b.TempDir(), "queue.db")
	b.Run("SQLite", func(b *testing.B) { measureQueue(b, path, path) })
	b.Run("PostgreSQL", func(b *testing.B) { measureQueue(b, pgtest.Start(b).URL(), "") })
}

func measureQueue(b *testing.B, address, file string) {
	ctx := b.Context()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	q, err := Open(ctx, address)
	must(err)
	defer q.Close()
	s, owner := results(b)
	rate := func(what string, n int, work func()) {
		began := time.Now()
		work()
		b.ReportMetric(float64(n)/time.Since(began).Seconds(), what+"/s")
	}
	for b.Loop() {
		sweep := Sweep{Study: "s", Owner: owner, Priority: 2, Retries: 3, Tasks: benchTasks(*benchJobs)}
		rate("enqueued", *benchJobs, func() { _, err := q.Start(ctx, sweep); must(err) })
		b.ReportMetric(float64(q.bytes(b, file))/float64(*benchJobs), "bytes/job")
		rate("delivered", *benchCollect, func() { deliverSome(b, q, *benchCollect) })
		_, err = q.db.ExecContext(ctx, "INSERT INTO kontrast_results (uuid, study, worker) SELECT "+q.uuidOf()+
			", 's', 'w' FROM river_job WHERE kind = $1 ON CONFLICT (uuid) DO NOTHING", kind)
		must(err)
		w := &Worker{Queue: q, Name: "w", Slots: *benchSlots, Local: b.TempDir(), Shared: b.TempDir(), UntilDone: true}
		rate("claimed", *benchJobs, func() { must(w.Run(ctx)) })
		rate("counted", *benchJobs, func() { _, err := q.Progress(ctx, "s", 200); must(err) })
		rate("collected", *benchCollect, func() {
			done, err := q.Collect(ctx, "s", owner, s)
			must(err)
			if len(done.Runs) != *benchCollect || done.Left != 0 {
				b.Fatalf("%d runs collected, %d left; want %d, 0", len(done.Runs), done.Left, *benchCollect)
			}
		})
	}
}

// benchTasks have a configuration of the size of a real one.
func benchTasks(n int) []experiment.Task {
	config, _ := json.Marshal(map[string]string{"of": fmt.Sprintf("%01500d", 1)})
	all := make([]experiment.Task, n)
	for i := range all {
		all[i] = experiment.Task{Study: "s", Method: "simclr", Backbone: "b", Dataset: "d", Seed: uint64(i), ConfigHash: "h",
			Config: config}
	}
	return all
}

// deliverSome delivers runs of the first jobs, as workers do.
func deliverSome(b *testing.B, q *Queue, n int) {
	jobs, err := q.jobs(b.Context(), "s", "", fmt.Sprintf("ORDER BY id LIMIT %d", n))
	if err != nil {
		b.Fatal(err)
	}
	w := &Worker{Queue: q, Name: "w"}
	for _, job := range jobs {
		database := filepath.Join(b.TempDir(), "run.db")
		task := job.Args.Task
		if err := record(b.Context(), task, database, ""); err != nil {
			b.Fatal(err)
		}
		if err := w.deliver(b.Context(), task, database); err != nil {
			b.Fatal(err)
		}
		if err := removeDatabase(database); err != nil {
			b.Fatal(err)
		}
	}
}

func (q *Queue) uuidOf() string {
	if q.postgres {
		return "args -> 'task' ->> 'uuid'"
	}
	return "json_extract(args, '$.task.uuid')"
}

// bytes is the size of the queue's database.
func (q *Queue) bytes(b *testing.B, file string) (size int64) {
	if q.postgres {
		err := q.db.QueryRowContext(context.Background(), "SELECT pg_database_size(current_database())").Scan(&size)
		if err != nil {
			b.Fatal(err)
		}
		return size
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(file + suffix); err == nil {
			size += info.Size()
		}
	}
	return size
}
