package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// ErrDataChanged says that data are not those that a run was made with.
var ErrDataChanged = errors.New("the data have changed since the run was made")

// ErrOtherData says that data are not those that a study is made of.
var ErrOtherData = errors.New("the data are others")

// dataChangedKind is the kind of alarm of a training that went on with other data.
const dataChangedKind = "data-changed"

// splits are the names of the splits with what the session reads of them.
func (im *images) splits() map[data.Split]*data.Digest {
	return map[data.Split]*data.Digest{data.Train: im.trainingPixels, data.Test: im.testPixels}
}

// identify says what the data are that a run sees.
func (im *images) identify(ctx context.Context) (known store.Data, err error) {
	known = store.Data{ImageSize: im.size, Normalization: config.Canonical(im.normalization)}
	for _, name := range []data.Split{data.Train, data.Test} {
		set := im.splits()[name]
		split := store.Split{Name: string(name), Samples: set.Len()}
		for _, class := range set.Classes() {
			split.Classes = append(split.Classes, store.Class{Name: class})
		}
		for i := range set.Len() {
			if label := set.Label(i); label >= 0 && label < len(split.Classes) {
				split.Classes[label].Samples++
			}
		}
		if split.Fingerprint, err = data.Fingerprint(ctx, set); err != nil {
			return known, err
		}
		known.Splits = append(known.Splits, split)
	}
	return known, nil
}

// sights are what data sets were when they were looked at. The zero value has none.
type sights struct {
	mu   sync.Mutex
	data map[string]store.Data // by dataKey

	contents map[string]contents // by contentsKey
	sizes    map[string]int      // of views, by study and data
}

func (s *sights) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data, s.contents, s.sizes = nil, nil, nil
}

// dataOf says what the data of a plan are; a study looks at each data set once.
func (r *Runner) dataOf(ctx context.Context, plan *Plan) (store.Data, error) {
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	key := plan.dataKey()
	if seen, known := r.seen.data[key]; known {
		return seen, nil
	}
	images, err := openSplits(ctx, plan, r.Data)
	if err != nil {
		return store.Data{}, err
	}
	now, err := images.identify(ctx)
	if err != nil {
		return store.Data{}, err
	}
	if r.seen.data == nil {
		r.seen.data = map[string]store.Data{}
	}
	r.seen.data[key] = now
	return now, nil
}

// dataKey is equal for plans of the same data.
func (p *Plan) dataKey() string {
	return config.Hash(struct {
		Dataset config.Choice `yaml:"dataset" doc:"-"`
		Size    int           `yaml:"size" doc:"-"`
	}{p.Spec.Dataset, p.Spec.Views.Size})
}

// compareData holds the session's data against those that its run was made
// with. Other data are an error unless the changes allow them; then what is
// measured says so.
func (s *session) compareData(run store.Run, changes Changes) error {
	if len(s.recorded.Splits) == 0 {
		s.Log.Warn("it is not on record what data the run was made with, so that nobody can tell whether they have changed",
			zap.String("run", run.Name))
		return nil
	}
	s.allowed = changes.DataChanged
	return s.differ(s.trainedWith(changes).Differences(s.data))
}

// differ is the error of data that differ, or where it is allowed the note of it.
func (s *session) differ(differences []string) error {
	if len(differences) == 0 {
		return nil
	}
	text := strings.Join(differences, "; ")
	if !s.allowed {
		return dataChanged(text)
	}
	s.Log.Warn("the data have changed: "+text, zap.String("from", "kontrast sql 'SELECT * FROM run_data'"))
	s.otherData = fmt.Sprintf(
		"changed-%.8s-%.8s", s.data.Split(string(data.Train)).Fingerprint, s.data.Split(string(data.Test)).Fingerprint,
	)
	return nil
}

func dataChanged(differences string) error {
	return refusal{fmt.Errorf("%w: %s", ErrDataChanged, differences),
		"put the old data back, say where they are (--set dataset.path=DIR), or continue with --data-changed, under a " +
			"protocol that says so"}
}

// comparePixels does as compareData with the pixels of the splits that have
// been read to the end, and records those of a new run.
func (s *session) comparePixels(ctx context.Context) error {
	for name, set := range s.images.splits() {
		sum, known := set.Sum()
		if !known {
			continue
		}
		was := s.recorded.Split(string(name))
		switch {
		case was.Pixels != "" && was.Pixels != sum && s.otherData == "":
			if err := s.differ([]string{fmt.Sprintf("images of the %s split have other pixels", name)}); err != nil {
				return err
			}
			s.otherData = fmt.Sprintf("changed-%.8s", sum)
		case was.Pixels == "" && s.otherData == "":
			if err := s.writer.SetPixels(ctx, string(name), sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark says in a protocol that it is of data which have changed.
func (s *session) mark(protocol *store.Protocol) {
	if s.otherData == "" {
		return
	}
	details := map[string]string{"data": s.otherData}
	for key, value := range protocol.Details {
		details[key] = value
	}
	protocol.Details = details
}
