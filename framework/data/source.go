package data

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// source is where the files of a dataset lie: a directory or an archive. Names
// are slash-separated and relative to it. Reading is safe for concurrent use.
type source interface {
	// list calls add for every file, with a fault for what cannot be read at all.
	list(add func(name, fault string)) error
	// head returns the first bytes of a file, at most len(buffer).
	head(name string, buffer []byte) ([]byte, error)
	// size is the number of bytes of a file.
	size(name string) (int64, error)
	// read fills a buffer that is as long as the file.
	read(name string, buffer []byte) error
	// path names a file in messages.
	path(name string) string
}

// openSource opens a directory, or an archive by its content: .tar, .tar.gz,
// .tar.bz2, .zip or a pack.
func openSource(root string, env Env) (source, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, missing(root, err)
	}
	if info.IsDir() {
		return &directory{root: root, env: env}, nil
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, expected a directory or an archive", root, textfile.KindOf(info.Mode()))
	}
	file, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, 6)
	n, err := file.ReadAt(magic, 0)
	if err != nil && err != io.EOF {
		return nil, errors.Join(err, file.Close())
	}
	var opened source
	switch magic = magic[:n]; {
	case bytes.HasPrefix(magic, []byte("PK")):
		opened, err = openZip(root, file, info.Size())
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}), bytes.HasPrefix(magic, []byte("BZh")):
		opened, err = openPacked(root, file, info, env)
	case isPack(magic):
		opened, err = openPack(root, file, info.Size())
	case foreignArchive(magic) != "":
		err = fmt.Errorf("%s is an archive of the kind %s, which is not read; unpack it, or make it a .tar or a .zip",
			root, foreignArchive(magic))
	default:
		opened, err = openTar(root, file)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return opened, nil
}

// foreignArchive is the kind of an archive that is not read, by its first bytes; empty for none.
func foreignArchive(magic []byte) string {
	for _, kind := range []struct{ name, magic string }{{".xz", "\xfd7zXZ\x00"}, {".zst", "\x28\xb5\x2f\xfd"},
		{".7z", "7z\xbc\xaf\x27\x1c"}, {".rar", "Rar!\x1a\x07"}} {
		if bytes.HasPrefix(magic, []byte(kind.magic)) {
			return kind.name
		}
	}
	return ""
}

// missing is the error of a path that can't be looked at; one in the home folder
// may have been given as "~/…".
func missing(root string, err error) error {
	err = &fs.PathError{Op: "open", Path: root, Err: pathless(err)}
	if home, homeErr := os.UserHomeDir(); homeErr == nil && home != "/" {
		if rest, within := strings.CutPrefix(root, home+"/"); within {
			return fmt.Errorf("%w (~/%s, in your home folder)", err, rest)
		}
	}
	return err
}

// directory is a source in the file system.
type directory struct {
	root string
	env  Env // which may keep an index of the folders
}

func (d *directory) path(name string) string {
	if filepath.IsAbs(name) { // in a table
		return name
	}
	return filepath.Join(d.root, filepath.FromSlash(name))
}

// list follows symbolic links to files and folders, but into no folder that it is within.
func (d *directory) list(add func(name, fault string)) error {
	root, err := os.Open(d.root)
	if err != nil {
		return err
	}
	_ = root.Close()
	index := openFolderIndex(d.root, d.env)
	w := walk{directory: d, index: index, add: add}
	w.folder("", nil)
	index.save()
	return nil
}

// walk goes through a directory.
type walk struct {
	*directory
	index *folderIndex
	add   func(name, fault string)
}

func (w *walk) folder(folder string, within []fs.FileInfo) {
	info, err := os.Stat(w.path(folder))
	if err == nil && slices.ContainsFunc(within, func(outer fs.FileInfo) bool { return os.SameFile(outer, info) }) {
		w.add(folder, "a link to a folder that it lies in")
		return
	}
	entries, err := w.index.list(folder, w.path(folder))
	if err != nil {
		w.add(folder, "the folder cannot be listed: "+pathless(err).Error())
	} else if len(entries) == 0 && folder != "" {
		w.add(folder, "an empty folder")
	}
	within = append(within[:len(within):len(within)], info)
	for _, entry := range entries {
		name, mode := path.Join(folder, entry.name), entry.mode
		if mode&fs.ModeSymlink != 0 {
			target, err := os.Stat(w.path(name))
			if err != nil {
				w.add(name, linkFault(err))
				continue
			}
			mode = target.Mode()
		}
		switch {
		case mode.IsDir():
			w.folder(name, within)
		case mode.IsRegular():
			w.add(name, "")
		default:
			w.add(name, textfile.KindOf(mode)+", no regular file")
		}
	}
}

func linkFault(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "a link to nothing"
	}
	return "a link that cannot be followed: " + pathless(err).Error()
}

// open opens a regular file only: anything else might never end.
func (d *directory) open(name string) (*os.File, int64, error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return nil, 0, pathless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s, no regular file", textfile.KindOf(info.Mode()))
	}
	file, err := os.Open(d.path(name))
	return file, info.Size(), pathless(err)
}

func (d *directory) head(name string, buffer []byte) ([]byte, error) {
	file, _, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	n, err := io.ReadFull(file, buffer)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return buffer[:n], pathless(err)
}

func (d *directory) size(name string) (int64, error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return 0, pathless(err)
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s, no regular file", textfile.KindOf(info.Mode()))
	}
	return info.Size(), nil
}

func (d *directory) read(name string, buffer []byte) error {
	file, _, err := d.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.ReadFull(file, buffer)
	return pathless(err)
}

// pathless removes the path from an error whose message is going to name it.
func pathless(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// cleanName is the name of an archive's member, without a leading "./" or "/".
func cleanName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}
