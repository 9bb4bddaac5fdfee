package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontrast-ml/kontrast/internal/baseline"
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

// setting is what seeds are repetitions of: a method with its hyperparameters
// on a backbone and a data set.
type setting struct {
	Method   string `json:"method"`
	Backbone string `json:"backbone"`
	Dataset  string `json:"dataset"`
	Hash     string `json:"hash"`
	Label    string `json:"label"` // the method, with what tells it from others of that method
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

// param is a value of the configuration that some settings have and others
// don't, or, if Setting is -1, that all have but those with a value of their own.
type param struct {
	Setting int    `json:"setting"`
	Key     string `json:"key"`
	Value   any    `json:"value"`
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
		study.readVerdicts, study.readContributions, study.readClasses,
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

// settingOf returns the index of a setting, which it adds if it is new.
func (study *Study) settingOf(method, backbone, dataset, hash string) int {
	at := slices.IndexFunc(study.Settings, func(o setting) bool {
		return o.Method == method && o.Backbone == backbone && o.Dataset == dataset && o.Hash == hash
	})
	if at >= 0 {
		return at
	}
	study.Settings = append(
		study.Settings, setting{Method: method, Backbone: backbone, Dataset: dataset, Hash: hash, Label: method},
	)
	study.Styles[method] = styleOf(method)
	return len(study.Settings) - 1
}

// configurations reads the values of runs' configurations.
func configurations(ctx context.Context, s *store.Store, runs []int64) (map[int64]map[string]any, error) {
	rows, err := query(ctx, s, "SELECT run, key, value FROM params WHERE run IN ("+list(runs)+")")
	if err != nil {
		return nil, err
	}
	values := map[int64]map[string]any{}
	for _, row := range rows {
		id, _ := row[0].(int64)
		key, _ := row[1].(string)
		if values[id] == nil {
			values[id] = map[string]any{}
		}
		values[id][key] = row[2]
	}
	return values, nil
}

// splitParams tells the values that all settings have from those they differ
// in. What baselines have, which have no training, counts for nothing beside
// methods.
func (study *Study) splitParams(values map[int64]map[string]any, first map[int]int64) {
	keys := map[string]bool{}
	var trained []int64
	for at, id := range first {
		for key := range values[id] {
			keys[key] = !report.Indifferent(key)
		}
		if !baseline.Is(study.Settings[at].Method) {
			trained = append(trained, id)
		}
	}
	if len(trained) == 0 {
		trained = slices.Collect(maps.Values(first))
	}
	for _, key := range sortedKeys(keys) {
		common, alike := values[trained[0]][key], true
		for _, id := range trained {
			value, has := values[id][key]
			alike = alike && has && value == common
		}
		if alike {
			study.Params = append(study.Params, param{-1, key, common})
		}
		for at := range study.Settings {
			if value, has := values[first[at]][key]; has && !(alike && value == common) {
				study.Params = append(study.Params, param{at, key, value})
			}
		}
	}
}

// nameSettings labels the settings of one method by what tells them apart.
func (study *Study) nameSettings(ctx context.Context, _ *store.Store) error {
	for i := range study.Settings {
		own := &study.Settings[i]
		var parts []string
		several := false
		for j, other := range study.Settings {
			several = several || i != j && other.Method == own.Method && other.Backbone == own.Backbone &&
				other.Dataset == own.Dataset
		}
		if !several {
			continue
		}
		for _, p := range study.Params {
			if p.Setting == i && study.differs(p, *own) {
				parts = append(parts, fmt.Sprintf("%s=%v", strings.TrimPrefix(p.Key, "method."), p.Value))
			}
		}
		if len(parts) == 0 {
			parts = []string{"#" + own.Hash[:min(6, len(own.Hash))]}
		}
		own.Label += " " + strings.Join(parts, " ")
	}
	return nil
}

// differs says whether another setting of the same method has another value.
func (study *Study) differs(p param, own setting) bool {
	return slices.ContainsFunc(study.Params, func(q param) bool {
		if q.Key != p.Key || q.Setting < 0 || q.Value == p.Value {
			return false
		}
		other := study.Settings[q.Setting]
		return other.Method == own.Method && other.Backbone == own.Backbone && other.Dataset == own.Dataset
	})
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
