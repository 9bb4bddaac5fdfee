package store

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bestPerBackbone is the question the database is made for.
const bestPerBackbone = `
	SELECT backbone, method, printf('%.2f ± %.2f', 100 * mean, 100 * half_width) AS top1, n
	FROM seed_summary
	WHERE rank = 1 AND kind = 'knn' AND metric = 'top1'
	ORDER BY backbone`

func comparison(t testing.TB) *Store {
	s := newStore(t)
	for method, values := range map[string]map[string][]float64{
		"simclr": {"resnet20": {0.50, 0.52, 0.57}, "vit-ti": {0.40, 0.41, 0.39}},
		"mocov2": {"resnet20": {0.51, 0.52, 0.53}, "vit-ti": {0.42, 0.40, 0.44}},
	} {
		for backbone, values := range values {
			for seed, value := range values {
				scored(t, s, info(method, backbone, uint64(seed)), knn, "top1", value)
			}
		}
	}
	return s
}

func TestBestMethodPerBackboneIsOneSelect(t *testing.T) {
	s := comparison(t)
	// By hand: simclr on resnet20 has mean 0.53, std sqrt(0.0013), 4.30265 × std / √3 = 0.08957;
	// mocov2 on vit-ti has mean 0.42, std 0.02, half width 0.04968.
	want := "resnet20|simclr|53.00 ± 8.96|3\nvit-ti|mocov2|42.00 ± 4.97|3"
	if got := text(t, s, bestPerBackbone); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestScoresAreReadFromTheView(t *testing.T) {
	s := comparison(t)
	scores, err := s.Scores(t.Context(), Filter{Study: "s", Backbone: "vit-ti", Kind: "knn", Metric: "top1",
		Protocol: knn.String(), ConfigHash: "hash-mocov2"})
	check(t, err)
	var values []float64
	for _, score := range scores {
		values = append(values, score.Value)
	}
	if diff := cmp.Diff([]float64{0.42, 0.40, 0.44}, values); diff != "" {
		t.Errorf("scores by seed (-want +got)\n%s", diff)
	}
}

func TestTheLeaderboardHasTheBestRunOfEachMethod(t *testing.T) {
	got := text(t, comparison(t), "SELECT rank, method, backbone, value, runs, seed FROM leaderboard "+
		"WHERE dataset = 'shapes' AND metric = 'top1' ORDER BY rank")
	want := "1|simclr|resnet20|0.57|3|2\n2|mocov2|resnet20|0.53|3|2\n3|mocov2|vit-ti|0.44|3|2\n4|simclr|vit-ti|0.41|3|1"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leaderboard (-want +got)\n%s", diff)
	}
}

// needShell is set where the tests of SQLite's shell must not be skipped, as in CI.
const needShell = "KONTRAST_NEED_SQLITE3"

// sqliteShell is the path of SQLite's own shell.
func sqliteShell(t *testing.T) string {
	t.Helper()
	shell, err := exec.LookPath("sqlite3")
	if err != nil && os.Getenv(needShell) != "" {
		t.Fatalf("no sqlite3 found, and %s is set; install Debian's sqlite3", needShell)
	}
	if err != nil {
		t.Skip("no sqlite3 shell on this machine")
	}
	return shell
}

func TestShellReadsTheSameFromTheViews(t *testing.T) {
	shell := sqliteShell(t)
	s := comparison(t)
	known := info("byol", "resnet20", 1)
	known.Data = Data{
		Splits: []Split{{Name: "train", Samples: 3, Classes: []Class{{"cat", 1}, {"dog", 2}}, Fingerprint: "f"}},
	}
	w := createRun(t, s, known)
	check(t, w.Log(t.Context(), 3, "loss", 1.25))
	check(
		t, w.AddLeftOut(
			t.Context(), []LeftOut{{"train", "a.jpg", "unexpected EOF", 3, 1}, {"train", "b.txt", "no image", -1, 2}},
		),
	)
	check(t, w.SetPredictions(t.Context(), knn, []Prediction{{0, 1, 10}, {2, 0, 0}}))
	check(
		t, w.SetImport(
			t.Context(), Import{Source: "a.pth", Format: "pytorch", Layout: "moco", LeftOut: []string{"fc.weight"}},
		),
	)
	check(t, w.Finish(t.Context(), Finished, nil))
	check(t, s.SetComparisons(t.Context(), "s", []PairRow{{
		Dataset: "shapes", Backbone: "resnet20", Protocol: knn.String(), Metric: "top1", First: "simclr", FirstHash: "a",
		Second: "mocov2", SecondHash: "b",
		N: 3, Difference: 0.01, Lower: -0.02, Upper: 0.04, P: 0.3, PHolm: 0.3, Test: "student", Verdict: "undecided",
		SeedsNeeded: 12,
	}}))
	check(t, s.SetAblation(t.Context(), smallAblation))
	check(t, s.SetAttributions(t.Context(), "s", smallAttributions()))
	factor := Protocol{
		Kind: "factor", TrainSplit: "train", TestSplit: "test", Details: map[string]string{"factor": "color"},
	}
	elsewhere := knn
	elsewhere.Dataset = "mnist"
	for _, method := range []string{"simclr", "untrained"} {
		scored(t, s, info(method, "resnet20", 1), factor, "top1", 0.5)
		scored(t, s, info(method, "resnet20", 1), elsewhere, "top1", 0.25)
	}
	moved := createRun(t, s, info("byol", "resnet20", 1))
	setTransfer(t, s, moved)
	check(t, moved.Finish(t.Context(), Finished, nil))
	setOverlap(t, s)
	queries := []string{bestPerBackbone}
	for _, view := range Views() {
		columns := make([]string, len(view.Columns))
		for i, column := range view.Columns { // SQLite's releases print numbers with different digits
			columns[i] = fmt.Sprintf(
				"iif(typeof(%[1]s) = 'real', printf('%%.9g', %[1]s), coalesce(%[1]s, '<nil>'))", column.Name,
			)
		}
		queries = append(queries, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
			strings.Join(columns, ", "), view.Name, ordinals(len(columns))))
	}
	for _, query := range queries {
		output, err := exec.Command(shell, "-readonly", s.Path(), query).CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v: %s", query, err, output)
			continue
		}
		ours := text(t, s, query)
		if diff := cmp.Diff(ours, strings.TrimSuffix(string(output), "\n")); diff != "" {
			t.Errorf("%s\n(-ours +shell)\n%s", query, diff)
		}
		if ours == "" {
			t.Errorf("%s\ngave nothing", query)
		}
	}
}

func ordinals(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i + 1)
	}
	return strings.Join(list, ", ")
}

// What a method keeps of a factor stands beside what the untrained backbone has of it.
func TestFactorsAreScoredBesideTheUntrainedBackbone(t *testing.T) {
	s := newStore(t)
	color := Protocol{
		Kind: "factor", TrainSplit: "train", TestSplit: "test", Details: map[string]string{"factor": "color"},
	}
	for seed, value := range []float64{0.5, 0.7} {
		scored(t, s, info("simclr", "resnet20", uint64(seed)), color, "top1", value)
		scored(t, s, info("untrained", "resnet20", uint64(seed)), color, "top1", value/2)
	}
	got := text(
		t, s, "SELECT measured, method, factor, n, round(mean, 6), round(untrained, 6) FROM factor_scores ORDER BY method",
	)
	if want := "shapes|simclr|color|2|0.6|0.3\nshapes|untrained|color|2|0.3|0.3"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestScoresOfAStudyAreFoundByItsRuns reads SQLite's plan: a study's scores must
// not cost a look at all others'.
func TestScoresOfAStudyAreFoundByItsRuns(t *testing.T) {
	s := comparison(t)
	for _, view := range []string{"run_scores", "seed_summary"} {
		for _, where := range []string{"study = 's'", "study IN ('s', 'other')"} {
			plan := text(t, s, "EXPLAIN QUERY PLAN SELECT * FROM "+view+" WHERE "+where)
			if !strings.Contains(plan, "SEARCH r USING INDEX runs_by_setting (study=?)") || strings.Contains(plan, "SCAN e|") {
				t.Errorf("%s WHERE %s looks at all evaluations:\n%s", view, where, plan)
			}
		}
	}
}
