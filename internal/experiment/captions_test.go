package experiment

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImagesWithoutClassesAreNotClassified runs on a table of images and captions, even if few shots are asked for.
func TestImagesWithoutClassesAreNotClassified(t *testing.T) {
	folder := t.TempDir()
	var table bytes.Buffer
	table.WriteString("image,caption\n")
	for i := range 32 {
		picture := image.NewGray(image.Rect(0, 0, 8, 8))
		for k := range picture.Pix {
			picture.Pix[k] = uint8(k * (i + 3))
		}
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, picture); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%d.png", i)
		if err := os.WriteFile(filepath.Join(folder, name), encoded.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "%s,picture %d\n", name, i)
	}
	path := filepath.Join(folder, "table.csv")
	if err := os.WriteFile(path, table.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, settings := newRunner(t), fmt.Sprintf(`
backbone: {name: resnet8, width: 0.25}
dataset: {name: pairs, path: %q, test_fraction: 0.5}
train: {epochs: 1, batch_size: 8}
eval: {few_shot: {shots: [1]}}
method: `, path)
	outcome, err := r.Run(t.Context(), resolve(t, settings+"toy"))
	if err != nil {
		t.Fatal(err)
	}
	want := "method labeled learns from labels, and the data set pairs has 0 classes; choose one with classes or " +
		"another method"
	if _, err := r.Run(t.Context(), resolve(t, settings+"labeled")); err == nil || err.Error() != want {
		t.Errorf("labels asked for: error %v, want %s", err, want)
	}
	for _, result := range outcome.Results {
		if result.Protocol.Kind != "spread" {
			t.Errorf("%s %v of a data set without classes", result.Protocol.Kind, result.Values)
		}
	}
	if len(outcome.Results) == 0 {
		t.Error("there are no scores")
	}
	one := filepath.Join(t.TempDir(), "photos")
	if err := os.Mkdir(one, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder, filepath.Join(one, "all")); err != nil {
		t.Fatal(err)
	}
	settings = strings.Replace(strings.Replace(settings, "pairs", "folder", 1), path, one, 1)
	if _, err := r.Run(t.Context(), resolve(t, settings+"toy")); err != nil {
		t.Errorf("a folder of one class: %v", err)
	}
}
