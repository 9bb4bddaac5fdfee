package data

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// PairsParams are the options of the dataset pairs.
type PairsParams struct {
	Path          string `yaml:"path" doc:"table of image files and captions, .csv (commas) or .tsv (tabs), whose first line names the columns; the training split, or both"`
	Test          string `yaml:"test" doc:"table of the test split; empty if test_fraction is given"`
	Images        string `yaml:"images" doc:"directory to which the table's paths are relative; empty for the table's own"`
	ImageColumn   string `yaml:"image_column" doc:"name of the column of paths"`
	CaptionColumn string `yaml:"caption_column" doc:"name of the column of captions"`
	Holdout       `yaml:",inline"`
	Strict        bool  `yaml:"strict" doc:"an image that cannot be decoded ends the run instead of being left out and counted"`
	Cache         int64 `yaml:"cache_bytes" doc:"memory for decoded images, filled as they are first read; 0 decodes at each use" range:"[0,inf)"`
	Selection     `yaml:",inline"`
}

// Validate reports what is missing or contradictory.
func (p *PairsParams) Validate() error { return validateSplits(p.Path, p.Test, p.TestFraction) }

func pairsFactory() Factory {
	return newFactory("pairs",
		"Your own images with captions: a CSV or TSV table of image files and what they show. There are no classes.",
		PairsParams{ImageColumn: "image", CaptionColumn: "caption", Cache: 1 << 29}, openPairs)
}

func openPairs(_ context.Context, p PairsParams, split Split, _ Env) (Dataset, error) {
	path := p.Path
	if split == Test && p.Test != "" {
		path = p.Test
	}
	table, err := p.read(path)
	if err != nil {
		return nil, err
	}
	dataset := Cached(table, p.Cache)
	if p.Test == "" {
		return p.Holdout.part(dataset, split)
	}
	return dataset, nil
}

func (p *PairsParams) read(path string) (*pictures, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	if strings.EqualFold(filepath.Ext(path), ".tsv") {
		reader.Comma = '\t'
		reader.LazyQuotes = true
	}
	header, err := reader.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: the table is empty, expected a first line with the columns %s and %s", path, p.ImageColumn, p.CaptionColumn)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // the byte order mark of some editors
	columns := [2]int{}
	for i, name := range []string{p.ImageColumn, p.CaptionColumn} {
		if columns[i] = slices.Index(header, name); columns[i] < 0 {
			return nil, fmt.Errorf("%s: no column %q; the first line has %q", path, name, header)
		}
	}
	root := p.Images
	if root == "" {
		root = filepath.Dir(path)
	}
	out := &pictures{files: &files{root: root}, strict: p.Strict, table: path}
	for {
		row, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := reader.FieldPos(columns[0])
		for i, name := range []string{p.ImageColumn, p.CaptionColumn} {
			if strings.TrimSpace(row[columns[i]]) == "" {
				return nil, fmt.Errorf("%s, line %d: nothing in the column %q; every row needs an image and its caption", path, line, name)
			}
		}
		out.lines = append(out.lines, line)
		out.names = append(out.names, row[columns[0]])
		out.captions = append(out.captions, row[columns[1]])
	}
	if len(out.names) == 0 {
		return nil, fmt.Errorf("%s: the table has no rows after the first line", path)
	}
	return out, nil
}
