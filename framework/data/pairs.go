package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// PairsParams are the options of the dataset pairs.
type PairsParams struct {
	Path          string `yaml:"path"`
	Test          string `yaml:"test"`
	Images        string `yaml:"images"`
	ImageColumn   string `yaml:"image_column"`
	CaptionColumn string `yaml:"caption_column"`
	OwnImages     `yaml:",inline"`
}

// The usual names of columns, the likeliest first.
var (
	imageColumns = []string{"image", "filepath", "file_path", "path", "file", "filename", "file_name", "image_path",
		"image_file", "image_name", "img", "img_path"}
	captionColumns = []string{"caption", "title", "text", "captions", "description", "comment", "sentence",
		"alt_text", "alt"}
)

// Validate reports what is missing or contradictory.
func (p *PairsParams) Validate() error {
	faults := []error{p.check(p.Path, p.Test)}
	if p.Test == "" && p.TestFraction == 0 {
		faults = append(faults, config.Faultf("test", "must be given, or else test_fraction"))
	}
	return errors.Join(faults...)
}

func pairsFactory() Factory {
	return NewFactory("pairs",
		"Your own images ("+formatNames+") with captions: a table of image files and what they show, one or more captions "+
			"for an image. There are no classes.",
		PairsParams{OwnImages: ownImages()}, openPairs)
}

func openPairs(ctx context.Context, p PairsParams, split Split, env Env) (Dataset, error) {
	training, err := p.read(p.Path)
	if err != nil {
		return nil, err
	}
	if p.Test == "" {
		return p.Reading.finish(ctx, training, func(d Dataset) (Dataset, error) {
			part, err := p.Holdout.part(d, split)
			if err != nil {
				return nil, fmt.Errorf("%w (%s)", err, training.how)
			}
			return part, nil
		}, env)
	}
	if split == Train {
		return p.Reading.finish(ctx, training, nil, env)
	}
	test, err := p.read(p.Test)
	if err != nil {
		return nil, err
	}
	test.noteShared(training)
	return p.Reading.finish(ctx, test, nil, env)
}

// noteShared notes images that are in the training split, too.
func (p *pictures) noteShared(training *pictures) {
	known := map[string]bool{}
	for _, name := range training.names {
		known[training.files.path(name)] = true
	}
	seen := map[string]bool{}
	for _, name := range p.names {
		if path := p.files.path(name); known[path] {
			seen[path] = true
		}
	}
	if len(seen) > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%d images of the test split are in the training split, too", len(seen)))
	}
}

func (p PairsParams) read(path string) (*pictures, error) {
	t, err := readTable(path)
	if err != nil {
		return nil, err
	}
	image, err := t.column("image", p.ImageColumn, imageColumns)
	if err != nil {
		return nil, err
	}
	caption, err := t.column("caption", p.CaptionColumn, captionColumns)
	if err != nil {
		return nil, err
	}
	if len(t.rows) == 0 {
		return nil, fmt.Errorf("%s: the table has no rows after the first line", path)
	}
	root := p.Images
	if root == "" {
		root = filepath.Dir(path)
	}
	from := &directory{root: root}
	out := &pictures{files: &files{source: from, reading: p.Reading.open()}, table: path, lines: t.lines}
	out.how = t.how(image, caption)
	if t.oldMac {
		out.notes = append(out.notes, path+" has the line ends of old Macs, carriage returns, and was read with them")
	}
	first := map[string]int{} // the first row of an image
	for i, row := range t.rows {
		for _, column := range []int{image, caption} {
			if strings.TrimSpace(row[column]) == "" {
				return nil, fmt.Errorf("%s, line %d: nothing in the column %q; every row needs an image and its caption",
					path, t.lines[i], t.header[column])
			}
		}
		text, err := t.text(i, caption)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSpace(row[image])
		if strings.Contains(name, "://") {
			return nil, fmt.Errorf("%s, line %d: %.80q is an address on the web, expected a file; download the images first",
				path, t.lines[i], name)
		}
		name = from.slashed(name)
		out.names, out.captions = append(out.names, name), append(out.captions, text)
		at := filepath.Clean(from.path(name))
		if _, known := first[at]; !known {
			first[at] = i
		}
		out.groups = append(out.groups, first[at])
	}
	if len(first) == len(out.names) {
		out.groups = nil
	}
	return out, nil
}

// slashed is a name as this system writes it: tables from Windows have
// backslashes between folders.
func (d *directory) slashed(name string) string {
	if !strings.Contains(name, `\`) {
		return name
	}
	if _, err := os.Lstat(d.path(name)); err == nil {
		return name
	}
	return strings.ReplaceAll(name, `\`, "/")
}
