// Package weightstest has checkpoints of other programs for tests; README.md says
// how they were made. It is imported by tests only.
package weightstest

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	_ "embed" // the checkpoints
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

//go:embed checkpoints.tar.bz2
var packed []byte

//go:embed clip_zeroshot.tar.bz2
var packedCLIP []byte

// ZeroShot is what open_clip says of images by the names of their classes. The
// folder has the images in a folder a class, merges.txt and prompts.txt.
type ZeroShot struct {
	Classes []string
	Models  []struct {
		File       string
		Activation string
		Guesses    map[string]int // class by image
		Tokens     [][]int        // of the first prompt for each class, filled up with 0
	}
}

// UnpackZeroShot writes CLIPs, their tokenizer and images to a folder of the test's own.
func UnpackZeroShot(t testing.TB) (folder string, said ZeroShot) {
	t.Helper()
	folder = unpack(t, packedCLIP)
	readIndex(t, folder, &said)
	return folder, said
}

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
	// Params are those of the backbone that shapes do not tell.
	Params map[string]any
}

// Unpack writes the checkpoints to a folder of the test's own.
func Unpack(t testing.TB) (folder string, all []Checkpoint) {
	t.Helper()
	folder = unpack(t, packed)
	var index struct{ Checkpoints []Checkpoint }
	readIndex(t, folder, &index)
	return folder, index.Checkpoints
}

func readIndex(t testing.TB, folder string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func unpack(t testing.TB, packed []byte) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for in := tar.NewReader(bzip2.NewReader(bytes.NewReader(packed))); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, filepath.FromSlash(header.Name))
		text, err := io.ReadAll(in)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
