package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Study is what the components show of a study, as the scripts read it.
type Study struct {
	Name          string             `json:"name"`
	Made          string             `json:"made"` // when it was read, UTC
	Styles        map[string]drawn   `json:"styles"`
	Settings      []setting          `json:"settings"`
	Runs          []runRow           `json:"runs"`
	Protocols     []protocol         `json:"protocols"`
	Measures      map[string]measure `json:"measures"`
	Scores        []score            `json:"scores"`
	Quantiles     []float64          `json:"t"` // of Student's t for 95 % intervals, by degrees of freedom from 1 on
	Params        []param            `json:"params"`
	Alarms        []alarm            `json:"alarms"`
	Verdicts      []verdict          `json:"verdicts"`      // of pairs of settings, that the statistics judged
	Contributions []contribution     `json:"contributions"` // of the factors of an ablation
	Transfers     []transferTable    `json:"transfers"`     // networks on data sets that they were not trained on
	Remarks       []string           `json:"remarks"`       // runs without a result, and alarms, in words
	Logged        []string           `json:"logged"`        // metrics that training logged
	Curves        map[string][]curve `json:"curves,omitempty"`
	Guesses       []guesses          `json:"guesses,omitempty"` // what the runs said of the test samples
	Samples       []samples          `json:"samples"`           // classes and test images of the data sets
	Unseen        []string           `json:"unseen,omitempty"`  // runs whose networks could not be opened, and why
	Family        []member           `json:"family"`
	Views         []view             `json:"views"`
	Maps          []featureMap       `json:"maps,omitempty"`
	Definitions   []string           `json:"definitions,omitempty"` // SQL of the views, for SQLite in the report
}

type runRow struct {
	ID       int64             `json:"id"`
	Name     string            `json:"name"`
	Setting  int               `json:"setting"` // index into Settings
	Seed     uint64            `json:"seed"`
	State    string            `json:"state"`
	Step     int64             `json:"step"`
	Steps    int64             `json:"steps"`  // planned; 0 if unknown
	Images   float64           `json:"images"` // seen in training
	Started  string            `json:"started"`
	Seconds  float64           `json:"seconds"` // to the end, or to the last sign of life
	Error    string            `json:"error,omitempty"`
	Host     string            `json:"host"`
	Engine   string            `json:"engine"`
	Commit   string            `json:"commit"`
	Module   string            `json:"module"`
	Versions map[string]string `json:"versions"`
}

type protocol struct {
	Label string `json:"label"` // the whole protocol in one line
	Kind  string `json:"kind"`
	Words string `json:"words"` // what is measured, as a sentence

	Factor   string `json:"factor,omitempty"`   // of variation that is probed
	Measured string `json:"measured,omitempty"` // data set measured on, if it is not the one trained on
}

type measure struct {
	Better      string `json:"better"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
}

type score struct {
	Run      int64   `json:"run"`
	Setting  int     `json:"setting"`
	Seed     uint64  `json:"seed"`
	Protocol int     `json:"protocol"`
	Metric   string  `json:"metric"`
	Step     int64   `json:"step"`
	Value    float64 `json:"value"`
}

type alarm struct {
	Run    int64  `json:"run"`
	Step   int64  `json:"step"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
}

// ReadStudy reads a study, without curves and guesses, which can be large.
func ReadStudy(ctx context.Context, s *store.Store, name string) (*Study, error) {
	if err := gallery.CheckStudy(ctx, s, name); err != nil {
		return nil, err
	}
	study := &Study{Name: name, Made: time.Now().UTC().Format(time.RFC3339), Styles: map[string]drawn{}, Views: views(),
		Family:   family(),
		Settings: []setting{}, Runs: []runRow{}, Protocols: []protocol{}, Scores: []score{}, Params: []param{},
		Alarms: []alarm{}, Logged: []string{}, Samples: []samples{}}
	steps := []func(context.Context, *store.Store) error{
		study.readRuns, study.nameSettings, study.readScores, study.readMeasures, study.readAlarms, study.readLogged,
		study.readVerdicts, study.readContributions, study.readClasses, study.readTransfers,
	}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return nil, err
		}
	}
	remarks, err := report.Remarks(ctx, s, name)
	study.Remarks = append([]string{}, remarks...)
	return study, err
}

func (study *Study) filter() store.Filter { return store.Filter{Study: study.Name} }

func (study *Study) readRuns(ctx context.Context, s *store.Store) error {
	runs, err := s.Runs(ctx, study.filter())
	if err != nil {
		return err
	}
	spent, err := study.spent(ctx, s)
	if err != nil {
		return err
	}
	first := map[int]int64{}
	for _, r := range slices.Backward(runs) { // the oldest first
		at := study.settingOf(r.Method, r.Backbone, r.Dataset, r.ConfigHash)
		if _, seen := first[at]; !seen {
			first[at] = r.ID
		}
		study.Runs = append(study.Runs, runRow{
			ID: r.ID, Name: r.Name, Setting: at, Seed: r.Seed, State: string(r.State), Step: r.Step, Steps: r.Steps,
			Images:  float64(r.Step * spent[r.ID].batch),
			Started: r.Started.Format(time.RFC3339), Seconds: spent[r.ID].seconds, Error: r.Error,
			Host: r.Host, Engine: r.Engine,
			Commit: r.GitCommit, Module: strings.TrimSpace(r.MethodModule + " " + r.MethodVersion), Versions: r.Versions,
		})
	}
	values, err := configurations(ctx, s, slices.Sorted(maps.Values(first)))
	study.splitParams(values, first)
	return err
}

// spending is what a run took.
type spending struct {
	seconds float64
	batch   int64 // samples a step
}

func (study *Study) spent(ctx context.Context, s *store.Store) (map[int64]spending, error) {
	rows, err := query(ctx, s, `
		SELECT run, seconds, (SELECT value FROM params p WHERE p.run = o.run AND key = 'train.batch_size')
		FROM run_overview o WHERE study = `+quote(study.Name))
	of := map[int64]spending{}
	for _, row := range rows {
		seconds, _ := row[1].(float64)
		of[whole(row[0])] = spending{seconds, whole(row[2])}
	}
	return of, err
}

func (study *Study) readScores(ctx context.Context, s *store.Store) error {
	scores, err := s.Scores(ctx, study.filter())
	if err != nil {
		return err
	}
	known := map[string]int{}
	for _, sc := range scores {
		at, seen := known[sc.Protocol]
		if !seen {
			at = len(study.Protocols)
			known[sc.Protocol] = at
			study.Protocols = append(study.Protocols, protocol{Label: sc.Protocol, Kind: sc.Kind})
		}
		study.Scores = append(
			study.Scores, score{sc.Run, study.settingOf(sc.Method, sc.Backbone, sc.Dataset, sc.ConfigHash), sc.Seed, at,
				sc.Metric, sc.Step, sc.Value},
		)
	}
	return study.wordProtocols(ctx, s)
}

func (study *Study) readMeasures(ctx context.Context, s *store.Store) error {
	rows, err := query(ctx, s, "SELECT metric, better, unit, description FROM measures")
	if err != nil {
		return err
	}
	study.Measures = map[string]measure{}
	for _, row := range rows {
		study.Measures[text(row[0])] = measure{text(row[1]), text(row[2]), text(row[3])}
	}
	rows, err = query(ctx, s, "SELECT t FROM t_quantiles ORDER BY df")
	for _, row := range rows {
		t, _ := row[0].(float64)
		study.Quantiles = append(study.Quantiles, t)
	}
	return err
}

func (study *Study) readAlarms(ctx context.Context, s *store.Store) error {
	rows, err := query(ctx, s, "SELECT a.run, a.step, a.kind, a.detail FROM alarms a JOIN runs r ON r.id = a.run WHERE "+
		"r.study = "+quote(study.Name)+" ORDER BY a.run, a.step LIMIT 1000")
	for _, row := range rows {
		study.Alarms = append(study.Alarms, alarm{whole(row[0]), whole(row[1]), text(row[2]), text(row[3])})
	}
	return err
}

// readLogged finds what a run of each setting logged.
func (study *Study) readLogged(ctx context.Context, s *store.Store) (err error) {
	var runs []int64
	settings := map[int]bool{}
	for _, r := range study.Runs {
		if !settings[r.Setting] {
			runs = append(runs, r.ID)
		}
		settings[r.Setting] = true
	}
	study.Logged, err = logged(ctx, s, runs)
	return err
}

// logged finds the names of the metrics of runs by skipping from one to the
// next: a run can have a hundred thousand rows.
func logged(ctx context.Context, s *store.Store, runs []int64) ([]string, error) {
	rows, err := query(ctx, s, fmt.Sprintf(`
		WITH RECURSIVE names(run, name) AS (
			SELECT id, (SELECT min(name) FROM metrics WHERE run = id) FROM runs WHERE id IN (%s)
			UNION ALL
			SELECT run, (SELECT min(name) FROM metrics m WHERE m.run = names.run AND m.name > names.name) FROM names WHERE name IS NOT NULL
		) SELECT DISTINCT name FROM names WHERE name IS NOT NULL ORDER BY name`, list(runs)))
	names := []string{}
	for _, row := range rows {
		names = append(names, text(row[0]))
	}
	return names, err
}

// list is numbers as SQL.
func list(numbers []int64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(texts, ", ")
}
