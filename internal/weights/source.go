package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Source is a network in an open file of weights. Close it when its values are read.
type Source struct {
	Network *layouts.Network
	Arrays  map[string]layouts.Array
	Format  tensorfile.Format
	Info    map[string]string // what the file says in words
	SHA256  string            // of the file, or of its parts one after another
	Bytes   int64

	file *tensorfile.File
}

// Open opens a file of weights and finds its network. The layout and the role,
// such as momentum or teacher, choose among several; empty for the usual ones.
func Open(path, layout, role string) (*Source, error) {
	file, err := tensorfile.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Source{Format: file.Format, Info: file.Info, file: file}
	if err := s.choose(layout, role); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

var errFolded = errors.New("no network that is known was found among the initializers; exporters rename them when they " +
	"fold constants; keep their names, in Python: torch.onnx.export(…, dynamo=False, do_constant_folding=False)")

func (s *Source) choose(layout, role string) (err error) {
	found := layouts.Find(s.file)
	if len(found) == 0 && s.Format == tensorfile.ONNX {
		return errFolded
	}
	if s.Network, err = layouts.Choose(found, layout, role); err != nil {
		return err
	}
	s.Arrays = s.Network.Arrays()
	sum := sha256.New()
	for _, path := range s.file.Paths {
		n, err := hashInto(sum, path)
		if err != nil {
			return err
		}
		s.Bytes += n
	}
	s.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func hashInto(sum io.Writer, path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return io.Copy(sum, file)
}

// Close closes the file.
func (s *Source) Close() error { return s.file.Close() }

// Fit gives the variables of a backbone their values. See [Fit].
func (s *Source) Fit(variables map[string][]int) (*Fitted, error) {
	fitted, err := Fit(s.Network, s.Arrays, variables)
	if err != nil {
		if is, guess := s.Backbone(); guess == nil {
			return nil, fmt.Errorf("%w; by its shapes it is %s", err, is)
		}
		return nil, err
	}
	return fitted, nil
}
