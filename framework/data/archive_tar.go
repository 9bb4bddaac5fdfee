package data

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// tarball is a tar archive that stays open; members are read where they lie.
type tarball struct {
	archiveMembers[extent]
	content io.ReaderAt
}

// extent is where a member's content lies in its archive.
type extent struct{ offset, size int64 }

// openTar reads the headers of a tar archive.
func openTar(root string, content *os.File) (*tarball, error) {
	t := &tarball{newArchiveMembers[extent](root), content}
	info, err := content.Stat()
	if err != nil {
		return nil, err
	}
	links := map[string]string{}
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: not a whole tar archive: %w", root, err)
		}
		name := cleanName(header.Name)
		switch header.Typeflag {
		case tar.TypeReg:
		case tar.TypeSymlink:
			links[name] = symlinkTarget(name, header.Linkname)
			continue
		case tar.TypeLink:
			links[name] = cleanName(header.Linkname)
			continue
		case tar.TypeDir:
			continue
		default:
			t.faults[name] = textfile.KindOf(header.FileInfo().Mode()) + ", no regular file"
			continue
		}
		offset, err := content.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if offset+header.Size > info.Size() {
			return nil, fmt.Errorf("%s: the archive ends within %s; get it again", root, header.Name)
		}
		delete(links, name) // as when unpacking, the last of a name counts
		t.at[name] = extent{offset, header.Size}
	}
	t.follow(links)
	return t, nil
}

func (t *tarball) size(name string) (int64, error) { return t.at[name].size, nil }

func (t *tarball) read(name string, buffer []byte) error {
	_, err := t.content.ReadAt(buffer, t.at[name].offset)
	return pathless(err)
}

func (t *tarball) head(name string, buffer []byte) ([]byte, error) {
	buffer = buffer[:min(int64(len(buffer)), t.at[name].size)]
	return buffer, t.read(name, buffer)
}

// unpacked are the compressed archives of this process that were unpacked, to
// temporary files without a name, by path, size and time of change.
var unpacked struct {
	sync.Mutex
	files map[packedArchive]*os.File
}

type packedArchive struct {
	path    string
	size    int64
	changed time.Time
}

// openPacked opens a .tar.gz or .tar.bz2 archive. Its members cannot be reached
// one by one, so it is unpacked once a process, into the folder of downloads.
func openPacked(root string, file *os.File, info fs.FileInfo, env Env) (source, error) {
	defer file.Close()
	unpacked.Lock()
	defer unpacked.Unlock()
	key := packedArchive{root, info.Size(), info.ModTime()}
	if known := unpacked.files[key]; known != nil {
		if _, err := known.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return openTar(root, known)
	}
	target, err := unpack(file, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	opened, err := openTar(root, target)
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	if unpacked.files == nil {
		unpacked.files = map[packedArchive]*os.File{}
	}
	unpacked.files[key] = target
	return opened, nil
}

// compressed reports whether the files of an archive have to be unpacked to be read.
func compressed(s source) bool {
	switch archive := s.(type) {
	case *zipped:
		return true
	case *tarball:
		unpacked.Lock()
		defer unpacked.Unlock()
		for key := range unpacked.files {
			if key.path == archive.root {
				return true
			}
		}
	}
	return false
}

// unpack writes the content of a compressed archive to a temporary file, which
// has no name any more when it is returned, where the system allows that.
func unpack(file *os.File, env Env) (*os.File, error) {
	in := bufio.NewReaderSize(file, 1<<20)
	magic, err := in.Peek(2)
	if err != nil {
		return nil, err
	}
	var content io.Reader = bzip2.NewReader(in)
	if magic[0] == 0x1f {
		if content, err = gzip.NewReader(in); err != nil {
			return nil, err
		}
	}
	folder := os.TempDir()
	if env.CacheDir != "" && os.MkdirAll(env.CacheDir, 0o755) == nil {
		folder = env.CacheDir
	}
	target, err := os.CreateTemp(folder, "unpacked-*.tar")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(target.Name())
	env.progress("unpacking "+file.Name(), 0, -1)
	if _, err = io.Copy(target, content); err == nil {
		_, err = target.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot be unpacked to %s: %w", folder, err), target.Close())
	}
	return target, nil
}
