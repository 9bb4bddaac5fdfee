package store

import (
	"errors"
	"testing"
)

var ofTransfer = Protocol{Kind: "few-shot", Dataset: "photos", TrainSplit: "train", TestSplit: "test",
	Details: map[string]string{"shots": "5", "content": "ab"}}

func smallTransfer(run int64) Transfer {
	return Transfer{
		Study: "moved", Settings: []byte(`{"k":5}`), Asked: []string{"few-shot", "zero-shot"}, Models: []int64{run},
		Data: []TransferData{{
			Name: "photos", Settings: []byte(`{"name":"folder"}`), Training: 20, Test: 10, Classes: 2, Content: "ab",
			TrainingPrint: "train of photos", TestPrint: "test of photos",
		}},
	}
}

// setTransfer measures a run in a transfer study.
func setTransfer(t *testing.T, s *Store, w *RunWriter) {
	t.Helper()
	check(t, s.SetTransfer(t.Context(), smallTransfer(w.ID)))
	check(t, w.AddEvaluations(t.Context(), 0, ofTransfer, map[string]float64{"top1": 0.75}))
	check(t, s.AddTransferResults(t.Context(), "moved", w.ID, "photos", "few-shot",
		[]TransferResult{{Evaluation: "few-shot 5", Protocol: ofTransfer.String()}}))
	check(t, s.AddTransferResults(t.Context(), "moved", w.ID, "photos", "zero-shot",
		[]TransferResult{{Evaluation: "zero-shot", Note: "no texts"}}))
}

func setOverlap(t *testing.T, s *Store) {
	t.Helper()
	check(t, s.SetOverlap(t.Context(), Overlap{
		Training: "photos", Test: "photos", TrainingPrint: "train of photos", TestPrint: "test of photos",
		TrainingSamples: 20, TestSamples: 10, Settings: []byte("{}"), Pairs: []OverlapPair{
			{Test: 3, Training: 4, Kind: "identical"}, {Test: 5, Training: 4, Kind: "features", Bits: 9, Similarity: 0.99},
		},
	}))
}

func TestScoresOfTransferStudiesStandApart(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.AddEvaluations(t.Context(), 0, knn, map[string]float64{"top1": 0.5}))
	setTransfer(t, s, w)
	check(t, w.Finish(t.Context(), Finished, nil))
	if got := text(t, s, "SELECT kind, value FROM run_scores"); got != "knn|0.5" {
		t.Errorf("the run's own study has the scores %s", got)
	}
	want := "simclr-1|photos|few-shot 5|top1|0.75||<nil>\nsimclr-1|photos|zero-shot|<nil>|<nil>|no texts|<nil>"
	table := "SELECT model, dataset, evaluation, metric, value, note, duplicated FROM transfer_table WHERE study = 'moved'"
	if got := text(t, s, table); got != want {
		t.Errorf("the table has\n%s\nwant\n%s", got, want)
	}
	setOverlap(t, s)
	setOverlap(t, s) // in place of the first
	if got := text(t, s, "SELECT test_samples, identical, near, share FROM overlaps"); got != "10|1|1|0.2" {
		t.Errorf("the overlap is %s", got)
	}
	if got := text(t, s, "SELECT duplicated FROM transfer_table WHERE evaluation = 'few-shot 5'"); got != "2" {
		t.Errorf("%s test images are marked, want 2", got)
	}
	if got := text(t, s, "SELECT method, measured, value FROM transfer_scores WHERE study = 'moved'"); got !=
		"simclr-1|photos|0.75" {
		t.Errorf("transfer_scores has %s", got)
	}
	done, err := s.Measured(t.Context(), "moved", w.ID)
	check(t, err)
	if !done[[2]string{"photos", "few-shot"}] || !done[[2]string{"photos", "zero-shot"}] || len(done) != 2 {
		t.Errorf("measured are %v", done)
	}
	known, err := s.Studies(t.Context())
	check(t, err)
	if len(known) == 0 || known[len(known)-1] != "moved" {
		t.Errorf("the studies are %q", known)
	}
}

func TestATransferStudyKeepsItsSettingsAndImages(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, s.SetTransfer(t.Context(), smallTransfer(w.ID)))
	check(t, s.SetTransfer(t.Context(), smallTransfer(w.ID)))
	other := smallTransfer(w.ID)
	other.Settings = []byte(`{"k":6}`)
	if err := s.SetTransfer(t.Context(), other); !errors.Is(err, ErrOtherTransfer) {
		t.Errorf("other settings give %v", err)
	}
	other = smallTransfer(w.ID)
	other.Data[0].Content = "cd"
	if err := s.SetTransfer(t.Context(), other); !errors.Is(err, ErrOtherTransfer) {
		t.Errorf("other images give %v", err)
	}
	other = smallTransfer(w.ID)
	own := info("simclr", "resnet8", 2)
	own.Study = "trained"
	createRun(t, s, own)
	other.Study = "trained"
	if err := s.SetTransfer(t.Context(), other); !errors.Is(err, ErrOtherTransfer) {
		t.Errorf("the name of a study of trained runs gives %v", err)
	}
	if got := text(t, s, "SELECT count(*) FROM transfer_data"); got != "1" {
		t.Errorf("%s data sets, want 1", got)
	}
}
