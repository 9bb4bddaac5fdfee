package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Predictions are packed, a row a run and protocol: the classes in decimal
// digits of one width, so that the view predictions finds those of a sample by
// its index with what plain SQL has.

// unpredicted stands for each digit of a sample without a prediction.
const unpredicted = ' '

// pack returns labels and guesses as they are stored.
func pack(predictions []Prediction) (samples, width int, labels, predicted []byte, err error) {
	for _, p := range predictions {
		if p.Sample < 0 {
			return 0, 0, nil, nil, fmt.Errorf(
				"prediction of sample %d: expected an index in the test split, 0 or more", p.Sample,
			)
		}
		samples = max(samples, p.Sample+1)
		width = max(width, len(strconv.Itoa(p.Label)), len(strconv.Itoa(p.Predicted)))
	}
	labels = slices.Repeat([]byte{unpredicted}, samples*width)
	predicted = slices.Clone(labels)
	for _, p := range predictions {
		if labels[p.Sample*width] != unpredicted {
			return 0, 0, nil, nil, fmt.Errorf("prediction of sample %d: there are two; expected one", p.Sample)
		}
		copy(labels[p.Sample*width:], fmt.Sprintf("%0*d", width, p.Label))
		copy(predicted[p.Sample*width:], fmt.Sprintf("%0*d", width, p.Predicted))
	}
	return samples, width, labels, predicted, nil
}

// insertPacked stores the predictions of a run by a protocol, of which it has none.
func insertPacked(ctx context.Context, tx *sql.Tx, run, protocol int64, predictions []Prediction) error {
	if len(predictions) == 0 {
		return nil
	}
	samples, width, labels, predicted, err := pack(predictions)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO packed_predictions (run, protocol, samples, width, labels, predicted) "+
		"VALUES (?, ?, ?, ?, ?, ?)",
		run, protocol, samples, width, labels, predicted)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		WITH RECURSIVE missing (sample) AS (
			SELECT coalesce(max(sample), -1) + 1 FROM sample_numbers
			UNION ALL
			SELECT sample + 1 FROM missing WHERE sample + 1 < ?1
		)
		INSERT INTO sample_numbers SELECT sample FROM missing WHERE sample < ?1`, samples)
	return err
}

// packPredictions packs the rows of schema 8.
func packPredictions(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(
		ctx, "SELECT run, protocol, sample, label, predicted FROM old_predictions ORDER BY run, protocol, sample",
	)
	if err != nil {
		return err
	}
	defer rows.Close()
	type key struct{ run, protocol int64 }
	var order []key
	all := map[key][]Prediction{}
	for rows.Next() {
		var at key
		var p Prediction
		if err := rows.Scan(&at.run, &at.protocol, &p.Sample, &p.Label, &p.Predicted); err != nil {
			return err
		}
		if len(all[at]) == 0 {
			order = append(order, at)
		}
		all[at] = append(all[at], p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, at := range order {
		if err := insertPacked(ctx, tx, at.run, at.protocol, all[at]); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE old_predictions")
	return err
}

// Guesses are what a classifier got right of the test split.
type Guesses struct {
	Right []float64 // 1 or 0 by sample, in the order of their indices
	// Test is equal for guesses about the same samples with the same labels.
	Test string
}

// Guesses returns which test samples a run classified rightly by a protocol;
// nothing where no predictions are recorded.
func (s *Store) Guesses(ctx context.Context, run int64, protocol string) (g Guesses, err error) {
	var width int
	var labels, predicted []byte
	err = s.db.QueryRowContext(ctx, `
		SELECT width, labels, predicted FROM packed_predictions
		WHERE run = ? AND protocol = (SELECT id FROM protocols WHERE label = ?)`,
		run, protocol).Scan(&width, &labels, &predicted)
	if err == sql.ErrNoRows {
		return g, nil
	}
	if err != nil {
		return g, explain(s.path, err)
	}
	test := sha256.New()
	for at := 0; at < len(labels); at += width {
		label := string(labels[at : at+width])
		if label[0] == unpredicted {
			continue
		}
		class, err := strconv.Atoi(label)
		if err != nil {
			return g, fmt.Errorf("results database %s: predictions of run %d: label %q of sample %d is no number: the file is "+
				"damaged", s.path, run, label, at/width)
		}
		right := 0.0
		if label == string(predicted[at:at+width]) {
			right = 1
		}
		g.Right = append(g.Right, right)
		fmt.Fprintln(test, at/width, class)
	}
	g.Test = string(test.Sum(nil))
	return g, nil
}

// Mean is the accuracy; NaN for no guesses.
func (g Guesses) Mean() float64 {
	if len(g.Right) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, right := range g.Right {
		sum += right
	}
	return sum / float64(len(g.Right))
}
