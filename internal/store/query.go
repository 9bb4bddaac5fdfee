package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Limits bound a query of a user's. A zero field means its default; a negative
// one is an error.
type Limits struct {
	Time  time.Duration // how long it may take; 0 means 30 s
	Rows  int           // how many rows it may return, the rest being cut off; 0 means 10,000
	Bytes int           // how long its texts and blobs may be together, the rest being cut off; 0 means 64 MiB
}

// Validate reports a negative limit.
func (l Limits) Validate() error {
	if l.Time < 0 || l.Rows < 0 || l.Bytes < 0 {
		return fmt.Errorf("query: limits of %v, %d rows and %d bytes: none may be negative; 0 means the default", l.Time, l.Rows, l.Bytes)
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	if l.Rows == 0 {
		l.Rows = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	return l
}

// Rows is the result of a query.
type Rows struct {
	Columns []string
	Values  [][]any // by row and column: nil, int64, float64, string or []byte
	Cut     bool    // whether there were more rows than the limit
}

// Query runs one SELECT of a user's on the database at path and returns what
// it gives. It can't change the database or any other file: the file is opened
// read-only, and everything but reading and computing is refused. An error
// says what was refused, which limit was met, or which names there are.
func Query(ctx context.Context, path, query string, limits Limits) (*Rows, error) {
	if err := limits.Validate(); err != nil {
		return nil, err
	}
	limits = limits.withDefaults()
	statement, err := oneStatement(query)
	if err != nil {
		return nil, err
	}
	options := Options{ReadOnly: true}.withDefaults()
	if _, err := checkPath(path, true); err != nil {
		return nil, err
	}
	if _, err := checkOwner(ctx, path, options); err != nil && !errors.Is(err, ErrOlder) { // an older one can be read as it is
		return nil, err
	}
	defer tidyAfter(path)()
	guard := &guard{}
	db, err := connect(ctx, path, reading, options.BusyTimeout, func(conn *sqlite3.SQLiteConn) error {
		conn.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.Bytes)
		return nil
	})
	if err != nil {
		return nil, explain(path, err)
	}
	defer db.Close()
	bounded, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	conn, err := db.Conn(bounded)
	if err != nil {
		return nil, explain(path, err)
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		driver.(*sqlite3.SQLiteConn).RegisterAuthorizer(guard.authorize)
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err := read(bounded, conn, statement, limits)
	switch {
	case err == nil:
		return rows, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bounded.Err() != nil:
		return nil, fmt.Errorf("query stopped after %v: %w; narrow it with WHERE, or raise the time limit", limits.Time, context.DeadlineExceeded)
	case guard.refused != "":
		return nil, fmt.Errorf("query refused: %s; only SELECT on this database's views and tables is allowed", guard.refused)
	case isCode(err, sqlite3.ErrTooBig):
		return nil, fmt.Errorf("query: a value is longer than %d bytes; shorten it, as with substr", limits.Bytes)
	case isCode(err, sqlite3.ErrError):
		return nil, fmt.Errorf("query: %w%s", err, hint(err.Error(), statement))
	}
	return nil, explain(path, err)
}

func read(ctx context.Context, conn *sql.Conn, query string, limits Limits) (*Rows, error) {
	found, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	result := &Rows{}
	if result.Columns, err = found.Columns(); err != nil {
		return nil, err
	}
	bytes := 0
	for found.Next() {
		if len(result.Values) == limits.Rows {
			result.Cut = true
			return result, nil
		}
		values := make([]any, len(result.Columns))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			return nil, err
		}
		if bytes += length(values); bytes > limits.Bytes {
			result.Cut = true
			return result, nil
		}
		result.Values = append(result.Values, values)
	}
	return result, found.Err()
}

// length returns how many bytes the texts and blobs of a row have.
func length(values []any) (bytes int) {
	for _, value := range values {
		switch value := value.(type) {
		case string:
			bytes += len(value)
		case []byte:
			bytes += len(value)
		}
	}
	return bytes
}
