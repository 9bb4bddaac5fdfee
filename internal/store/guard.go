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
	sqlite3.SQLITE_DROP_TABLE: "DROP TABLE", sqlite3.SQLITE_DROP_VIEW: "DROP VIEW",
	sqlite3.SQLITE_DROP_INDEX:  "DROP INDEX",
	sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
}

// oneStatement returns the one statement of a query, and refuses a query that
// has more: the driver would return the last result only.
func oneStatement(query string) (string, error) {
	statement, rest := cutStatement(query)
	for rest != "" {
		var following string
		if following, rest = cutStatement(rest); strings.TrimSpace(following) != "" {
			return "", errors.New("query: there is more than one statement; run them one at a time")
		}
	}
	if strings.TrimSpace(statement) == "" {
		return "", errors.New("query: it is empty; write a SELECT")
	}
	return statement, nil
}

// cutStatement splits SQL at the first semicolon that is in no literal, quoted
// name or comment. In the statement it puts a space for every comment.
func cutStatement(query string) (statement, rest string) {
	var kept strings.Builder
	for query != "" {
		length, comment := token(query)
		switch {
		case query[0] == ';':
			return kept.String(), query[1:]
		case comment:
			kept.WriteByte(' ')
		default:
			kept.WriteString(query[:length])
		}
		query = query[length:]
	}
	return kept.String(), ""
}

// token returns the length of the first piece of SQL, and whether it is a
// comment. Only the pieces that can hide a semicolon are longer than a byte.
func token(query string) (length int, comment bool) {
	until := func(from int, end string) int {
		if at := strings.Index(query[from:], end); at >= 0 {
			return from + at + len(end)
		}
		return len(query)
	}
	switch {
	case strings.HasPrefix(query, "--"):
		return until(2, "\n"), true
	case strings.HasPrefix(query, "/*"):
		return until(2, "*/"), true
	case query[0] == '\'' || query[0] == '"' || query[0] == '`':
		return until(1, query[:1]), false
	case query[0] == '[':
		return until(1, "]"), false
	}
	return 1, false
}
