package web

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestContributionsInTheReport(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan := store.Ablation{Study: "a", First: "old", Second: "new", AllOrders: 2, Factors: []store.AblationFactor{
		{Name: "head", First: "linear", Second: "<MLP>"}, {Name: "views", First: "weak", Second: "strong"}}}
	linear := store.Protocol{Kind: "linear", TrainSplit: "train", TestSplit: "test"}
	for corner := range 4 {
		hash := fmt.Sprintf("h%d", corner)
		plan.Corners = append(plan.Corners, store.AblationCorner{Number: corner, Label: hash, ConfigHash: hash})
		for seed := range uint64(3) {
			w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "a", Method: "simclr", Backbone: "resnet8",
				Dataset: "shapes", Seed: seed, ConfigHash: hash, Config: []byte("{}")})
			if err != nil {
				t.Fatal(err)
			}
			value := 0.4 + 0.1*float64(corner&1) - 0.02*float64(corner>>1) + 0.001*float64(seed*uint64(corner))
			for _, problem := range []error{w.AddEvaluations(t.Context(), 1, linear, map[string]float64{"top1": value}),
				w.Finish(t.Context(), store.Finished, nil)} {
				if problem != nil {
					t.Fatal(problem)
				}
			}
		}
	}
	if err := s.SetAblation(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if err := compare.RecordAttributions(t.Context(), s, "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	url, _ := writeReport(t, database, "a", ReportOptions{})
	b := openTab(t, url)
	b.Look(1400, 900, "light")
	b.Do(chromedp.Navigate(url))
	b.Wait(
		`document.querySelectorAll("#attribution table tbody tr").length === 3 && document.querySelectorAll("#attribution svg rect").length >= 3`,
	)
	if n := b.numbers(database); n < 8 {
		t.Errorf("only %d numbers", n)
	}
	got := value[string](b, `document.querySelector("#attribution table").textContent`)
	for _, want := range []string{"headlinear<MLP>+10.10 ±", "viewsweakstrong−1.", "all togetheroldnew"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table says %q, want %q in it", got, want)
		}
	}
	b.shootAll("report-ablation")
}
