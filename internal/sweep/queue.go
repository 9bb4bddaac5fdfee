package sweep

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// client is a River client, whatever its database.
type client interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	InsertMany(ctx context.Context, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	JobCancel(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
}

// Queue is the database of a queue.
type Queue struct {
	url       string // as the user gave it, without its password
	db        *sql.DB
	postgres  bool
	newClient func(*river.Config) (client, error)
	newUI     func(ctx context.Context, path string) (http.Handler, error)
	migrate   func(context.Context) error
	close     func()
}

// Address says in words what an address of a queue is.
const Address = "postgres://USER@HOST/DATABASE for many hosts, or a file of its own for the processes of one host"

// Open opens the queue at an address (see [Address]), and makes what it needs
// in the database if it is not there.
func Open(ctx context.Context, address string) (*Queue, error) {
	q, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := q.prepare(ctx); err != nil {
		q.Close()
		return nil, fmt.Errorf("queue %s: %w", q.url, err)
	}
	return q, nil
}

// Close closes the queue.
func (q *Queue) Close() { q.close() }

func connect(ctx context.Context, address string) (*Queue, error) {
	switch {
	case address == "":
		return nil, errors.New("the queue is missing: give " + Address)
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return connectPostgres(ctx, address)
	case strings.Contains(address, "://"):
		scheme, _, _ := strings.Cut(address, "://")
		return nil, fmt.Errorf("queue: unknown kind %q; give %s", scheme, Address)
	}
	return connectFile(address)
}

// A process has one connection to PostgreSQL that waits for notifications, beside
// up to so many for statements. All of these are short: while one delivers a
// run, another renews leases. Preparing the queue takes two at once.
const (
	connections      = 4
	leastConnections = 2
	idleConnection   = 20 * time.Second // what is idle for longer is closed
)

func connectPostgres(ctx context.Context, address string) (*Queue, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = connections
	}
	config.MaxConns = max(config.MaxConns, leastConnections)
	if !strings.Contains(address, "pool_max_conn_idle_time") {
		config.MaxConnIdleTime = idleConnection
	}
	if !strings.Contains(address, "pool_health_check_period") {
		config.HealthCheckPeriod = idleConnection / 2
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("queue: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	driver := riverpgxv5.New(pool)
	shown := address
	if parsed, err := url.Parse(address); err == nil {
		shown = parsed.Redacted()
	}
	return &Queue{
		url: shown, db: db, postgres: true, newClient: clientOf(driver), newUI: uiOf(driver),
		migrate: migrationOf(driver), close: func() { db.Close(); pool.Close() },
	}, nil
}

// connectFile opens a queue in an SQLite file.
func connectFile(path string) (*Queue, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", path, err)
	}
	if err := CheckLocal(filepath.Dir(absolute)); err != nil {
		return nil, fmt.Errorf("queue %s: %w; use PostgreSQL for several hosts", path, err)
	}
	if info, err := os.Stat(absolute); err == nil && info.IsDir() {
		return nil, fmt.Errorf("queue %s: is a directory; name a file in it, such as %s",
			path, filepath.Join(path, "queue.db"))
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"NORMAL"}, "_busy_timeout": {"30000"}, "_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite3", address.String())
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // as River's driver asks
	driver := riversqlite.New(db)
	return &Queue{
		url: path, db: db, newClient: clientOf(driver), newUI: uiOf(driver),
		migrate: migrationOf(driver), close: func() { db.Close() },
	}, nil
}

func clientOf[T any](driver riverdriver.Driver[T]) func(*river.Config) (client, error) {
	return func(config *river.Config) (client, error) { return river.NewClient(driver, config) }
}

func migrationOf[T any](driver riverdriver.Driver[T]) func(context.Context) error {
	return func(ctx context.Context) error {
		migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
}

// schema are our own tables beside River's.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS kontrast_sweeps (
		study TEXT PRIMARY KEY,
		owner TEXT NOT NULL,
		created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
	)`,
	`CREATE TABLE IF NOT EXISTS kontrast_results (
		uuid TEXT PRIMARY KEY,
		study TEXT NOT NULL,
		bundle BLOB,
		worker TEXT NOT NULL,
		delivered TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
		collected TIMESTAMP
	)`,
	`CREATE INDEX IF NOT EXISTS kontrast_results_by_study ON kontrast_results (study)`,
	`CREATE INDEX IF NOT EXISTS kontrast_results_waiting ON kontrast_results (study, uuid) WHERE collected IS NULL`,
	`CREATE TABLE IF NOT EXISTS kontrast_marking (
		one INTEGER PRIMARY KEY CHECK (one = 1),
		at TIMESTAMP NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS kontrast_workers (
		name TEXT NOT NULL,
		queue TEXT NOT NULL,
		seen TIMESTAMP NOT NULL,
		PRIMARY KEY (name, queue)
	)`,
	`INSERT INTO kontrast_marking (one, at) VALUES (1, '1970-01-01 00:00:00.000') ON CONFLICT (one) DO NOTHING`,
}

// prepare brings River's tables and ours up to date. Processes that come at the
// same time wait for each other.
func (q *Queue) prepare(ctx context.Context) error {
	unlock, err := q.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := q.checkOwn(ctx); err != nil {
		return err
	}
	if err := q.migrate(ctx); err != nil {
		return err
	}
	for _, statement := range schema {
		if q.postgres {
			statement = strings.ReplaceAll(strings.ReplaceAll(statement, "BLOB", "BYTEA"), "TIMESTAMP ", "TIMESTAMPTZ ")
		}
		if _, err := q.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// checkOwn refuses an SQLite file that holds something else.
func (q *Queue) checkOwn(ctx context.Context) error {
	if q.postgres {
		return nil
	}
	var tables, own int
	err := q.db.QueryRowContext(
		ctx, "SELECT count(*), coalesce(sum(name = 'river_migration'), 0) FROM sqlite_schema WHERE type = 'table'",
	).Scan(&tables, &own)
	if err != nil {
		return err
	}
	if tables > 0 && own == 0 {
		return errors.New("the file is a database of something else; a queue needs a file of its own, such as queue.db")
	}
	return nil
}

// lock keeps other processes from preparing the queue.
func (q *Queue) lock(ctx context.Context) (unlock func(), err error) {
	if !q.postgres {
		lock := flock.New(q.url + ".lock")
		if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
		return func() { _ = lock.Unlock() }, nil
	}
	conn, err := q.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(lockKey)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(lockKey))
		conn.Close()
	}, nil
}

// lockKey is that of our advisory lock in PostgreSQL ("kontrast" in ASCII).
const lockKey = 0x6b6f6e7472617374

// now is the time by the clock of the queue's database, which all workers share.
func (q *Queue) now(ctx context.Context) (now time.Time, err error) {
	if !q.postgres { // one host
		return time.Now(), nil
	}
	err = q.db.QueryRowContext(ctx, "SELECT now()").Scan(&now)
	return now, err
}
