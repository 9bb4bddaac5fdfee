package web

import (
	"database/sql"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // driver of the raw inserts

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/store"
)

var (
	bigStudies = flag.Int("studies", 5, "studies of the database that BenchmarkPages makes")
	bigPath    = flag.String("database", "", "where BenchmarkPages makes that database, or finds it; empty for a folder that is removed")
	bigRows    = flag.Int("rows", 1000, "rows of metrics of each of its runs, of which a study has 100")
)

const (
	bigMethods  = 20
	bigSeeds    = 5
	bigSettings = 75 // beside those that matter
	bigSamples  = guessed + 100
)

// numbered are names for methods.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("method-%02d", i)
	}
	return names
}

// bigStudy records a study of methods and 5 seeds, with the guesses of two
// evaluations of each run, and, if asked for, scores of factors and of other data sets.
func bigStudy(t testing.TB, s *store.Store, name string, methods []string, samples int, others bool) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var settings []string
	for i := range bigSettings {
		settings = append(settings, fmt.Sprintf(`"setting_%02d": %d`, i, i))
	}
	for m, method := range methods {
		for seed := range bigSeeds {
			w, err := s.CreateRun(t.Context(), store.RunInfo{
				Study: name, Method: method, Backbone: "resnet20", Dataset: "cifar10", Seed: uint64(seed),
				ConfigHash: method, Steps: 2000,
				Config: fmt.Appendf(
					nil,
					`{"method": {"name": %q, "temperature": 0.%d}, "train": {"epochs": 8, "batch_size": 256, "weight_decay": 0.0005}, "more": {%s}}`,
					method, m+1, strings.Join(settings, ", "),
				),
				Host: "machine", Engine: "kontrast", Versions: map[string]string{"kontrast": "v1.0.0", "go": "go1.26"},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"linear", "knn"} {
				protocol := store.Protocol{
					Kind: kind, TrainSplit: "train", TestSplit: "test", Details: map[string]string{"features": "frozen backbone"},
				}
				if err := w.AddEvaluations(t.Context(), 2000, protocol,
					map[string]float64{"top1": 0.5 + 0.01*float64(m) + 0.02*random.Float64(), "top5": 0.9}); err != nil {
					t.Fatal(err)
				}
				guesses := make([]store.Prediction, samples)
				for i := range guesses {
					guesses[i] = store.Prediction{Sample: i, Label: i % 10, Predicted: random.IntN(10)}
				}
				if len(guesses) == 0 {
					continue
				}
				if err := w.SetPredictions(t.Context(), protocol, guesses); err != nil {
					t.Fatal(err)
				}
			}
			if others {
				measureOthers(t, w, 0.4+0.01*float64(m)+0.02*random.Float64())
			}
			if err := w.Finish(t.Context(), store.Finished, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// measureOthers records scores of factors of variation and of other data sets.
func measureOthers(t testing.TB, w *store.RunWriter, value float64) {
	t.Helper()
	protocols := []store.Protocol{}
	for _, factor := range []string{"shape", "color", "texture", "size", "rotation", "position", "background"} {
		protocols = append(protocols, store.Protocol{
			Kind: "factor", TrainSplit: "train", TestSplit: "test", Details: map[string]string{"factor": factor},
		})
	}
	for _, dataset := range []string{"mnist", "fashion-mnist", "stl10"} {
		for _, kind := range []string{"linear", "knn"} {
			protocols = append(protocols, store.Protocol{
				Kind: kind, Dataset: dataset, TrainSplit: "train", TestSplit: "test",
			})
		}
	}
	for _, protocol := range protocols {
		if err := w.AddEvaluations(t.Context(), 2000, protocol, map[string]float64{"top1": value}); err != nil {
			t.Fatal(err)
		}
	}
}

// multiply copies the runs of the only study into others, gives every run rows
// of five metrics, and every study verdicts on all pairs of its methods.
func multiply(t testing.TB, path string, studies, rows int) {
	t.Helper()
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL&_synchronous=OFF")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(statement string) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	const each = bigMethods * bigSeeds
	for study := 1; study < studies; study++ {
		shift := study * each
		for table, changed := range map[string]map[string]string{
			"runs": {
				"id": fmt.Sprintf("id + %d", shift), "name": fmt.Sprintf("name || '-%d'", study),
				"study": fmt.Sprintf("'study-%d'", study),
				"uuid":  fmt.Sprintf("uuid || '-%d'", study),
			},
			"params": {"run": fmt.Sprintf("run + %d", shift)}, "evaluations": {"run": fmt.Sprintf("run + %d", shift)},
		} {
			key := "run"
			if table == "runs" {
				key = "id"
			}
			run(copied(t, db, table, changed) + fmt.Sprintf(" WHERE %s <= %d", key, each))
		}
	}
	for _, metric := range []string{"loss", "learning_rate", "gradient_norm", "embedding_std", "alignment"} {
		run(fmt.Sprintf(`WITH RECURSIVE k(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM k WHERE at < %d)
			INSERT INTO metrics (run, name, step, value) SELECT id, '%s', at, 5.0 / at + (abs(random()) %% 1000) / 1e4 FROM runs, k ORDER BY id`, rows/5, metric))
	}
	run(`INSERT INTO comparisons (study, dataset, backbone, protocol, metric, first, first_hash, second, second_hash,
			n, samples, difference, lower, upper, p, p_holm, test, verdict, margin, seeds_needed, time)
		SELECT a.study, a.dataset, a.backbone, e.protocol, e.metric, a.method, a.config_hash, b.method, b.config_hash,
			5, 10000, 0.0123456789, 0.0023456789, 0.0223456789, 0.0012345678, 0.0123456789, 'crossed', 'better', 0.01, 7, a.started
		FROM runs a JOIN runs b ON a.study = b.study AND a.method < b.method AND a.seed = 0 AND b.seed = 0
		JOIN evaluations e ON e.run = a.id`)
}

// copied is the statement that copies a table's rows with some columns changed.
func copied(t testing.TB, db *sql.DB, table string, changed map[string]string) string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), "SELECT name FROM pragma_table_info('"+table+"')")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var names, values []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names, values = append(names, name), append(values, name)
		if value := changed[name]; value != "" {
			values[len(values)-1] = value
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %[1]s",
		table, strings.Join(names, ", "), strings.Join(values, ", "))
}

// BenchmarkPages measures what the server takes for the data of each page of a
// large database: go test ./internal/web -bench Pages -run none -studies 50 -rows 10000
func BenchmarkPages(b *testing.B) {
	path := *bigPath
	if path == "" {
		path = filepath.Join(b.TempDir(), "experiments.db")
	}
	if _, err := os.Stat(path); err != nil {
		s, err := store.Open(b.Context(), path, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		bigStudy(b, s, "study-0", numbered(bigMethods), 10_000, false)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		multiply(b, path, *bigStudies, *bigRows)
		b.Logf("%d studies of %d runs with %d rows each made in %.0f s",
			*bigStudies, bigMethods*bigSeeds, *bigRows, time.Since(began).Seconds())
	}
	s, err := store.Open(b.Context(), path, store.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		b.Fatal(err)
	}
	protocol, err := s.Select(b.Context(), "SELECT label FROM protocols WHERE kind = 'linear'", store.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	pages := (&Server{Store: s, Catalog: catalog, Log: bigLog(b)}).Handler()
	for _, page := range [][2]string{
		{"overview", "/api/overview"}, {"study", "/api/study/study-0"}, {"curves", "/api/curves?study=study-0&metric=loss"},
		{"guesses", "/api/guesses?" + url.Values{
			"first": {"1"}, "second": {"6"}, "protocol": {protocol.Values[0][0].(string)}}.Encode()},
		{"run", "/api/run/1"}, {"log", "/api/run/1/log"},
		{"compared-runs", "/api/compare?run=1&run=6&run=11&run=16"},
		{"compared-curves", "/api/curves?run=1&run=6&run=11&run=16&metric=loss"},
		{"compared-studies", "/api/compare?study=study-0&study=study-1"},
		{"catalog", "/api/catalog"}, {"shell", "/"},
	} {
		name, at := page[0], page[1]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+at, nil)
				pages.ServeHTTP(w, r)
				if body, _ := io.ReadAll(w.Result().Body); w.Code != http.StatusOK {
					b.Fatalf("%d: %s", w.Code, body)
				}
			}
		})
	}
}

// bigLog writes a log of more than what is looked through, of many runs.
func bigLog(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kontrast.log")
	var text strings.Builder
	for i := 0; text.Len() < logBytes+1000; i++ {
		fmt.Fprintf(&text, `{"level":"info","ts":"2026-01-02T03:04:05.000Z","msg":"epoch","run":"method-00-%d","epoch":%d,"loss":3.25,"images_per_second":812.5}`+"\n",
			i%100, i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReportStaysSmall fills all that a report can have, for 20 methods and 5 seeds.
func TestReportStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bigStudy(t, s, "study-0", numbered(bigMethods), bigSamples, false)
	multiply(t, path, 1, 5000)
	study, err := readReport(t.Context(), s, "study-0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(study.Guesses) != 2*bigMethods*bigSeeds || len(study.Curves["loss"]) != bigMethods*bigSeeds {
		t.Fatalf("%d guesses, %d curves", len(study.Guesses), len(study.Curves["loss"]))
	}
	if n := len(study.disputes("cifar10")); n != disputed {
		t.Errorf("%d disputed images", n)
	}
	of := study.samplesOf("cifar10")
	for i := range 2 {
		of.Images = append(of.Images, sample{i, strings.Repeat("x", imageBytes)})
	}
	for m := range bigMethods {
		for _, method := range []string{"tsne", "pca"} {
			one := featureMap{Run: int64(m*bigSeeds + 1), Method: method}
			for i := range mapped {
				one.Samples, one.Labels, one.Points = append(one.Samples, 25*i), append(one.Labels, i%10),
					append(one.Points, [2]int{999, 999})
			}
			study.Maps = append(study.Maps, one)
		}
	}
	for _, withSQL := range []bool{false, true} {
		var size counter
		if err := study.write(&size, withSQL); err != nil {
			t.Fatal(err)
		}
		if t.Logf("%d bytes, SQLite inside %v", size, withSQL); size > 5_000_000 {
			t.Errorf("a report of %d bytes, SQLite inside %v", size, withSQL)
		}
	}
}

type counter int

func (c *counter) Write(text []byte) (int, error) {
	*c += counter(len(text))
	return len(text), nil
}
