// Package weightstest has checkpoints of other programs for tests; README.md says
// how they were made. It is imported by tests only.
package weightstest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed" // the checkpoints
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

//go:embed checkpoints.tar.gz
var packed []byte

// Checkpoint is a file, and what its program gives for two images.
type Checkpoint struct {
	File     string
	Size     int // of the images
	Features [][]float64
	Layout   string
	Backbone string
	Method   string
	Role     string
	Encoder  string // that is asked for
}

// Unpack writes the checkpoints to a folder of the test's own.
func Unpack(t testing.TB) (folder string, all []Checkpoint) {
	t.Helper()
	folder = t.TempDir()
	content, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for in := tar.NewReader(content); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, filepath.FromSlash(header.Name))
		if header.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else if text, readErr := io.ReadAll(in); readErr != nil {
			err = readErr
		} else {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index struct{ Checkpoints []Checkpoint }
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	return folder, index.Checkpoints
}
