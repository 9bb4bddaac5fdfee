package experiment

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/checkpoint"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// pictures fills a folder with that many images of each class.
func pictures(t *testing.T, root string, shade int, classes map[string]int) {
	t.Helper()
	for class, count := range classes {
		if err := os.MkdirAll(filepath.Join(root, class), 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range count {
			picture := image.NewGray(image.Rect(0, 0, 16, 16))
			for k := range picture.Pix {
				picture.Pix[k] = uint8(k*(i+len(class)) + shade)
			}
			file, err := os.Create(filepath.Join(root, class, fmt.Sprintf("%02d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(file, picture), file.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// ofFolder are settings of a run on the images of a folder.
func ofFolder(root string) string {
	return fmt.Sprintf(`
method: toy
backbone: {name: resnet8, width: 0.25}
dataset: {name: folder, path: %q, test_fraction: 0.25}
train: {epochs: 1, batch_size: 8}
eval: {knn: {k: 3}}
`, root)
}

// scores are what the store has of a run, by protocol and metric.
func scores(t *testing.T, r *Runner, id int64) map[string]float64 {
	t.Helper()
	all, err := r.Store.Evaluations(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, e := range all {
		found[e.Protocol+" "+e.Metric] = e.Value
	}
	return found
}

func TestChangedDataAreRefusedOrSaidSo(t *testing.T) {
	for want, change := range map[string]func(root string){
		`class "cow" is new; the test split has 14 samples, and had 10`: func(root string) {
			pictures(t, root, 90, map[string]int{"cow": 16})
		},
		"the test split has 11 samples, and had 10":   func(root string) { pictures(t, root, 0, map[string]int{"cat": 24}) },
		"images of the train split have other pixels": nil,
	} {
		r, root := newRunner(t), filepath.Join(t.TempDir(), "images")
		pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
		outcome, err := r.Run(t.Context(), resolve(t, ofFolder(root)))
		if err != nil {
			t.Fatal(err)
		}
		before := scores(t, r, outcome.ID)
		if change == nil { // as many, of the same names and sizes, where no sample of the fingerprint lies
			exec(t, r, "UPDATE splits SET pixels = 'others' WHERE split = 'train'")
		} else {
			change(root)
		}
		for name, work := range map[string]func(Changes) error{
			"eval": func(c Changes) error { _, err := r.Evaluate(t.Context(), outcome.ID, c); return err },
			"export": func(c Changes) error {
				_, err := r.Export(t.Context(), outcome.ID, t.TempDir(), c)
				return err
			},
		} {
			if err := work(Changes{}); !errors.Is(err, ErrDataChanged) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want ErrDataChanged with %q", name, err, want)
			}
			if err := work(Changes{DataChanged: true}); err != nil {
				t.Errorf("%s, though asked for: %v", name, err)
			}
		}
		after := scores(t, r, outcome.ID)
		for protocol, value := range before {
			if after[protocol] != value {
				t.Errorf("%s was %g and is %g", protocol, value, after[protocol])
			}
			delete(after, protocol)
		}
		if len(after) < 2 {
			t.Errorf("scores of the changed data %v, want some of their own", after)
		}
		for protocol := range after {
			if !strings.Contains(protocol, "data=changed-") {
				t.Errorf("protocol %q does not say that the data have changed", protocol)
			}
		}
	}
}

func TestATrainingIsNotResumedOnChangedData(t *testing.T) {
	r, root := newRunner(t), filepath.Join(t.TempDir(), "images")
	pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
	run := cutRun(t, r, ofFolder(root))
	pictures(t, root, 0, map[string]int{"cat": 40})
	if _, err := r.Resume(t.Context(), run.ID, Changes{}); !errors.Is(err, ErrDataChanged) {
		t.Errorf("error %v, want ErrDataChanged", err)
	}
	if got := states(t, r); !slices.Equal(got, []string{"toy-1 interrupted"}) {
		t.Errorf("runs %q, want the one as it was", got)
	}
	if _, err := r.Resume(t.Context(), run.ID, Changes{DataChanged: true}); err != nil {
		t.Fatal(err)
	}
	alarms, err := r.Store.Alarms(t.Context(), run.ID)
	if err != nil || len(alarms) == 0 || alarms[0].Kind != dataChangedKind {
		t.Errorf("alarms %v, error %v; want that the data have changed", alarms, err)
	}
}

// TestTheStoredNormalizationIsUsed evaluates a run on other images as if they were its own.
func TestTheStoredNormalizationIsUsed(t *testing.T) {
	r, root := newRunner(t), filepath.Join(t.TempDir(), "images")
	pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
	outcome, err := r.Run(t.Context(), resolve(t, ofFolder(root)))
	if err != nil {
		t.Fatal(err)
	}
	info := func(folder string) map[string]string {
		file, err := checkpoint.Load(filepath.Join(folder, "backbone.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return file.Info
	}
	first, second, weights := t.TempDir(), t.TempDir(), t.TempDir()
	if _, err := r.Export(t.Context(), outcome.ID, first, Changes{}); err != nil {
		t.Fatal(err)
	}
	pictures(t, root, 200, map[string]int{"cat": 30, "dog": 1})
	if _, err := r.Export(t.Context(), outcome.ID, second, Changes{DataChanged: true}); err != nil {
		t.Fatal(err)
	}
	if a, b := info(first), info(second); a["normalization"] == "" || a["normalization"] != b["normalization"] ||
		b["data"] == "" {
		t.Errorf("normalizations %q and %q, data %q", a["normalization"], b["normalization"], b["data"])
	}

	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	exported, err := r.ExportWeights(t.Context(), outcome.ID, weights)
	if err != nil || len(exported.Files) != 2 {
		t.Fatalf("without images: %v, error %v; want the weights and load.py", exported, err)
	}
	if diff := cmp.Diff(info(first)["classes"], info(weights)["classes"]); diff != "" {
		t.Errorf("classes (-with images +without)\n%s", diff)
	}
	a, _ := os.ReadFile(filepath.Join(first, "backbone.safetensors"))
	b, _ := os.ReadFile(filepath.Join(weights, "backbone.safetensors"))
	if n := 64; string(a[len(a)-n:]) != string(b[len(b)-n:]) {
		t.Error("the weights differ from those that were written with images")
	}
}

// TestEverythingCanMove moves database, checkpoints and images, together and
// the images alone.
func TestEverythingCanMove(t *testing.T) {
	home := t.TempDir()
	t.Chdir(home)
	r := runnerAt(t, home)
	pictures(t, "images", 0, map[string]int{"cat": 20, "dog": 20})
	run := cutRun(t, r, ofFolder("images"))
	if err := r.Store.Close(); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(home, elsewhere); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // the process is in another folder, too
	r = runnerAt(t, elsewhere)
	if _, err := r.Resume(t.Context(), run.ID, Changes{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(elsewhere, "images"), filepath.Join(elsewhere, "photos")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Evaluate(t.Context(), run.ID, Changes{}); err == nil {
		t.Error("images that are gone are evaluated")
	}
	if _, err := r.Evaluate(
		t.Context(), run.ID, Changes{Set: []string{"dataset.path=" + filepath.Join(elsewhere, "photos")}},
	); err != nil {
		t.Errorf("images whose new place is said: %v", err)
	}
	files, err := r.Store.Artifacts(t.Context(), run.ID)
	if err != nil || len(files) != 1 || !strings.HasPrefix(files[0].Path, elsewhere) {
		t.Errorf("files %v, error %v; want one in %s", files, err, elsewhere)
	}
}

func TestAStudyOverChangedDataIsRefusedOrMadeAgain(t *testing.T) {
	r, root := newRunner(t), filepath.Join(t.TempDir(), "images")
	pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
	text := strings.Replace(ofFolder(root), "method: toy", "study: s\ngrid: {method: [toy], seed: [1]}", 1)
	for range 2 { // the second has nothing to do
		if err := r.RunStudy(t.Context(), resolveStudy(t, text), Changes{}); err != nil {
			t.Fatal(err)
		}
	}
	pictures(t, root, 0, map[string]int{"dog": 28})
	for _, more := range []string{text, strings.Replace(text, "seed: [1]", "seed: [2]", 1)} { // nor a seed more
		if err := r.RunStudy(t.Context(), resolveStudy(t, more), Changes{}); !errors.Is(err, ErrDataChanged) ||
			!strings.Contains(err.Error(), "run untrained-1") {
			t.Errorf("error %v, want ErrDataChanged with the run", err)
		}
	}
	if got := len(states(t, r)); got != 2 {
		t.Errorf("%d runs, want the 2 of before", got)
	}
	for range 2 {
		if err := r.RunStudy(t.Context(), resolveStudy(t, text), Changes{DataChanged: true}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"untrained-1 finished", "toy-2 finished", "untrained-3 finished",
		"toy-4 finished"}; !slices.Equal(states(t, r), want) {
		t.Errorf("runs %q, want %q", states(t, r), want)
	}
	if summaries, err := r.Store.Summaries(t.Context(), store.Filter{Study: "s", Metric: "top1"}); err != nil ||
		len(summaries) == 0 || summaries[0].N != 1 {
		t.Errorf("summaries %v, error %v; want the new runs alone", summaries, err)
	}
}
