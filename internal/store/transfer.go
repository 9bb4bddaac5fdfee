package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Transfer is a study of recorded networks on data sets that they were not
// trained on.
type Transfer struct {
	Study    string
	Settings json.RawMessage // section eval by which all networks are measured
	Asked    []string        // names of the evaluations
	Data     []TransferData
	Models   []int64 // runs.id
}

// TransferData is a data set of a transfer study.
type TransferData struct {
	Name                     string          // what tables call it
	Settings                 json.RawMessage // how it is read
	Training, Test, Classes  int             // samples and classes
	Content                  string          // digest of both splits, as protocols have it
	TrainingPrint, TestPrint string          // fingerprints of the splits
}

// ErrOtherTransfer says that a study was begun with other settings or data.
var ErrOtherTransfer = errors.New("was begun otherwise")

// SetTransfer records a transfer study, or adds data sets, evaluations and
// models to one. Settings, or a data set's content, other than those on record
// are an error that wraps [ErrOtherTransfer].
func (s *Store) SetTransfer(ctx context.Context, t Transfer) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		asked := t.Asked
		var settings, known string
		err := tx.QueryRowContext(ctx, "SELECT settings, asked FROM transfers WHERE study = ?", t.Study).
			Scan(&settings, &known)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			if err := ownRuns(ctx, tx, t.Study); err != nil {
				return err
			}
		case err != nil:
			return err
		case settings != string(t.Settings):
			return fmt.Errorf("study %q %w: with the settings %s, and now they are %s", t.Study, ErrOtherTransfer, settings,
				t.Settings)
		default:
			var earlier []string
			if err := json.Unmarshal([]byte(known), &earlier); err != nil {
				return err
			}
			asked = earlier
			for _, name := range t.Asked {
				if !slices.Contains(asked, name) {
					asked = append(asked, name)
				}
			}
		}
		list, err := json.Marshal(asked)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO transfers (study, settings, asked, time) VALUES (?, ?, ?, ?)
			ON CONFLICT (study) DO UPDATE SET asked = excluded.asked`, t.Study, string(t.Settings), string(list), s.now())
		if err != nil {
			return err
		}
		for _, d := range t.Data {
			if err := d.insert(ctx, tx, t.Study); err != nil {
				return err
			}
		}
		for _, run := range t.Models {
			_, err := tx.ExecContext(ctx, `INSERT INTO transfer_models (run, study, position)
				VALUES (?1, ?2, (SELECT count(*) FROM transfer_models WHERE study = ?2)) ON CONFLICT DO NOTHING`, run, t.Study)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ownRuns refuses the name of a study that has trained runs: what it decided would be hidden.
func ownRuns(ctx context.Context, tx *sql.Tx, study string) error {
	var trained int
	err := tx.QueryRowContext(
		ctx, "SELECT count(*) FROM runs WHERE study = ? AND id NOT IN (SELECT run FROM imports)", study,
	).Scan(&trained)
	if err == nil && trained > 0 {
		return fmt.Errorf("study %q %w: it has %d trained runs of its own", study, ErrOtherTransfer, trained)
	}
	return err
}

// insert records a data set, which must be the one on record if there is one.
func (d TransferData) insert(ctx context.Context, tx *sql.Tx, study string) error {
	var content string
	err := tx.QueryRowContext(ctx, "SELECT content FROM transfer_data WHERE study = ? AND dataset = ?", study, d.Name).
		Scan(&content)
	if err == nil && content != d.Content {
		return fmt.Errorf("study %q %w: with other images as %s", study, ErrOtherTransfer, d.Name)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO transfer_data (study, dataset, position, settings, training, test, classes, content,
			training_fingerprint, test_fingerprint)
		VALUES (?1, ?2, (SELECT count(*) FROM transfer_data WHERE study = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		study, d.Name, string(d.Settings), d.Training, d.Test, d.Classes, d.Content, d.TrainingPrint, d.TestPrint)
	return err
}

// TransferResult is a result of one evaluation of a transfer study.
type TransferResult struct {
	Evaluation string // its own name, such as few-shot 5
	Protocol   string // its label; empty where there is no number
	Note       string // why there is none, or what is doubtful
}

// AddTransferResults records what an evaluation of a network on a data set came
// to, when its numbers are stored: the study will not ask for it again.
func (s *Store) AddTransferResults(
	ctx context.Context, study string, run int64, dataset, asked string, results []TransferResult,
) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, r := range results {
			_, err := tx.ExecContext(ctx, `
				INSERT OR REPLACE INTO transfer_cells (run, study, dataset, asked, evaluation, protocol, note)
				SELECT ?1, ?2, ?3, ?4, ?5, (SELECT id FROM protocols WHERE label = ?6), ?7
				WHERE ?6 = '' OR EXISTS (SELECT 1 FROM protocols WHERE label = ?6)`,
				run, study, dataset, asked, r.Evaluation, r.Protocol, r.Note)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Measured reports which evaluations of a transfer study a network has, by
// data set and name.
func (s *Store) Measured(ctx context.Context, study string, run int64) (map[[2]string]bool, error) {
	rows, err := collect(ctx, s, "SELECT DISTINCT dataset, asked FROM transfer_cells WHERE study = ? AND run = ?",
		[]any{study, run}, func(scan func(...any) error) (at [2]string, err error) { return at, scan(&at[0], &at[1]) })
	done := map[[2]string]bool{}
	for _, at := range rows {
		done[at] = true
	}
	return done, err
}

// TransferScore is a row of the view transfer_table of one metric.
type TransferScore struct {
	Model, Dataset, Evaluation string
	Kind, Backbone, Method     string
	Value                      sql.NullFloat64
	Note                       string
	Run                        int64
	Training, Test, Classes    int
	Duplicated                 sql.NullInt64 // test images with a near-duplicate; not valid where nobody looked
	Protocol                   string
}

// IsTransfer reports whether there is a transfer study of that name.
func (s *Store) IsTransfer(ctx context.Context, study string) (found bool, err error) {
	return found, s.row(ctx, "SELECT EXISTS (SELECT 1 FROM transfers WHERE study = ?)", study)(&found)
}

// TransferScores returns the rows of the view transfer_table of a study with
// accuracies, and those without a value.
func (s *Store) TransferScores(ctx context.Context, study string) ([]TransferScore, error) {
	return collect(ctx, s, `
		SELECT model, dataset, evaluation, kind, backbone, method, value, note, run, training, test, classes, duplicated,
			coalesce(protocol, '')
		FROM transfer_table WHERE study = ? AND (metric = 'top1' OR metric IS NULL)`, []any{study},
		func(scan func(...any) error) (r TransferScore, err error) {
			return r, scan(&r.Model, &r.Dataset, &r.Evaluation, &r.Kind, &r.Backbone, &r.Method, &r.Value, &r.Note, &r.Run,
				&r.Training, &r.Test, &r.Classes, &r.Duplicated, &r.Protocol)
		})
}
