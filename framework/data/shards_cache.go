package data

import (
	"path/filepath"
	"time"
)

// storedIndex is the index of a shard as it is kept between processes, with what
// tells whether it is that of the file that lies there now.
type storedIndex struct {
	Version int
	Path    string
	Stamp   stamp
	Index   shardIndex
}

// indexVersion changes with what indices hold.
const indexVersion = 2

// cachedIndex reads the index of a shard, from the folder of caches if it is
// there and of the file as it is now. What can't be kept is read again next time.
func cachedIndex(shard string, wanted fields, env Env) (*shardIndex, error) {
	begun := time.Now()
	now, err := stampOf(shard)
	if err != nil {
		return nil, missing(shard, err)
	}
	full, err := filepath.Abs(shard)
	if err != nil || env.CacheDir == "" {
		return readShard(shard, wanted)
	}
	at := env.indexPath("shard", full, wanted.label, wanted.caption)
	var stored storedIndex
	if readIndex(at, &stored) && stored.Version == indexVersion && stored.Path == full && stored.Stamp == now &&
		stored.Index.whole() {
		return &stored.Index, nil
	}
	index, err := readShard(shard, wanted)
	if err != nil {
		return nil, err
	}
	if now.settled(begun, env.stampGrain()) {
		writeIndex(at, storedIndex{indexVersion, full, now, *index})
	}
	return index, nil
}

// whole says that all lists are as long as each other.
func (x *shardIndex) whole() bool {
	n := len(x.Members)
	for _, length := range []int{len(x.Offsets), len(x.Sizes), len(x.Labels), len(x.Captions)} {
		if length != n {
			return false
		}
	}
	return true
}
