package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Selection says which weights of a run an evaluation counts for.
type Selection string

const (
	// Last takes the weights of the last step: the usual protocol.
	Last Selection = "last"
	// Best takes the step that did best on the test split, which flatters.
	Best Selection = "best"
)

// Protocol says what an evaluation number means. Two numbers may be compared
// if their protocols are equal. Fields that don't apply are left zero.
type Protocol struct {
	Kind        string            // required: knn, linear, zero-shot, retrieval, ...
	K           int               // neighbors of a k-nearest-neighbor classifier
	Temperature float64           // of the neighbors' weights or the logits
	Distance    string            // such as cosine
	Dataset     string            // data set evaluated on; empty for the one trained on
	TrainSplit  string            // split that the evaluation learns from
	TestSplit   string            // split that the number is of
	Selection   Selection         // empty means Last
	Details     map[string]string // further settings, such as the penalty of a linear probe
}

// String is the whole protocol in one line, such as
// "knn k=200 temperature=0.07 distance=cosine train→test last".
func (p Protocol) String() string {
	words := []string{p.Kind}
	add := func(key, value string) { words = append(words, key+"="+value) }
	if p.K != 0 {
		add("k", strconv.Itoa(p.K))
	}
	if p.Temperature != 0 {
		add("temperature", strconv.FormatFloat(p.Temperature, 'g', -1, 64))
	}
	if p.Distance != "" {
		add("distance", p.Distance)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Details)) {
		add(key, p.Details[key])
	}
	if p.Dataset != "" {
		words = append(words, "on", p.Dataset)
	}
	switch {
	case p.TrainSplit != "" && p.TestSplit != "":
		words = append(words, p.TrainSplit+"→"+p.TestSplit)
	case p.TestSplit != "":
		words = append(words, p.TestSplit)
	}
	return strings.Join(append(words, string(p.selection())), " ")
}

// Title is the kind with what tells the usual evaluations of one kind apart,
// such as "retrieval image-to-text" or "few-shot 4".
func (p Protocol) Title() string {
	for _, key := range []string{"direction", "shots", "factor", "labels"} {
		if value := p.Details[key]; value != "" {
			return p.Kind + " " + value
		}
	}
	return p.Kind
}

func (p Protocol) selection() Selection {
	if p.Selection == "" {
		return Last
	}
	return p.Selection
}

func (p Protocol) validate() error {
	switch {
	case p.Kind == "":
		return fmt.Errorf("evaluation protocol: the kind is missing, such as knn or linear")
	case p.K < 0:
		return fmt.Errorf("evaluation protocol %s: k is %d, want 1 or more, or 0 where it does not apply", p.Kind, p.K)
	case !(p.Temperature >= 0) || p.Temperature > 1e300:
		return fmt.Errorf("evaluation protocol %s: temperature is %v, want above 0, or 0 where it does not apply",
			p.Kind, p.Temperature)
	case p.selection() != Last && p.selection() != Best:
		return fmt.Errorf("evaluation protocol %s: unknown selection %q; known are %s and %s",
			p.Kind, p.Selection, Last, Best)
	}
	return nil
}

// upsert returns the number of the protocol, recording it if it is new.
func (p Protocol) upsert(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	if err := p.validate(); err != nil {
		return 0, err
	}
	details := []byte("{}")
	if len(p.Details) > 0 {
		if details, err = json.Marshal(p.Details); err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO protocols (label, kind, k, temperature, distance, dataset, train_split, test_split, selection, details)
		VALUES (?, ?, nullif(?, 0), nullif(?, 0.0), nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''), ?, ?)
		ON CONFLICT (label) DO NOTHING`,
		p.String(), p.Kind, p.K, p.Temperature, p.Distance, p.Dataset, p.TrainSplit, p.TestSplit, string(p.selection()),
		string(details))
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM protocols WHERE label = ?", p.String()).Scan(&id)
	return id, err
}
