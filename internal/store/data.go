package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
)

// Data identifies the data that a run is trained and measured on.
type Data struct {
	ImageSize     int             // height and width of the evaluated images in pixels
	Normalization json.RawMessage // mean and standard deviation of the channels
	Splits        []Split
	// Contents are digests of what lies at the other settings that are paths of something which counts for a run's
	// numbers, by setting: "eval.prompts.file". What is not known is not there.
	Contents map[string]string
}

// Split is a part of the data.
type Split struct {
	Name        string // train or test
	Samples     int
	Classes     []Class // by label
	Fingerprint string  // of the names, sizes, labels and captions, and of some pixels
	Pixels      string  // hash of all pixels; empty until all have been read
}

// Class is a class of a split.
type Class struct {
	Name    string
	Samples int
}

// Split returns the split of that name; its Fingerprint is empty if there is none.
func (d Data) Split(name string) Split {
	for _, split := range d.Splits {
		if split.Name == name {
			return split
		}
	}
	return Split{}
}

// Differences says how other data differ from these, split by split; empty for the same.
func (d Data) Differences(other Data) (all []string) {
	for _, was := range d.Splits {
		now := other.Split(was.Name)
		switch {
		case now.Samples != was.Samples:
			all = append(all, fmt.Sprintf("the %s split has %d samples, and had %d", was.Name, now.Samples, was.Samples))
		case now.Fingerprint != was.Fingerprint && !slices.Equal(now.Classes, was.Classes):
			all = append(all, fmt.Sprintf("the %s split has as many samples, but other classes", was.Name))
		case now.Fingerprint != was.Fingerprint:
			all = append(all, fmt.Sprintf("the %s split has as many samples, but others", was.Name))
		case now.Pixels != was.Pixels && now.Pixels != "" && was.Pixels != "":
			all = append(all, fmt.Sprintf("images of the %s split have other pixels", was.Name))
		}
		for _, class := range now.Classes {
			if !slices.ContainsFunc(was.Classes, func(c Class) bool { return c.Name == class.Name }) {
				all = append(all, fmt.Sprintf("class %q is new", class.Name))
			}
		}
		for _, class := range was.Classes {
			if !slices.ContainsFunc(now.Classes, func(c Class) bool { return c.Name == class.Name }) {
				all = append(all, fmt.Sprintf("class %q is gone", class.Name))
			}
		}
	}
	for key, content := range d.Contents {
		if there, known := other.Contents[key]; known && there != content {
			all = append(all, fmt.Sprintf("%s leads to other content", key))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// insert records the data of a run.
func (d Data) insert(ctx context.Context, tx *sql.Tx, run int64) error {
	normalization := sql.NullString{String: string(d.Normalization), Valid: len(d.Normalization) > 0}
	if _, err := tx.ExecContext(ctx, "UPDATE runs SET image_size = nullif(?, 0), normalization = ? WHERE id = ?",
		d.ImageSize, normalization, run); err != nil {
		return err
	}
	if len(d.Contents) > 0 {
		contents, err := json.Marshal(d.Contents)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET contents = ? WHERE id = ?", string(contents), run); err != nil {
			return err
		}
	}
	for _, split := range d.Splits {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO splits (run, split, samples, fingerprint, pixels) VALUES (?, "+
			"?, ?, ?, nullif(?, ''))",
			run, split.Name, split.Samples, split.Fingerprint, split.Pixels)
		if err != nil {
			return err
		}
		for label, class := range split.Classes {
			_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO classes (run, split, label, name, samples) VALUES (?, ?, ?, "+
				"?, ?)",
				run, split.Name, label, class.Name, class.Samples)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// SetPixels records the hash of all pixels of a split, once they have been read.
func (w *RunWriter) SetPixels(ctx context.Context, split, sum string) error {
	return w.record(ctx, &entry{Pixels: &pixelsEntry{split, sum}})
}

// Data returns what is recorded of the data of a run: no splits for a run of
// before schema 7.
func (s *Store) Data(ctx context.Context, run int64) (d Data, err error) {
	var normalization, contents string
	err = s.row(ctx, "SELECT coalesce(image_size, 0), coalesce(normalization, ''), coalesce(contents, '') FROM runs "+
		"WHERE id = ?", run)(&d.ImageSize, &normalization, &contents)
	if err != nil {
		return d, err
	}
	if contents != "" {
		if err := json.Unmarshal([]byte(contents), &d.Contents); err != nil {
			return d, fmt.Errorf("run %d: contents: %w", run, err)
		}
	}
	if normalization != "" {
		d.Normalization = json.RawMessage(normalization)
	}
	d.Splits, err = collect(ctx, s, "SELECT split, samples, fingerprint, coalesce(pixels, '') FROM splits WHERE run = ? "+
		"ORDER BY split DESC", []any{run},
		func(scan func(...any) error) (one Split, err error) {
			return one, scan(&one.Name, &one.Samples, &one.Fingerprint, &one.Pixels)
		})
	if err != nil {
		return d, err
	}
	for i, split := range d.Splits {
		d.Splits[i].Classes, err = collect(ctx, s, "SELECT name, samples FROM classes WHERE run = ? AND split = ? ORDER BY "+
			"label", []any{run, split.Name},
			func(scan func(...any) error) (one Class, err error) { return one, scan(&one.Name, &one.Samples) })
		if err != nil {
			return d, err
		}
	}
	return d, nil
}
