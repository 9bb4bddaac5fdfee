package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// recursive is SQLITE_RECURSIVE, which the driver has no name for.
const recursive = 33

// guard lets SQLite do nothing for a user's query but read and compute.
type guard struct {
	refused string // what was refused first
}

// authorize is SQLite's authorizer callback: https://sqlite.org/c3ref/set_authorizer.html
func (g *guard) authorize(action int, first, second, database string) int {
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, recursive:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FUNCTION:
		if !slices.Contains(deniedFunctions, strings.ToLower(second)) {
			return sqlite3.SQLITE_OK
		}
		return g.refuse("the function " + second)
	case sqlite3.SQLITE_PRAGMA:
		return g.refuse("PRAGMA " + first)
	}
	if name, known := actionNames[action]; known {
		return g.refuse(strings.TrimSpace(name + " " + first))
	}
	return g.refuse(fmt.Sprintf("action %d", action))
}

func (g *guard) refuse(what string) int {
	if g.refused == "" {
		g.refused = what
	}
	return sqlite3.SQLITE_DENY
}

// deniedFunctions reach out of the database, if the library has them at all.
var deniedFunctions = []string{"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"}

var actionNames = map[int]string{
	sqlite3.SQLITE_ATTACH: "ATTACH", sqlite3.SQLITE_DETACH: "DETACH", sqlite3.SQLITE_TRANSACTION: "",
	sqlite3.SQLITE_SAVEPOINT: "SAVEPOINT", sqlite3.SQLITE_REINDEX: "REINDEX", sqlite3.SQLITE_ANALYZE: "ANALYZE",
	sqlite3.SQLITE_INSERT: "INSERT INTO", sqlite3.SQLITE_UPDATE: "UPDATE", sqlite3.SQLITE_DELETE: "DELETE FROM",
	sqlite3.SQLITE_CREATE_TABLE: "CREATE TABLE", sqlite3.SQLITE_CREATE_TEMP_TABLE: "CREATE TEMP TABLE",
	sqlite3.SQLITE_CREATE_VIEW: "CREATE VIEW", sqlite3.SQLITE_CREATE_TEMP_VIEW: "CREATE TEMP VIEW",
	sqlite3.SQLITE_CREATE_INDEX: "CREATE INDEX", sqlite3.SQLITE_CREATE_TRIGGER: "CREATE TRIGGER",
	sqlite3.SQLITE_CREATE_TEMP_TRIGGER: "CREATE TEMP TRIGGER", sqlite3.SQLITE_CREATE_VTABLE: "CREATE VIRTUAL TABLE",
	sqlite3.SQLITE_DROP_TABLE: "DROP TABLE", sqlite3.SQLITE_DROP_VIEW: "DROP VIEW", sqlite3.SQLITE_DROP_INDEX: "DROP INDEX",
	sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
}

// oneStatement refuses a query that goes on after its first semicolon: the
// driver would return the last result only.
func oneStatement(query string) error {
	_, rest, more := cutStatement(query)
	if more && strings.TrimSpace(rest) != "" {
		if following, _, _ := cutStatement(rest); strings.TrimSpace(following) != "" {
			return errors.New("query: there is more than one statement; run them one at a time")
		}
	}
	return nil
}

// cutStatement splits SQL at the first semicolon that is in no literal, quoted
// name or comment. It leaves comments out of the statement it returns.
func cutStatement(query string) (statement, rest string, found bool) {
	var kept strings.Builder
	for query != "" {
		length, keep := token(query)
		if query[0] == ';' {
			return kept.String(), query[1:], true
		}
		if keep {
			kept.WriteString(query[:length])
		}
		query = query[length:]
	}
	return kept.String(), "", false
}

// token returns the length of the first piece of SQL, and whether it is more
// than a comment. Only the pieces that can hide a semicolon are longer than a
// byte.
func token(query string) (length int, keep bool) {
	until := func(from int, end string) int {
		if at := strings.Index(query[from:], end); at >= 0 {
			return from + at + len(end)
		}
		return len(query)
	}
	switch {
	case strings.HasPrefix(query, "--"):
		return until(2, "\n"), false
	case strings.HasPrefix(query, "/*"):
		return until(2, "*/"), false
	case query[0] == '\'' || query[0] == '"' || query[0] == '`':
		return until(1, query[:1]), true
	case query[0] == '[':
		return until(1, "]"), true
	}
	return 1, true
}
