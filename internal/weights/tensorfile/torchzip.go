package tensorfile

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// openZip opens an archive of torch.save or torch.jit.save: NAME/data.pkl is a
// pickle, NAME/data/KEY the bytes of each storage, as they are.
func openZip(file io.ReaderAt, size int64) (*File, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("it is no whole zip archive: %w", err)
	}
	var main *zip.File
	format, arrays := Zip, false
	members := map[string]*zip.File{}
	for _, member := range archive.File {
		members[member.Name] = member
		switch {
		case member.Name == "data.pkl" || strings.Count(member.Name, "/") == 1 && strings.HasSuffix(member.Name, "/data.pkl"):
			if main != nil {
				return nil, errors.New("it has two files data.pkl")
			}
			main = member
		case strings.HasSuffix(member.Name, arrayEnding):
			arrays = true
		case strings.Contains(member.Name, "/code/"):
			format = TorchScript
		}
	}
	if main == nil && arrays {
		return openArrays(archive, file, size)
	}
	if main == nil {
		return nil, errors.New(
			"it is a zip archive without data.pkl, none that torch.save wrote; unpack it and name the file of weights in it",
		)
	}
	root := strings.TrimSuffix(main.Name, "data.pkl")
	if order, has := members[root+"byteorder"]; has {
		if text, err := content(order, file, 16); err != nil || strings.TrimSpace(text) != "little" {
			return nil, fmt.Errorf("its byte order is %q, expected little", text)
		}
	}
	code, err := zipPickle(main)
	if err != nil {
		return nil, err
	}
	storages := map[string]*storage{}
	result, err := unpickle(code, func(id []any) (any, error) {
		s, err := storageOf(id)
		if err != nil {
			return nil, err
		}
		if known := storages[s.key]; known != nil && known.dtype == s.dtype {
			return known, nil
		}
		if err := s.find(members[root+"data/"+s.key], file, size); err != nil {
			return nil, refusal{fmt.Errorf("storage %q: %w", s.key, err)}
		}
		storages[s.key] = s
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	f := newFile(format)
	if err := f.collect(result); err != nil {
		return nil, err
	}
	return f, f.bounded(size)
}

// zipPickle reads the pickle of an archive.
func zipPickle(member *zip.File) ([]byte, error) {
	in, err := member.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", member.Name, err)
	}
	defer in.Close()
	return scan(bufio.NewReader(in))
}

// find sets where the bytes of a storage lie in an archive of that size.
func (s *storage) find(member *zip.File, file io.ReaderAt, size int64) error {
	if member == nil {
		return errors.New("it is not in the archive")
	}
	start, err := stored(member, size, "torch.save")
	if err != nil {
		return err
	}
	if want := uint64(s.values) * uint64(sizes[s.dtype]); member.UncompressedSize64 < want {
		return fmt.Errorf("it has %d bytes, and %d values of %s take %d", member.UncompressedSize64, s.values, s.dtype, want)
	}
	s.from, s.start = file, start
	return nil
}

// content is the text of a small member.
func content(member *zip.File, file io.ReaderAt, most int64) (string, error) {
	in, err := member.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, most))
	return string(text), err
}
