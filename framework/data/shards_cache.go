package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// storedIndex is the index of a shard as it is kept between processes, with what
// tells whether it is that of the file that lies there now.
type storedIndex struct {
	Version  int
	Path     string
	Bytes    int64
	Modified time.Time
	Index    shardIndex
}

// indexVersion changes with what indices hold.
const indexVersion = 1

// cachedIndex reads the index of a shard, from the folder of caches if it is
// there and of the file as it is now. What can't be kept is read again next time.
func cachedIndex(shard string, wanted fields, env Env) (*shardIndex, error) {
	info, err := os.Stat(shard)
	if err != nil {
		return nil, missing(shard, err)
	}
	full, err := filepath.Abs(shard)
	if err != nil || env.CacheDir == "" {
		return readShard(shard, wanted)
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q %q %q", full, wanted.label, wanted.caption)))
	at := filepath.Join(env.CacheDir, "indices", fmt.Sprintf("%x.gob", sum[:16]))
	if stored := loadIndex(at); stored != nil && stored.Version == indexVersion && stored.Path == full &&
		stored.Bytes == info.Size() && stored.Modified.Equal(info.ModTime()) {
		return &stored.Index, nil
	}
	index, err := readShard(shard, wanted)
	if err != nil {
		return nil, err
	}
	saveIndex(at, storedIndex{indexVersion, full, info.Size(), info.ModTime(), *index})
	return index, nil
}

// loadIndex is nil for a file that is missing or damaged.
func loadIndex(at string) *storedIndex {
	content, err := os.ReadFile(at)
	if err != nil {
		return nil
	}
	stored := &storedIndex{}
	if gob.NewDecoder(bytes.NewReader(content)).Decode(stored) != nil {
		return nil
	}
	n := len(stored.Index.Members)
	for _, length := range []int{len(stored.Index.Offsets), len(stored.Index.Sizes), len(stored.Index.Labels),
		len(stored.Index.Captions)} {
		if length != n {
			return nil
		}
	}
	return stored
}

// saveIndex writes a file at once, so that nobody reads half of it.
func saveIndex(at string, stored storedIndex) {
	var content bytes.Buffer
	if gob.NewEncoder(&content).Encode(stored) != nil || os.MkdirAll(filepath.Dir(at), 0o755) != nil {
		return
	}
	file, err := os.CreateTemp(filepath.Dir(at), "new-*")
	if err != nil {
		return
	}
	_, err = file.Write(content.Bytes())
	if closeErr := file.Close(); err != nil || closeErr != nil || os.Rename(file.Name(), at) != nil {
		_ = os.Remove(file.Name())
	}
}
