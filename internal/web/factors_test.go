package web

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestFactorsAndTransferInTheReport(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, method := range []string{"simclr", "simclr", "byol"} {
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "f", Method: method, Backbone: "resnet8", Dataset: "shapes",
			Seed: uint64(i), ConfigHash: method, Config: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		value := 0.5 + float64(i)/10
		factor := store.Protocol{
			Kind: "factor", TrainSplit: "train", TestSplit: "test", Details: map[string]string{"factor": "color"},
		}
		elsewhere := store.Protocol{Kind: "linear", Dataset: "cifar10", TrainSplit: "train", TestSplit: "test"}
		own := store.Protocol{Kind: "linear", TrainSplit: "train", TestSplit: "test"}
		for _, problem := range []error{
			w.AddEvaluations(t.Context(), 1, own, map[string]float64{"top1": value}),
			w.AddEvaluations(t.Context(), 1, factor, map[string]float64{"top1": value - 0.1}),
			w.AddEvaluations(t.Context(), 1, elsewhere, map[string]float64{"top1": value - 0.2}),
			w.Finish(t.Context(), store.Finished, nil),
		} {
			if problem != nil {
				t.Fatal(problem)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	url, _ := writeReport(t, database, "f", ReportOptions{})
	b := openTab(t, url)
	b.Do(chromedp.Navigate(url))
	b.Wait(
		`document.querySelectorAll("#factors table").length === 2 && document.querySelectorAll("#factors svg").length === 2`,
	)
	b.numbers(database)
	if got := value[string](b,
		`[...document.querySelectorAll("#factors table")].map((t) => t.textContent).join(" ")`); got != "Factorsmethodcolorbyol0.600simclr0.450 Transfermethodcifar10 linearbyol0.500simclr0.350" {
		t.Errorf("the tables say %q", got)
	}
}
