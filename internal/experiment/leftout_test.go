package experiment

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// photos writes PNG files of that many classes to a new folder and returns it.
func photos(t *testing.T, classes, each, side int) string {
	t.Helper()
	root := t.TempDir()
	for class := range classes {
		for i := range each {
			m := image.NewNRGBA(image.Rect(0, 0, side, side))
			for p := range side * side {
				m.SetNRGBA(p%side, p/side, color.NRGBA{R: uint8(80 * class), G: uint8(40*i + p), B: uint8(p * p), A: 255})
			}
			path := filepath.Join(root, fmt.Sprintf("class%d", class), fmt.Sprintf("%02d.png", i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(file, m), file.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func folderPlan(t *testing.T, root, more string) *Plan {
	t.Helper()
	return resolve(t, "method: toy\nbackbone: {name: resnet8, width: 0.25}\ntrain: {epochs: 1, batch_size: 4}\neval: "+
		"{knn: {k: 3}}\n"+
		fmt.Sprintf("dataset: {name: folder, path: %q%s}\n", root, more))
}

// TestSamplesThatCannotBeReadAreRecorded breaks images of both splits.
func TestSamplesThatCannotBeReadAreRecorded(t *testing.T) {
	train, test := photos(t, 3, 6, 16), photos(t, 3, 4, 16)
	for _, path := range []string{filepath.Join(train, "class1", "02.png"), filepath.Join(test, "class0", "00.png"),
		filepath.Join(test, "class2", "01.png")} {
		if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(train, "class0", "labels.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRunner(t)
	outcome, err := r.Run(t.Context(), folderPlan(t, train, fmt.Sprintf(", test: %q", test)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "folder: trained on 18 images of 3 classes (class0 6, class1 6, class2 6), tested on 12 images of 3 " +
		"classes (class0 4, class1 4, class2 4)"; outcome.Data != want {
		t.Errorf("data %s, want %s", outcome.Data, want)
	}
	rows, err := store.Query(t.Context(), r.Store.Path(),
		"SELECT split, path, sample, reason FROM left_out_files ORDER BY split, path", store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows.Values {
		got = append(got, fmt.Sprintf("%v %s %v %v", row[0], filepath.Base(fmt.Sprint(row[1])), row[2], row[3]))
	}
	const torn = "no image: not a JPEG, PNG, WebP, BMP, TIFF, GIF or PPM file"
	want := []string{"test 00.png 0 " + torn, "test 01.png 9 " + torn, "train labels.txt <nil> no image",
		"train 02.png 8 " + torn}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("left out:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	rows, err = store.Query(t.Context(), r.Store.Path(),
		"SELECT group_concat(sample, ' ') FROM (SELECT DISTINCT sample FROM predictions ORDER BY sample)", store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(rows.Values[0][0]); got != "1 2 3 4 5 6 7 8 10 11" {
		t.Errorf("predictions of samples %s", got)
	}
}

func TestStrictDataIsCheckedBeforeTraining(t *testing.T) {
	root := photos(t, 2, 6, 16)
	if err := os.WriteFile(filepath.Join(root, "class1", "05.png"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRunner(t)
	_, err := r.Run(t.Context(), folderPlan(t, root, ", test_fraction: 0.3, strict: true"))
	if err == nil || !strings.Contains(
		err.Error(), "1 image would be left out, which strict forbids:\n  "+filepath.Join(root, "class1", "05.png"),
	) {
		t.Errorf("error %v", err)
	}
	if runs := states(t, r); len(runs) > 0 {
		t.Errorf("runs %q are recorded", runs)
	}
}

func TestNothingReadableIsSaid(t *testing.T) {
	train, test := photos(t, 2, 6, 16), photos(t, 2, 1, 16)
	for class := range 2 {
		if err := os.WriteFile(filepath.Join(test, fmt.Sprintf("class%d", class), "00.png"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := newRunner(t).Run(t.Context(), folderPlan(t, train, fmt.Sprintf(", test: %q", test)))
	if err == nil || !strings.Contains(err.Error(), "none of the 2 images of the test split can be read: ") ||
		!strings.Contains(err.Error(), "the file is empty") {
		t.Errorf("error %v", err)
	}
}

// TestImagesWithoutLabelsTrain trains on a flat folder.
func TestImagesWithoutLabelsTrain(t *testing.T) {
	root := filepath.Join(photos(t, 1, 12, 16), "class0")
	outcome, err := newRunner(t).Run(t.Context(), folderPlan(t, root, ", test_fraction: 0.4"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, result := range outcome.Results {
		kinds = append(kinds, result.Protocol.Kind)
	}
	if len(kinds) == 0 || strings.Contains(strings.Join(kinds, " "), "knn") {
		t.Errorf("results of %q, want measures that need no labels", kinds)
	}
}

// sides is a data set of images of those shorter sides.
type sides []int

func (s sides) Len() int                           { return len(s) }
func (s sides) Classes() []string                  { return nil }
func (s sides) Label(int) int                      { return -1 }
func (s sides) Caption(int) string                 { return "" }
func (s sides) Image(i int, dst *data.Image) error { dst.Reset(s[i]+5, s[i]); return nil }

func TestViewSize(t *testing.T) {
	for name, check := range map[string]struct {
		set   sides
		asked int
		size  int
		note  string
	}{
		"asked":      {sides{1200, 5}, 96, 96, ""},
		"alike":      {sides{28, 28, 28}, 0, 28, ""},
		"alike, 100": {sides{100, 100}, 0, 100, ""},
		"large": {
			sides{1200, 1200}, 0, 224, "the shorter sides of the images are 1200 pixels; views are made 224×224 (views.size " +
				"chooses another)",
		},
		"an outlier": {
			sides{1, 32, 32, 32}, 0, 32, "the shorter sides of the images go from 1 to 32 pixels, with the median 32; views are made 32×32 " +
				"(views.size chooses another)",
		},
		"mixed": {
			sides{150, 213, 640}, 0, 208, "the shorter sides of the images go from 150 to 640 pixels, with the median 213; views are made 208×208 " +
				"(views.size chooses another)",
		},
		"just below a step": {
			sides{30, 31, 33}, 0, 32, "the shorter sides of the images go from 30 to 33 pixels, with the median 31; views are made " +
				"32×32 (views.size chooses another)",
		},
		"small": {
			sides{19, 19, 40}, 0, 16, "the shorter sides of the images go from 19 to 40 pixels, with the median 19; views are made " +
				"16×16 (views.size chooses another)",
		},
		"above the step": {
			sides{1, 63, 500}, 0, 64, "the shorter sides of the images go from 1 to 500 pixels, with the median 63; views are made " +
				"64×64 (views.size chooses another)",
		},
		"up to the usual": {
			sides{1, 220, 500}, 0, 224, "the shorter sides of the images go from 1 to 500 pixels, with the median 220; views are " +
				"made 224×224 (views.size chooses another)",
		},
		"tiny": {
			sides{9, 10, 11}, 0, 10, "the shorter sides of the images go from 9 to 11 pixels, with the median 10; views are made 10×10 " +
				"(views.size chooses another)",
		},
	} {
		size, note, err := viewSize(check.set, check.asked)
		if err != nil || size != check.size || note != check.note {
			t.Errorf("%s: %d, %q, %v; want %d, %q", name, size, note, err, check.size, check.note)
		}
	}
	if _, _, err := viewSize(sides{}, 0); err == nil {
		t.Error("no samples, and no error")
	}
}

func TestATrainingWithoutTheMemoryIsRefused(t *testing.T) {
	r := newRunner(t)
	r.Memory = 1 << 30
	plan := resolve(t, "method: toy\nbackbone: resnet18\ndataset: {name: shapes, train: 512, test: 20, size: "+
		"64}\nviews: {normalization: {mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2]}}\ntrain: {batch_size: 512}")
	_, err := r.Run(t.Context(), plan)
	for _, want := range []string{"of memory, and there are 1.0 GiB of it: ",
		"for what resnet18 computes of 512 samples with 2 views of 64×64", "hint: a batch of 128 would fit: " +
			"train.batch_size; or give smaller views, such as half of it: views.size=32"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if runs := states(t, r); len(runs) > 0 {
		t.Errorf("runs %q are recorded", runs)
	}
}
