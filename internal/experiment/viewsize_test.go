package experiment

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// TestAStudyKeepsItsSizeOfViews adds a seed to a study whose runs an earlier
// version has made with views of another size.
func TestAStudyKeepsItsSizeOfViews(t *testing.T) {
	r, root := newRunner(t), filepath.Join(t.TempDir(), "images")
	pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
	text := "study: s\ngrid: {seed: [%s]}" + ofFolder(root)
	sizes := func() map[int]int {
		runs, err := r.Store.Runs(t.Context(), store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found := map[int]int{}
		for _, run := range runs {
			known, err := r.Store.Data(t.Context(), run.ID)
			if err != nil {
				t.Fatal(err)
			}
			found[known.ImageSize]++
		}
		return found
	}
	if err := r.RunStudy(t.Context(), resolveStudy(t, fmt.Sprintf(text, "1")), Changes{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int]int{16: 2}, sizes()); diff != "" {
		t.Fatal(diff)
	}
	exec(t, r, "UPDATE runs SET image_size = 12")
	more := resolveStudy(t, fmt.Sprintf(text, "1, 2"))
	if err := r.RunStudy(t.Context(), more, Changes{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), more.Plans[0]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int]int{12: 5}, sizes()); diff != "" {
		t.Errorf("sizes of views (-want +got)\n%s", diff)
	}
	alone := *more.Plans[0]
	alone.Spec.Study = ""
	if _, err := r.Run(t.Context(), &alone); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int]int{12: 5, 16: 1}, sizes()); diff != "" {
		t.Errorf("with a run of no study (-want +got)\n%s", diff)
	}
}
