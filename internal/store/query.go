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
	Bytes int           // how large the result may be, the rest being cut off; 0 means a quarter of Memory

	// Memory is how many bytes SQLite may use to find the result, sorting and
	// grouping included; 0 means 256 MiB. Only a process of its own can be bounded
	// so: [Query] ignores it, [Program.Query] does not.
	Memory int
}

// Validate reports a negative limit.
func (l Limits) Validate() error {
	if l.Time < 0 || l.Rows < 0 || l.Bytes < 0 || l.Memory < 0 {
		return fmt.Errorf("query: limits of %v, %d rows, %d bytes and %d bytes of memory: none may be negative; 0 means "+
			"the default",
			l.Time, l.Rows, l.Bytes, l.Memory)
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
	if l.Memory == 0 {
		l.Memory = 256 << 20
	}
	if l.Bytes == 0 {
		l.Bytes = l.Memory / 4
	}
	return l
}

// Rows is the result of a query.
type Rows struct {
	Columns []string
	Values  [][]any // by row and column: nil, int64, float64, string or []byte
	Cut     bool    // whether there were more rows than a limit allows
	Large   bool    // whether that was the limit of bytes
}

// Query runs one SELECT of a user's on the database at path and returns what
// it gives. It can't change the database or any other file: the file is opened
// read-only, and everything but reading and computing is refused. An error
// says what was refused, which limit was met, or which names there are.
func Query(ctx context.Context, path, query string, limits Limits) (*Rows, error) {
	statement, err := checkQuery(ctx, path, query, limits)
	if err != nil {
		return nil, err
	}
	defer tidyAfter(path)()
	result := &Rows{}
	err = stream(ctx, path, statement, limits.withDefaults(), false, result)
	if err != nil {
		return nil, err
	}
	return result, nil
}

// Select runs one SELECT of the program's own on the open database, which saves
// opening it as [Query] does. What a user wrote goes through Query, which has a
// guard.
func (s *Store) Select(ctx context.Context, statement string, limits Limits) (*Rows, error) {
	if err := limits.Validate(); err != nil {
		return nil, err
	}
	result := &Rows{}
	err := s.patiently(ctx, s.options.BusyTimeout, func() error {
		*result = Rows{}
		return read(ctx, s.db, statement, limits.withDefaults(), result)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// checkQuery returns the one statement of a query, if it, its limits and the
// database are such that it can be tried.
func checkQuery(ctx context.Context, path, query string, limits Limits) (statement string, err error) {
	if err := limits.Validate(); err != nil {
		return "", err
	}
	if statement, err = oneStatement(query); err != nil {
		return "", err
	}
	if _, err := checkPath(path, true); err != nil {
		return "", err
	}
	_, err = checkOwner(ctx, path, Options{ReadOnly: true}.withDefaults())
	if err != nil && !errors.Is(err, ErrOlder) { // an older one can be read as it is
		return "", err
	}
	return statement, nil
}

// sink takes the rows of a result, one by one.
type sink interface {
	begin(columns []string) error
	row(values []any) error
	cut(large bool) error // there is more, or more than bytes allow
}

func (r *Rows) begin(columns []string) error { r.Columns = columns; return nil }
func (r *Rows) row(values []any) error       { r.Values = append(r.Values, values); return nil }
func (r *Rows) cut(large bool) error         { r.Cut, r.Large = true, large; return nil }

// stream runs a statement. With alone it is the only thing that this process
// does, which then has no more memory than the limit.
func stream(ctx context.Context, path, statement string, limits Limits, alone bool, to sink) error {
	guard := &guard{}
	db, err := connect(ctx, reading, Options{}.withDefaults().waiting(path), func(conn *sqlite3.SQLiteConn) error {
		conn.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.Bytes)
		if !alone {
			return nil
		}
		// Sorting in memory, too, makes no temporary files: https://sqlite.org/pragma.html#pragma_hard_heap_limit
		_, err := conn.Exec(fmt.Sprintf("PRAGMA temp_store = MEMORY; PRAGMA hard_heap_limit = %d", limits.Memory), nil)
		return err
	})
	if err != nil {
		return explain(path, err)
	}
	defer db.Close()
	bounded, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	conn, err := db.Conn(bounded)
	if err != nil {
		return explain(path, err)
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		driver.(*sqlite3.SQLiteConn).RegisterAuthorizer(guard.authorize)
		return nil
	})
	if err != nil {
		return err
	}
	err = read(bounded, conn, statement, limits, to)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return limits.outOfTime()
	case guard.refused != "":
		return fmt.Errorf("query refused: %s; only SELECT on this database's views and tables is allowed%s",
			guard.refused, refusalHint(statement))
	case isCode(err, sqlite3.ErrTooBig):
		return fmt.Errorf("query: a value is longer than %d bytes; shorten it, as with substr", limits.Bytes)
	case isCode(err, sqlite3.ErrNomem):
		return limits.outOfMemory()
	case isCode(err, sqlite3.ErrError):
		return fmt.Errorf("query: %w%s", err, hint(err.Error(), statement))
	}
	return explain(path, err)
}

func (l Limits) outOfTime() error {
	return fmt.Errorf("query stopped after %v: %w; narrow it with WHERE, or raise the time limit",
		l.Time, context.DeadlineExceeded)
}

func (l Limits) outOfMemory() error {
	return fmt.Errorf("query: it needs more than %d MiB of memory; sort, group or select less at once, or raise the "+
		"memory limit", l.Memory>>20)
}

// asked is a connection, or several.
type asked interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func read(ctx context.Context, conn asked, query string, limits Limits, to sink) error {
	found, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return err
	}
	if err := to.begin(columns); err != nil {
		return err
	}
	bytes := 0
	for rows := 0; found.Next(); rows++ {
		if rows == limits.Rows {
			return to.cut(false)
		}
		values := make([]any, len(columns))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			return err
		}
		if bytes += size(values); bytes > limits.Bytes {
			return to.cut(true)
		}
		if err := to.row(values); err != nil {
			return err
		}
	}
	return found.Err()
}

// size returns how many bytes a row has, about.
func size(values []any) (bytes int) {
	for _, value := range values {
		bytes += 16
		switch value := value.(type) {
		case string:
			bytes += len(value)
		case []byte:
			bytes += len(value)
		}
	}
	return bytes
}
