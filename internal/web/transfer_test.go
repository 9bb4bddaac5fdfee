package web

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// moved is a transfer study of two networks of another study on two data sets.
func moved(ctx context.Context, s *store.Store) error {
	study := store.Transfer{Study: "moved", Settings: []byte("{}"), Asked: []string{"linear", "zero-shot"}}
	for i, name := range []string{"stamps", "digits"} {
		study.Data = append(study.Data, store.TransferData{
			Name: name, Settings: []byte("{}"), Training: 20, Test: 4, Classes: 2 + i, Content: name,
			TrainingPrint: "training " + name, TestPrint: "test " + name,
		})
	}
	for i, method := range []string{"simclr", "clip"} {
		w, err := s.CreateRun(ctx, store.RunInfo{Study: "own", Method: method, Backbone: "resnet8", Dataset: "shapes",
			Seed: 1, ConfigHash: method, Config: []byte("{}")})
		if err != nil {
			return err
		}
		study.Models = []int64{w.ID}
		if err := s.SetTransfer(ctx, study); err != nil {
			return err
		}
		for j, d := range study.Data {
			p := store.Protocol{Kind: "linear", Dataset: d.Name, TrainSplit: "train", TestSplit: "test",
				Details: map[string]string{"content": d.Content}}
			right := []store.Prediction{{Sample: 0}, {Sample: 1}, {Sample: 2}, {Sample: 3}}
			for wrong := range i + j {
				right[wrong].Predicted = 1
			}
			if err := w.AddEvaluations(ctx, 1, p, map[string]float64{"top1": 1 - float64(i+j)/4}); err != nil {
				return err
			}
			if err := w.SetPredictions(ctx, p, right); err != nil {
				return err
			}
			if err := s.AddTransferResults(ctx, "moved", w.ID, d.Name, "linear",
				[]store.TransferResult{{Evaluation: "linear", Protocol: p.String()}}); err != nil {
				return err
			}
			if err := s.AddTransferResults(ctx, "moved", w.ID, d.Name, "zero-shot",
				[]store.TransferResult{{Evaluation: "zero-shot", Note: "no texts"}}); err != nil {
				return err
			}
		}
		if err := w.Finish(ctx, store.Finished, nil); err != nil {
			return err
		}
	}
	return s.SetOverlap(ctx, store.Overlap{
		Training: "digits", Test: "digits", TrainingPrint: "training digits", TestPrint: "test digits", TrainingSamples: 20,
		TestSamples: 4, Settings: []byte("{}"), Pairs: []store.OverlapPair{{Test: 1, Training: 2, Kind: "identical"}},
	})
}

func TestATransferStudyIsReported(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := moved(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	url, _ := writeReport(t, database, "moved", ReportOptions{})
	b := openTab(t, url)
	b.Do(chromedp.Navigate(url))
	b.Wait(`document.querySelectorAll("#transfer table").length === 2`)
	b.numbers(database)
	text := value[string](b, `document.getElementById("transfer").textContent`)
	for _, want := range []string{
		"simclr-1resnet8100.0 a75.0 a !1.00", "clip-2resnet875.0 a50.0 a !2.00", "simclr-1, clip-2: no texts: stamps, digits",
		"! simclr-1, clip-2: 1 of 4 test images have a near-duplicate among the training images",
		"Pairs of networks by linear (3 sentences, 0 more than chance)",
		"stamps: simclr-1 and clip-2: undecided",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the section does not say %q:\n%s", want, text)
		}
	}
	b.figures(database)

	b.shootAll("report-transfer")

	url = serving(t, database) + "/"
	b = openTab(t, url)
	b.open(url)
	row := value[string](b, `[...document.querySelectorAll("#studies tbody tr")].map((r) => r.textContent).find((r) => r.startsWith("moved"))`)
	if !strings.HasPrefix(row, "moved2 networks, transferred2stamps,digits20") {
		t.Errorf("the overview shows the study as %q", row)
	}
	b.numbers(database)
	b.open(url + "study/moved")
	b.Wait(`document.querySelectorAll("#transfer figure svg").length > 0`)
	b.numbers(database)
	b.shootAll("page-transfer")
}
