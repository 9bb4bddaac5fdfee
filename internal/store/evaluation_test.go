package store

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProtocolInOneLine(t *testing.T) {
	linear := Protocol{Kind: "linear", Dataset: "cifar10", TrainSplit: "train", TestSplit: "test", Selection: Best,
		Details: map[string]string{"l2": "0.001", "epochs": "100"}}
	for want, p := range map[string]Protocol{
		"knn k=200 temperature=0.07 distance=cosine train→test last": knn,
		"linear epochs=100 l2=0.001 on cifar10 train→test best":      linear,
		"retrieval test last": {Kind: "retrieval", TestSplit: "test"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEqualProtocolsAreOneRow(t *testing.T) {
	s := newStore(t)
	other := knn
	other.Details = map[string]string{"l2": "1"}
	for _, p := range []Protocol{knn, knn, other, {Kind: "knn", K: 200, Temperature: 0.07, Distance: "cosine",
		TrainSplit: "train", TestSplit: "test", Selection: Last}} {
		scored(t, s, info("simclr", "resnet8", 1), p, "top1", 0.5)
	}
	want := "knn|200|0.07|cosine|<nil>|train|test|last|{}\nknn|200|0.07|cosine|<nil>|train|test|last|{\"l2\":\"1\"}"
	if got := text(t, s, "SELECT kind, k, temperature, distance, dataset, train_split, test_split, selection, details "+
		"FROM protocols ORDER BY id"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAddEvaluationsRefuses(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	top1 := map[string]float64{"top1": 1}
	for want, err := range map[string]error{
		"run simclr-1: evaluation knn last at step 5: top1 is NaN, not a finite number": w.AddEvaluations(
			t.Context(), 5, Protocol{Kind: "knn"}, map[string]float64{"top1": math.NaN()},
		),
		"top1 is -Inf":          w.AddEvaluations(t.Context(), 5, knn, map[string]float64{"top1": math.Inf(-1)}),
		"the step not negative": w.AddEvaluations(t.Context(), -5, knn, top1),
		"the kind is missing":   w.AddEvaluations(t.Context(), 5, Protocol{}, top1),
		`unknown selection "first"; known are last and best`: w.AddEvaluations(
			t.Context(), 5, Protocol{Kind: "knn", Selection: "first"}, top1,
		),
		"k is -1":            w.AddEvaluations(t.Context(), 5, Protocol{Kind: "knn", K: -1}, top1),
		"temperature is NaN": w.AddEvaluations(t.Context(), 5, Protocol{Kind: "knn", Temperature: math.NaN()}, top1),
		"top5 is NaN":        w.AddEvaluations(t.Context(), 5, knn, map[string]float64{"top1": 1, "top5": math.NaN()}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if got := text(t, s, "SELECT count(*) FROM evaluations"); got != "0" {
		t.Errorf("%s evaluations are recorded, want none", got)
	}
	if _, err := s.db.Exec("INSERT INTO evaluations VALUES (1, 1, 'top1', 1, 9e999, '')"); err == nil {
		t.Error("the table took an infinite value")
	}
}

func TestScoresAreOfTheLastOrTheBestStep(t *testing.T) {
	s := newStore(t)
	best := knn
	best.Selection = Best
	w := createRun(t, s, info("simclr", "resnet8", 1))
	for step, value := range []float64{0.1, 0.6, 0.4} {
		for _, p := range []Protocol{knn, best} {
			check(t, w.AddEvaluations(t.Context(), int64(step), p, map[string]float64{"top1": value, "loss": value}))
		}
	}
	check(t, w.Finish(t.Context(), Finished, nil))
	got := text(t, s, "SELECT metric, substr(protocol, -4), better, step, value FROM run_scores ORDER BY 1, 2")
	want := "loss|best|lower|0|0.1\nloss|last|lower|2|0.4\ntop1|best|higher|1|0.6\ntop1|last|higher|2|0.4"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestScoresAreOfFinishedRunsAndNotRepeated(t *testing.T) {
	s := newStore(t)
	scored(t, s, info("simclr", "resnet8", 1), knn, "top1", 0.1)
	scored(t, s, info("simclr", "resnet8", 2), knn, "top1", 0.2)
	scored(t, s, info("simclr", "resnet8", 1), knn, "top1", 0.3) // the same seed again
	failed := createRun(t, s, info("simclr", "resnet8", 3))
	check(t, failed.AddEvaluations(t.Context(), 1, knn, map[string]float64{"top1": 0.9}))
	check(t, failed.Finish(t.Context(), Failed, nil))
	if got := text(
		t, s, "SELECT name, seed, value FROM run_scores ORDER BY seed",
	); got != "simclr-3|1|0.3\nsimclr-2|2|0.2" {
		t.Errorf("scores\n%s", got)
	}
	if got := text(t, s, "SELECT n, mean FROM seed_summary"); got != "2|0.25" {
		t.Errorf("summary %s", got)
	}
}

func TestLowerIsBetterTurnsRanksAround(t *testing.T) {
	s := newStore(t)
	check(t, s.exec(t.Context(), `
		INSERT INTO measures (metric, better, unit, description)
		VALUES ('error', 'lower', 'fraction', 'share of wrong guesses')`))
	for method, values := range map[string][]float64{"simclr": {0.3, 0.4}, "mocov2": {0.2, 0.5}} {
		for seed, value := range values {
			scored(t, s, info(method, "resnet8", uint64(seed)), knn, "error", value)
		}
	}
	if got := text(
		t, s, "SELECT rank, method, value, runs FROM leaderboard ORDER BY rank",
	); got != "1|mocov2|0.2|2\n2|simclr|0.3|2" {
		t.Errorf("leaderboard\n%s", got)
	}
	if got := text(t, s, "SELECT rank, method, best, worst FROM seed_summary ORDER BY "+
		"method"); got != "1|mocov2|0.2|0.5\n1|simclr|0.3|0.4" {
		t.Errorf("summary\n%s", got) // equal means share a rank
	}
}

func TestOneSeedHasNoInterval(t *testing.T) {
	s := newStore(t)
	scored(t, s, info("simclr", "resnet8", 1), knn, "top1", 0.5)
	if got := text(t, s, "SELECT n, mean, std, half_width, lower, upper FROM "+
		"seed_summary"); got != "1|0.5|<nil>|<nil>|<nil>|<nil>" {
		t.Errorf("got %s", got)
	}
	summaries, err := s.Summaries(t.Context(), Filter{Metric: "top1"})
	check(t, err)
	if len(summaries) != 1 || !math.IsNaN(summaries[0].HalfWidth) || summaries[0].Unit != "fraction" {
		t.Errorf("got %+v", summaries)
	}
}

func TestPredictionsReplaceEarlierOnes(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.SetPredictions(t.Context(), knn, []Prediction{{0, 3, 3}, {1, 4, 3}, {2, 5, 5}}))
	check(t, w.SetPredictions(t.Context(), knn, []Prediction{{0, 3, 3}, {1, 4, 3}}))
	if got := text(t, s, "SELECT avg(label = predicted), count(*) FROM predictions"); got != "0.5|2" {
		t.Errorf("got %s", got)
	}
	err := w.SetPredictions(t.Context(), knn, []Prediction{{7, 0, 0}, {7, 1, 1}})
	if err == nil || !strings.Contains(err.Error(), "prediction of sample 7") {
		t.Errorf("a sample twice gives %v", err)
	}
	if got := text(t, s, "SELECT count(*) FROM predictions"); got != "2" {
		t.Errorf("after the failure there are %s, want the 2 from before", got)
	}
}

func TestAlarmsAndArtifacts(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.AddAlarm(t.Context(), 9, "nan", "loss is NaN"))
	check(t, w.AddAlarm(t.Context(), 3, "collapse", "std is 0.001"))
	alarms, err := s.Alarms(t.Context(), w.ID)
	check(t, err)
	if len(alarms) != 2 || alarms[0].Kind != "collapse" || alarms[0].Time.IsZero() || alarms[1].Detail != "loss is NaN" {
		t.Errorf("alarms %+v", alarms)
	}

	path := filepath.Join(t.TempDir(), "last.ckpt")
	check(t, os.WriteFile(path, []byte("abc"), 0o666))
	_, err = w.AddArtifact(t.Context(), "checkpoint", path)
	check(t, err)
	artifacts, err := s.Artifacts(t.Context(), w.ID)
	check(t, err)
	const sha256OfABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	if len(artifacts) != 1 || artifacts[0].SHA256 != sha256OfABC || artifacts[0].Bytes != 3 || artifacts[0].Path != path {
		t.Errorf("artifacts %+v", artifacts)
	}
	if _, err := w.AddArtifact(t.Context(), "checkpoint", path+"x"); err == nil ||
		!strings.Contains(err.Error(), "run simclr-1: checkpoint: open") {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestDeletingARunDeletesWhatBelongsToIt(t *testing.T) {
	s := newStore(t)
	w := scored(t, s, info("simclr", "resnet8", 1), knn, "top1", 0.5)
	_, err := s.db.Exec("DELETE FROM runs WHERE id = ?", w.ID)
	check(t, err)
	if got := text(t, s, "SELECT (SELECT count(*) FROM params) + (SELECT count(*) FROM evaluations)"); got != "0" {
		t.Errorf("%s rows are left", got)
	}
}
