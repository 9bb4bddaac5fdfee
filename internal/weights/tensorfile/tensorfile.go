// Package tensorfile reads the files in which other programs keep weights:
// safetensors, one file or several with an index, PyTorch's pickles, in a zip
// archive or, as before PyTorch 1.6, one after another, NumPy's archives, and the
// initializers of ONNX models.
//
// A file is data and stays data: nothing in it is executed. A pickle is a small
// program that builds objects; of the functions it may name only those are known
// that tensors need, and those are this package's own. Values are read when they
// are asked for, and no more of them than the file has bytes.
package tensorfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrUnreadable says that a file is of no format that is read, or damaged, or of
// a kind that is refused.
var ErrUnreadable = errors.New("can't be read as weights")

// Format is a kind of file.
type Format string

// The formats.
const (
	Safetensors Format = "safetensors"
	Zip         Format = "pytorch"        // torch.save since PyTorch 1.6
	Legacy      Format = "pytorch-legacy" // torch.save before
	TorchScript Format = "torchscript"    // torch.jit.save
	NumPy       Format = "npz"            // numpy.savez
	ONNX        Format = "onnx"           // the initializers of a model
)

// File is an open file of tensors. Close it when the tensors are read.
type File struct {
	Format Format
	// Groups are the tensors by name, in the dictionaries of the file by the keys
	// that lead to each, joined by slashes: "" for the outermost, "state_dict",
	// "classy_state_dict/base_model/model/trunk".
	Groups map[string]map[string]*Tensor
	// Info is what the file says in words: the metadata of safetensors, the texts
	// and numbers among the tensors of a pickle, such as "arch".
	Info map[string]string
	// Paths are the files themselves: one, or the parts in order.
	Paths []string

	files []io.Closer
}

// Close closes the file. Tensors that were not read can't be read any more.
func (f *File) Close() error {
	var errs []error
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	f.files = nil
	return errors.Join(errs...)
}

func (f *File) add(group, name string, t *Tensor) {
	if f.Groups[group] == nil {
		f.Groups[group] = map[string]*Tensor{}
	}
	f.Groups[group][name] = t
}

// Names are the groups in order.
func (f *File) Names() []string {
	var names []string
	for name := range f.Groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Open opens a file of weights, or the folder or the index
// (model.safetensors.index.json) of one in several parts. Errors name the file;
// those that are no errors of the system wrap [ErrUnreadable].
func Open(path string) (*File, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func open(path string) (_ *File, err error) {
	if path, err = whole(path); err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, indexSuffix) {
		return openShards(path)
	}
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	opened, err := openAny(file, size)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s %w: %w", path, ErrUnreadable, err)
	}
	opened.files, opened.Paths = append(opened.files, file), []string{path}
	return opened, nil
}

// whole is the file to open for a path, which may be a folder as Hugging Face has it.
func whole(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, err
	}
	usual := []string{"model.safetensors", "model" + indexSuffix, "pytorch_model.bin"}
	for _, name := range usual {
		inner := filepath.Join(path, name)
		if _, err := os.Stat(inner); err == nil {
			return inner, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%s %w: the folder has none of the files %s; name the file",
		path, ErrUnreadable, strings.Join(usual, ", "))
}

func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for somebody to write to it
		return nil, 0, fmt.Errorf("%s %w: it is no regular file", path, ErrUnreadable)
	}
	file, err := os.Open(path)
	return file, info.Size(), err
}

// openAny tells the format by the first bytes.
func openAny(file io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, 16)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openZip(file, size)
	case bytes.HasPrefix(head, []byte("\x80")) && !bytes.HasPrefix(head[min(8, n):], []byte("{")):
		return openLegacy(file, size)
	case n > 8 && head[8] == '{':
		f := newFile(Safetensors)
		return f, f.addSafetensors(file, size)
	case isONNX(head):
		return openONNX(file, size)
	case bytes.HasPrefix(head, []byte("\x89HDF")):
		return nil, errors.New("it is an HDF5 file, as Keras writes them; convert it to safetensors")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("BZh")):
		return nil, errors.New("it is compressed; unpack it first")
	case bytes.Contains(head, []byte("<html")), bytes.HasPrefix(bytes.ToLower(head), []byte("<!doctype")):
		return nil, errors.New("it is a web page; the download was no file of weights")
	case bytes.HasPrefix(head, []byte("version https://")):
		return nil, errors.New("it is a pointer of git-lfs; get the file itself with git lfs pull")
	}
	return nil, errors.New("it is neither safetensors nor a file of torch.save or numpy.savez, nor an ONNX model; " +
		"convert it, in Python: safetensors.torch.save_file(state_dict, 'weights.safetensors')")
}

func newFile(format Format) *File {
	return &File{Format: format, Groups: map[string]map[string]*Tensor{}, Info: map[string]string{}}
}
