package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// samples are the classes of a data set, and test images that a report shows.
type samples struct {
	Dataset string   `json:"dataset"`
	Classes []string `json:"classes"`
	Images  []sample `json:"images,omitempty"`
}

// sample is a test image.
type sample struct {
	Index int    `json:"index"`
	Image string `json:"image"` // a data URL
}

// featureMap is a picture of the features that a run gives test samples.
type featureMap struct {
	Run     int64    `json:"run"`
	Method  string   `json:"method"` // how it was made: pca or tsne
	Note    string   `json:"note"`
	Samples []int    `json:"samples"`
	Labels  []int    `json:"labels"`
	Points  [][2]int `json:"points"` // from 0 to mapSide
}

const (
	mapped     = 400     // test samples of a map
	mapSide    = 1000    // of a map's square, in its units
	shownSide  = 64      // pixels of an image, at most
	imageBytes = 400_000 // of the images of each kind, at most
	disputed   = 300     // images that methods disagree on, at most
)

// readClasses reads the names of the classes.
func (study *Study) readClasses(ctx context.Context, s *store.Store) error {
	rows, err := query(ctx, s, `
		SELECT r.dataset, c.label, c.name FROM classes c JOIN runs r ON r.id = c.run
		WHERE c.split = 'test' AND c.run IN (SELECT max(id) FROM runs WHERE study = `+quote(study.Name)+` GROUP BY dataset) ORDER BY 1, 2`)
	for _, row := range rows {
		of := study.samplesOf(text(row[0]))
		of.Classes = append(of.Classes, text(row[2]))
	}
	return err
}

// samplesOf finds those of a data set, or adds them.
func (study *Study) samplesOf(dataset string) *samples {
	at := slices.IndexFunc(study.Samples, func(s samples) bool { return s.Dataset == dataset })
	if at < 0 {
		at = len(study.Samples)
		study.Samples = append(study.Samples, samples{Dataset: dataset, Classes: []string{}})
	}
	return &study.Samples[at]
}

// look adds maps of the features of a run of each setting, and test images: of
// the maps, and such as methods disagree on. Runs whose network can't be opened
// are left out, with a note.
func (study *Study) look(ctx context.Context, s *store.Store, open gallery.Opener) error {
	runs, err := gallery.Request{Subject: study.Name}.OneEach(ctx, s)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := study.lookAt(ctx, run, open); ctx.Err() != nil {
			return err
		} else if err != nil {
			study.Unseen = append(study.Unseen, err.Error())
		}
	}
	return nil
}

func (study *Study) lookAt(ctx context.Context, run store.Run, open gallery.Opener) error {
	look, err := open(ctx, run.ID)
	if err != nil {
		return err
	}
	defer look.Close()
	of := study.samplesOf(run.Dataset)
	if of.Images == nil {
		for _, indices := range [][]int{study.disputes(run.Dataset), look.Spread(mapped)} {
			if err := of.add(look, indices); err != nil {
				return fmt.Errorf("run %s: %w", run.Name, err)
			}
		}
	}
	for _, method := range gallery.Mappings {
		made, err := gallery.Mapping{Method: method, Samples: mapped}.Of(ctx, look)
		if err != nil {
			return fmt.Errorf("run %s: %w", run.Name, err)
		}
		study.Maps = append(study.Maps, squared(run.ID, method, made))
	}
	return nil
}

// squared fits a map into a square of whole numbers, its shape kept.
func squared(run int64, method string, from *gallery.Map) featureMap {
	to := featureMap{Run: run, Method: method, Note: from.Note, Samples: from.Samples, Labels: from.Labels}
	low, high := from.Points[0], from.Points[0]
	for _, at := range from.Points {
		for axis, x := range at {
			low[axis], high[axis] = min(low[axis], x), max(high[axis], x)
		}
	}
	side := max(high[0]-low[0], high[1]-low[1], 1e-12)
	for _, at := range from.Points {
		var place [2]int
		for axis, x := range at {
			middle := (low[axis] + high[axis]) / 2
			place[axis] = int(mapSide * (0.5 + (x-middle)/side))
		}
		to.Points = append(to.Points, place)
	}
	return to
}

// disputes are the test samples of a data set on which the runs' guesses
// disagree most: about half are right.
func (study *Study) disputes(dataset string) []int {
	right, all := map[int]int{}, map[int]int{}
	datasets := map[int64]string{}
	for _, run := range study.Runs {
		datasets[run.ID] = study.Settings[run.Setting].Dataset
	}
	var labels []rune
	for _, g := range study.Guesses {
		if g.Labels != "" {
			labels = []rune(g.Labels)
		}
		if datasets[g.Run] != dataset {
			continue
		}
		for i, said := range []rune(g.Said) {
			all[i]++
			if said == labels[i] {
				right[i]++
			}
		}
	}
	dispute := func(i int) int { return right[i] * (all[i] - right[i]) }
	var found []int
	for i := range all {
		if dispute(i) > 0 {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b int) int {
		if apart := dispute(b) - dispute(a); apart != 0 {
			return apart
		}
		return a - b
	})
	return found[:min(len(found), disputed)]
}

// add adds the images of test samples, as many as there is room for.
func (of *samples) add(look *experiment.Look, indices []int) error {
	bytes := 0
	for _, index := range indices {
		if slices.ContainsFunc(of.Images, func(s sample) bool { return s.Index == index }) {
			continue
		}
		picture, err := look.Image(index)
		if data.Skippable(err) {
			continue
		}
		if err != nil {
			return err
		}
		text, err := dataURL(picture)
		if err != nil {
			return err
		}
		if bytes += len(text); bytes > imageBytes {
			return nil
		}
		of.Images = append(of.Images, sample{index, text})
	}
	return nil
}

// dataURL is a picture as JPEG, in the size that the report shows it in.
func dataURL(picture data.Image) (string, error) {
	small := gallery.Shrunk(picture, shownSide)
	out := image.NewNRGBA(image.Rect(0, 0, small.Width, small.Height))
	for i := range small.Width * small.Height {
		out.SetNRGBA(i%small.Width, i/small.Width, color.NRGBA{small.Pix[3*i], small.Pix[3*i+1], small.Pix[3*i+2], 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 85}); err != nil {
		return "", err
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
