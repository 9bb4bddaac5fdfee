package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Identity is the UUID of the database, which no other has.
func (s *Store) Identity(ctx context.Context) (id string, err error) {
	err = s.row(ctx, "SELECT uuid FROM identity")(&id)
	return id, err
}

// NameOf is the name that the run of a UUID has in this database, or the UUID if it has no such run.
func (s *Store) NameOf(ctx context.Context, id string) (name string, err error) {
	err = s.row(ctx, "SELECT coalesce((SELECT name FROM runs WHERE uuid = ?1), ?1)", id)(&name)
	return name, err
}

// newUUID returns a UUID of version 7 (RFC 9562, §5.7).
func newUUID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// identify gives the database its identity, and the runs that have none
// theirs: of when they began and of what is known of them, so that it is the
// same in every copy of the database.
func identify(ctx context.Context, tx *sql.Tx) error {
	own, err := newUUID()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO identity (only, uuid, created) VALUES (1, ?, ?)",
		own, stamp(time.Now())); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, started, printf('%d %s %s %d %s %d', id, name, config_hash, seed, "+
		"host, pid) FROM runs WHERE uuid = ''")
	if err != nil {
		return err
	}
	defer rows.Close()
	ids := map[int64]string{}
	for rows.Next() {
		var id int64
		var started, known string
		if err := rows.Scan(&id, &started, &known); err != nil {
			return err
		}
		ids[id] = derivedUUID(started, known)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, own := range ids {
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET uuid = ? WHERE id = ?", own, id); err != nil {
			return fmt.Errorf("run %d: %w", id, err)
		}
	}
	return nil
}

// derivedUUID is a UUID of version 7 whose random bits are a hash.
func derivedUUID(started, known string) string {
	var id uuid.UUID
	sum := sha256.Sum256([]byte(started + " " + known))
	copy(id[:], sum[:])
	if at, err := time.Parse(timeLayout, started); err == nil {
		for i := range 6 {
			id[i] = byte(at.UnixMilli() >> (8 * (5 - i)))
		}
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
