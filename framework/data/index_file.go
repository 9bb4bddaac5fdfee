package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// An index file keeps between processes what takes long to find out of a user's files. It lies in the folder of
// downloads, never beside the files: a checksum, and a value as gob has it.

// indexPath is where the index of something lies, by texts that tell it from all others.
func (e Env) indexPath(of ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", of))
	return filepath.Join(e.CacheDir, "indices", fmt.Sprintf("%x.gob", sum[:16]))
}

// checksumBytes is the size of the checksum that an index file begins with.
const checksumBytes = 4

// readIndex reads an index file into a pointer. It says false if there is none, or a damaged one.
func readIndex(at string, index any) bool {
	content, err := os.ReadFile(at)
	if err != nil || len(content) < checksumBytes {
		return false
	}
	sum, content := binary.LittleEndian.Uint32(content), content[checksumBytes:]
	return sum == checksumIn(content) && gob.NewDecoder(bytes.NewReader(content)).Decode(index) == nil
}

// writeIndex writes an index file at once, so that nobody reads half of it. What can't be written is found out again
// next time.
func writeIndex(at string, index any) {
	content := bytes.NewBuffer(make([]byte, checksumBytes))
	if gob.NewEncoder(content).Encode(index) != nil || os.MkdirAll(filepath.Dir(at), 0o755) != nil {
		return
	}
	all := content.Bytes()
	binary.LittleEndian.PutUint32(all, checksumIn(all[checksumBytes:]))
	file, err := os.CreateTemp(filepath.Dir(at), "new-*")
	if err != nil {
		return
	}
	_, err = file.Write(all)
	if closeErr := file.Close(); err != nil || closeErr != nil || os.Rename(file.Name(), at) != nil {
		_ = os.Remove(file.Name())
	}
}

// stamp is another when a file has other content, or a folder other files.
type stamp struct {
	Node     uint64 // number in the file system; 0 where it does not tell
	Bytes    int64
	Modified int64 // nanoseconds since 1970
	Changed  int64 // likewise, and no program can set it back; 0 where the file system does not tell
}

// stampGrain is the grain of the times of files, within which a second change leaves no trace: at most that of FAT.
func (e Env) stampGrain() time.Duration {
	if e.indexAll {
		return 0
	}
	return 2 * time.Second
}

// settled says that a change after a time would give another stamp than this one.
func (s stamp) settled(at time.Time, grain time.Duration) bool {
	return at.Sub(time.Unix(0, max(s.Modified, s.Changed))) > grain
}
