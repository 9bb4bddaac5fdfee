package data

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folderIndex keeps between processes what the folders below a root hold: a million files are listed once. A folder is
// listed again when its stamp is another, as it is after a file in it was added, removed or renamed. What the files
// hold is not in it.
type folderIndex struct {
	root  string // absolute
	at    string // the index file
	least int    // names in all folders for which a file is written
	grain time.Duration

	known   map[string]folderListing // what the file has, by folder
	seen    []folderListing          // what it will have
	names   int                      // in all folders seen
	renewed bool                     // some folder seen is not as the file has it
}

// folderListing is what lies in a folder.
type folderListing struct {
	Folder string // relative to the root, with slashes; empty for the root itself
	Stamp  stamp
	Names  string        // sorted, with a zero byte between two
	Modes  []fs.FileMode // the type bits of each name; empty if all are regular files
}

// entry is a name in a folder, with the type bits of its mode.
type entry struct {
	name string
	mode fs.FileMode
}

// storedFolders is the content of the index file.
type storedFolders struct {
	Version int
	Root    string
	Folders []folderListing
}

const (
	// foldersVersion changes with what index files of folders hold.
	foldersVersion = 1
	// leastIndexed is the number of names below which folders are listed in no time.
	leastIndexed = 10000
)

// openFolderIndex reads the index of a root, if there is one; nil if none can be kept.
func openFolderIndex(root string, env Env) *folderIndex {
	full, err := filepath.Abs(root)
	if err != nil || env.CacheDir == "" {
		return nil
	}
	x := &folderIndex{
		root: full, at: env.indexPath("folders", full), least: leastIndexed, grain: env.stampGrain(),
		known: map[string]folderListing{},
	}
	if env.indexAll {
		x.least = 0
	}
	var stored storedFolders
	if readIndex(x.at, &stored) && stored.Version == foldersVersion && stored.Root == full {
		for _, f := range stored.Folders {
			if n := f.count(); len(f.Modes) == 0 || len(f.Modes) == n {
				x.known[f.Folder] = f
			}
		}
	}
	return x
}

// list lists a folder, which lies at a path, sorted by name. An index of nil keeps nothing.
func (x *folderIndex) list(folder, path string) ([]entry, error) {
	if x == nil {
		return entriesOf(path)
	}
	begun := time.Now()
	now, stampErr := stampOf(path)
	if known, ok := x.known[folder]; ok && stampErr == nil && known.Stamp == now {
		x.see(known)
		return known.entries(), nil
	}
	listed, err := entriesOf(path)
	if err == nil && stampErr == nil && now.Changed != 0 && now.settled(begun, x.grain) {
		x.renewed = true
		x.see(newFolderListing(folder, now, listed))
	}
	return listed, err
}

func (x *folderIndex) see(f folderListing) {
	x.seen = append(x.seen, f)
	x.names += f.count()
}

// save writes the index file, if there is something new to keep.
func (x *folderIndex) save() {
	if x == nil || x.names < x.least || !x.renewed && len(x.seen) == len(x.known) {
		return
	}
	writeIndex(x.at, storedFolders{foldersVersion, x.root, x.seen})
}

func newFolderListing(folder string, at stamp, listed []entry) folderListing {
	f := folderListing{Folder: folder, Stamp: at}
	names := make([]string, len(listed))
	for i, e := range listed {
		names[i] = e.name
		if e.mode != 0 && f.Modes == nil {
			f.Modes = make([]fs.FileMode, len(listed))
		}
		if e.mode != 0 {
			f.Modes[i] = e.mode
		}
	}
	f.Names = strings.Join(names, "\x00")
	return f
}

func (f folderListing) count() int {
	if f.Names == "" {
		return 0
	}
	return 1 + strings.Count(f.Names, "\x00")
}

func (f folderListing) entries() []entry {
	listed := make([]entry, 0, f.count())
	if f.Names == "" {
		return listed
	}
	for name := range strings.SplitSeq(f.Names, "\x00") {
		listed = append(listed, entry{name: name})
	}
	for i, mode := range f.Modes {
		listed[i].mode = mode
	}
	return listed
}

// entriesOf lists a folder, sorted by name; what could be read of it with the error.
func entriesOf(path string) ([]entry, error) {
	read, err := os.ReadDir(path)
	listed := make([]entry, len(read))
	for i, e := range read {
		listed[i] = entry{e.Name(), e.Type()}
	}
	return listed, err
}
