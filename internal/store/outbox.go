package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// outbox is a file of what the database could not take of a run, because
// another process had it locked for too long or its disk was full. It lies in
// the run's folder. The process that fills it holds a lock on it (flock) for as
// long as it lives; the next one that opens the database for writing takes it
// in (delivery.go), in one transaction, and removes it.
//
// The file is lines of text, each a checksum (CRC-32C in hexadecimal), a space
// and JSON: first the origin, then the entries in their order.
type outbox struct {
	path   string
	lock   *flock.Flock
	file   *os.File
	origin origin
}

// origin says whose an outbox is.
type origin struct {
	Format   int    `json:"kontrast_outbox"` // 1
	UUID     string `json:"uuid"`            // of the file
	Database string `json:"database"`        // UUID of the database
	Run      string `json:"run"`             // UUID of the run
	Name     string `json:"name"`            // of the run
	Claim    string `json:"claim"`           // that the run had, or empty to add to one that has ended
}

const (
	outboxFormat = 1
	outboxPrefix = "results-"
	outboxSuffix = ".jsonl"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// newOutbox makes an outbox for a run, in its folder.
func newOutbox(folder string, of origin) (*outbox, error) {
	if !filepath.IsLocal(of.Name) || of.Name != filepath.Base(of.Name) {
		return nil, fmt.Errorf("the name of run %q is that of no folder", of.Name)
	}
	folder = filepath.Join(folder, of.Name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, outboxPrefix+of.UUID+outboxSuffix)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	box := &outbox{path: path, file: file, lock: flock.New(path, flock.SetFlag(os.O_RDONLY)), origin: of}
	if _, err = box.lock.TryLock(); err == nil {
		err = box.line(of)
	}
	if err != nil {
		return nil, errors.Join(err, box.close(), os.Remove(path))
	}
	return box, nil
}

// add appends an entry, which is safe on the disk when it returns.
func (b *outbox) add(e *entry) error { return b.line(e) }

// line appends a line, or nothing.
func (b *outbox) line(content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
	size, err := b.file.Seek(0, 2)
	if err != nil {
		return err
	}
	if _, err := b.file.Write(line); err != nil {
		return errors.Join(err, b.file.Truncate(size))
	}
	return b.file.Sync()
}

// close gives the file to whoever takes it in.
func (b *outbox) close() error { return errors.Join(b.file.Close(), b.lock.Close()) }

// remove removes what has been taken in.
func (b *outbox) remove() error { return errors.Join(os.Remove(b.path), b.close()) }

// readOutbox reads an outbox. What a process that was killed had not written
// whole, at the end, had not been promised to anybody and is left out.
func readOutbox(path string) (of origin, entries []*entry, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return of, nil, err
	}
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines[:len(lines)-1] {
		sum, content, _ := strings.Cut(string(line), " ")
		var into any = &of
		if i > 0 {
			entries = append(entries, &entry{})
			into = entries[i-1]
		}
		if sum != fmt.Sprintf("%08x", crc32.Checksum([]byte(content), castagnoli)) {
			return of, nil, fmt.Errorf("line %d is damaged: its checksum is another", i+1)
		}
		if err := json.Unmarshal([]byte(content), into); err != nil {
			return of, nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if of.Format != outboxFormat {
		return of, nil, fmt.Errorf("its format is %d, this program knows %d", of.Format, outboxFormat)
	}
	return of, entries, nil
}
