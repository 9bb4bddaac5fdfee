package report

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestRemarksTellWhatTheTablesDoNot(t *testing.T) {
	s := study(t)
	add := func(method string, seed uint64, status store.Status, cause error, alarms ...string) {
		t.Helper()
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "first", Method: method, Backbone: "resnet20",
			Dataset: "shapes",
			Seed:    seed, Config: []byte("{}"), ConfigHash: "ffff"})
		for i, kind := range alarms {
			if err == nil {
				err = w.AddAlarm(t.Context(), int64(i), kind, "seen")
			}
		}
		if err == nil {
			err = w.Finish(t.Context(), status, cause)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("byol", 1, store.Stopped, errors.New("the loss is NaN"), "not-finite")
	add("byol", 2, store.Finished, nil, "collapse", "collapse")
	add("byol", 3, store.Finished, nil, "collapse")
	add("swav", 1, store.Failed, errors.New("one\ntwo"))
	add("dino", 1, store.Failed, errors.New("mended since"))
	add("dino", 1, store.Finished, nil)
	got, err := Remarks(t.Context(), s, "first")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"no result of byol-9 (byol on resnet20, seed 1): stopped: the loss is NaN",
		"no result of swav-12 (swav on resnet20, seed 1): failed: one; two",
		"alarm: collapse of byol on resnet20: byol-10, byol-11",
	}
	if !slices.Equal(got, want) {
		t.Errorf("remarks %q, want %q", got, want)
	}
	for _, seed := range []string{"1", "2"} {
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "apart", Method: "byol", Backbone: "resnet20",
			Dataset: "shapes",
			Seed:    1, Config: []byte(`{"seeds":{"order":null,"views":3,"weights":` + seed + `}}`), ConfigHash: seed})
		if err == nil {
			err = w.Finish(t.Context(), store.Finished, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	apart := []string{"seeds.weights: given apart from seed, and each value has rows of its own; what it makes of the " +
		"variance is told by: kontrast variance apart"}
	if got, err := Remarks(t.Context(), s, "apart"); err != nil || !slices.Equal(got, apart) {
		t.Errorf("remarks %q, error %v, want %q", got, err, apart)
	}
	for i, device := range []string{"", "CPU, avx512 kernels", "CPU, avx2 kernels", "CPU, avx512 kernels"} {
		for _, backbone := range []string{"resnet20", fmt.Sprint("resnet", 20+i)} {
			w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "mixed", Method: "byol", Backbone: backbone,
				Dataset: "shapes", Seed: uint64(i), Config: []byte("{}"), ConfigHash: "1", Backend: "kontrast", Device: device})
			if err == nil {
				err = w.Finish(t.Context(), store.Finished, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	mixed := []string{"resnet20 was trained on different devices (CPU, avx512 kernels; CPU, avx2 kernels): they round sums " +
		"otherwise, so that runs of one seed on two of them differ by more than their methods"}
	if got, err := Remarks(t.Context(), s, "mixed"); err != nil || !slices.Equal(got, mixed) {
		t.Errorf("remarks %q, error %v, want %q", got, err, mixed)
	}
	if got, err := Remarks(t.Context(), s, "another"); err != nil || len(got) > 0 {
		t.Errorf("another study has remarks %q, error %v", got, err)
	}
}
