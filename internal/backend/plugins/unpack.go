package plugins

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// unpack puts the files of a wheel, which is a zip archive, into a folder, where
// all wheels lie as in Python's site-packages: plugins find their libraries by
// paths relative to their own. A wheel's files "*.data/purelib" and "platlib"
// belong there, too.
func unpack(wheel, folder string) (err error) {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range archive.File {
		if file.FileInfo().IsDir() {
			continue
		}
		if err := unpackFile(root, file); err != nil {
			return fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	return nil
}

func unpackFile(root *os.Root, file *zip.File) (err error) {
	name := placed(file.Name)
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return errors.New("the path leads out of the folder; this is no wheel")
	}
	if !file.Mode().IsRegular() {
		return errors.New("this is no regular file; this is no wheel")
	}
	path := filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	from, err := file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	mode := os.FileMode(0o644)
	if file.Mode()&0o111 != 0 {
		mode = 0o755
	}
	to, err := root.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	_, err = io.Copy(to, from)
	return err
}

// placed is where a file of a wheel belongs.
func placed(name string) string {
	first, rest, found := strings.Cut(name, "/")
	if !found || !strings.HasSuffix(first, ".data") {
		return name
	}
	if kind, inside, found := strings.Cut(rest, "/"); found && (kind == "purelib" || kind == "platlib") {
		return inside
	}
	return name
}
