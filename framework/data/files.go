package data

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// files is a sorted list of image files in a directory or a tar archive.
// Reading is safe for concurrent use.
type files struct {
	names []string // slash-separated, relative to the root
	root  string

	archive *os.File // nil for a directory
	members map[string]extent
}

// extent is where a member's content lies in its archive.
type extent struct{ offset, size int64 }

// openFiles lists the JPEG and PNG files under a directory, or in a path that
// ends in .tar.
func openFiles(root string, env Env) (*files, error) {
	f := &files{root: root}
	list := f.listDirectory
	if strings.EqualFold(filepath.Ext(root), ".tar") {
		list = f.listArchive
	}
	count := int64(0)
	add := func(name string) {
		if isImage(name) {
			f.names = append(f.names, name)
			if count++; count%10000 == 0 {
				env.progress("listing "+root, count, -1)
			}
		}
	}
	if err := list(add); err != nil {
		return nil, err
	}
	if len(f.names) == 0 {
		return nil, fmt.Errorf("%s: no .jpg, .jpeg or .png files in it", root)
	}
	slices.Sort(f.names)
	return f, nil
}

// isImage goes by the name. Hidden files, which some systems strew about, do not count.
func isImage(name string) bool {
	if strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

// listDirectory lists files in the folders of root, which may be symbolic
// links, and in the folders within them.
func (f *files) listDirectory(add func(string)) error {
	entries, err := os.ReadDir(f.root)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := os.Stat(filepath.Join(f.root, entry.Name()))
		if err != nil {
			return err
		}
		if !info.IsDir() {
			add(entry.Name())
			continue
		}
		err = fs.WalkDir(os.DirFS(filepath.Join(f.root, entry.Name())), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				add(path.Join(entry.Name(), name))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(f.root, entry.Name()), err)
		}
	}
	return nil
}

// listArchive reads the headers of a tar archive, which stays open. A single
// folder around everything is left out of the names.
func (f *files) listArchive(add func(string)) error {
	archive, err := os.Open(f.root)
	if err != nil {
		return err
	}
	if err := f.listMembers(archive, add); err != nil {
		return errors.Join(err, archive.Close())
	}
	f.archive = archive
	return nil
}

func (f *files) listMembers(archive *os.File, add func(string)) error {
	info, err := archive.Stat()
	if err != nil {
		return err
	}
	f.members = map[string]extent{}
	for reader := tar.NewReader(archive); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: not a whole tar archive: %w", f.root, err)
		}
		if header.Typeflag != tar.TypeReg || !isImage(header.Name) {
			continue
		}
		offset, err := archive.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if offset+header.Size > info.Size() {
			return fmt.Errorf("%s: the archive ends within %s; get it again", f.root, header.Name)
		}
		f.members[path.Clean(header.Name)] = extent{offset, header.Size}
	}
	f.unwrap()
	for name := range f.members {
		add(name)
	}
	return nil
}

// unwrap removes the folders that are around all folders of an archive.
func (f *files) unwrap() {
	for {
		var around string
		for name := range f.members {
			folder, rest, _ := strings.Cut(name, "/")
			if around != "" && folder != around || !strings.Contains(rest, "/") {
				return
			}
			around = folder
		}
		if around == "" {
			return
		}
		inner := make(map[string]extent, len(f.members))
		for name, where := range f.members {
			inner[name[len(around)+1:]] = where
		}
		f.members = inner
		f.root += ": " + around
	}
}

// path names a file in errors.
func (f *files) path(name string) string {
	if f.archive != nil {
		return f.root + ": " + name
	}
	if filepath.IsAbs(name) { // in a table
		return name
	}
	return filepath.Join(f.root, filepath.FromSlash(name))
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// decode reads and decodes a file.
func (f *files) decode(name string, dst *Image) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if f.archive == nil {
		file, err := os.Open(f.path(name))
		if err != nil {
			return pathless(err)
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return pathless(err)
		}
		*buffer = slices.Grow((*buffer)[:0], int(info.Size()))[:info.Size()]
		if _, err := io.ReadFull(file, *buffer); err != nil {
			return pathless(err)
		}
		return decode(*buffer, dst)
	}
	where := f.members[name]
	*buffer = slices.Grow((*buffer)[:0], int(where.size))[:where.size]
	if _, err := f.archive.ReadAt(*buffer, where.offset); err != nil {
		return pathless(err)
	}
	return decode(*buffer, dst)
}

// pathless removes the path from an error whose message is going to name it.
func pathless(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
