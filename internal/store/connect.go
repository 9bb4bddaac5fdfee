package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

// access is what a connection is for.
type access int

const (
	reading  access = iota
	glancing        // reading at once and leaving no trace
	writing
)

// settings returns the parameters of a connection's address, and those to try
// after it if the file can't be opened that way.
func (a access) settings(path string) []url.Values {
	readOnly := url.Values{"mode": {"ro"}, "_query_only": {"1"}}
	atRest := url.Values{"mode": {"ro"}, "_query_only": {"1"}, "immutable": {"1"}}
	switch {
	case a == writing:
		return []url.Values{{
			"_journal_mode":    {"WAL"},
			"_synchronous":     {"NORMAL"},
			"_foreign_keys":    {"1"},
			"_txlock":          {"immediate"},
			"_stmt_cache_size": {"16"},
		}}
	case hasLog(path):
		return []url.Values{readOnly}
	case a == glancing:
		return []url.Values{atRest}
	}
	// Reading makes a log beside the file, too. Where the directory can't be
	// written nobody else can make one, and the file stands still.
	return []url.Values{readOnly, atRest}
}

// hasLog says whether the write-ahead log is there, as it is while any process
// has the database open.
func hasLog(path string) bool {
	_, err := os.Stat(path + "-wal")
	return err == nil
}

// tidyAfter returns a function to be called after reading a database, which
// removes the log that reading made. Only a connection that may write can do
// that, and SQLite does it if no process has the database open. Where it fails
// the empty log stays, and does no harm.
func tidyAfter(path string) func() {
	if hasLog(path) {
		return func() {}
	}
	return func() {
		address, err := dsn(path, url.Values{"mode": {"rw"}})
		if err != nil || !hasLog(path) {
			return
		}
		db := sql.OpenDB(connector{address, nil})
		defer db.Close()
		_, _ = db.Exec("SELECT count(*) FROM sqlite_schema")
	}
}

// readers is how many connections a process reads by at once.
const readers = 4

// connect opens the file and proves that it can be used. For writing there is
// one connection: SQLite has one writer at a time, and what a process writes it
// then reads. The hook runs on every new connection; nil for none.
func connect(ctx context.Context, mode access, busy waiting, hook func(*sqlite3.SQLiteConn) error) (*sql.DB, error) {
	var last error
	for _, values := range mode.settings(busy.path) {
		values.Set("_busy_timeout", strconv.FormatInt(min(busy.patience, tryFor).Milliseconds(), 10))
		address, err := dsn(busy.path, values)
		if err != nil {
			return nil, err
		}
		db := sql.OpenDB(connector{address, hook})
		db.SetMaxOpenConns(1)
		if mode == reading {
			db.SetMaxOpenConns(readers)
			db.SetMaxIdleConns(readers)
		}
		// This opens a connection and reads the header. SQLite does not wait when
		// two processes switch a new file to the write-ahead log at once.
		last = busy.wait(ctx, func() error {
			var version int
			return db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
		})
		if last == nil {
			return db, nil
		}
		db.Close()
		if !isCode(last, sqlite3.ErrCantOpen, sqlite3.ErrReadonly) {
			break
		}
	}
	return nil, last
}

// dsn writes the path as a URI, in which every character stands for itself.
func dsn(path string, values url.Values) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(absolute)
	if slashed[0] != '/' {
		slashed = "/" + slashed
	}
	uri := url.URL{Scheme: "file", Path: slashed, RawQuery: values.Encode()}
	return uri.String(), nil
}

// connector opens connections to one address.
type connector struct {
	address string
	hook    func(*sqlite3.SQLiteConn) error
}

func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		if err := registerMathematics(conn); err != nil || c.hook == nil {
			return err
		}
		return c.hook(conn)
	}}
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.address)
}
