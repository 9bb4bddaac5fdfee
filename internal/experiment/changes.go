package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Changes say how a recorded run is worked on otherwise than it was made. The
// zero value is as it was made.
type Changes struct {
	// Set are assignments to its configuration, such as "dataset.path=images".
	Set []string
	// DataChanged goes on though the data are not those that the run was made with.
	DataChanged bool
	// TakeOver takes the run from a process that seems to be at it. See [store.Reopening].
	TakeOver bool

	otherPrompts bool // it is measured by other prompts than its own
}

// pathsOf returns the paths in a configuration that lead to something, as the store keeps them.
func (r *Runner) pathsOf(configuration []byte) map[string]string {
	found := map[string]string{}
	doc, err := config.Parse("configuration", configuration)
	if err != nil {
		return found
	}
	for _, key := range pathSettings(doc) {
		node, _ := doc.Root().Get(key)
		path, ok := node.Text()
		if !ok || path == "" {
			continue
		}
		if _, err := os.Stat(path); err == nil {
			found[key] = r.Store.Relative(path)
		}
	}
	return found
}

// placeSettings are assignments of the plan's paths: where the user's own data
// are now, and its weights.
func (p *Plan) placeSettings() (set []string) {
	configuration := config.Canonical(p.Spec)
	doc, err := config.Parse("configuration", configuration)
	if err != nil {
		return nil
	}
	own := store.Placed(configuration)
	for _, key := range pathSettings(doc) {
		node, _ := doc.Root().Get(key)
		path, given := node.Text()
		if given && (path != "" || own) && (own || !strings.HasPrefix(key, "dataset.")) {
			text, _ := json.Marshal(path) // which texts can be
			set = append(set, key+"="+string(text))
		}
	}
	return set
}

// relocate puts the paths where they lead from the folder of the database, if
// something is there: it may have moved together with its images, and the
// process may be in another folder than the one that made the run.
func relocate(s *store.Store, doc *config.Document, run store.Run, set []string) error {
	for key, stored := range run.Locations {
		given := func(assignment string) bool { return strings.HasPrefix(assignment, key+"=") }
		path := s.Located(stored)
		if _, err := os.Stat(path); err != nil || slices.ContainsFunc(set, given) {
			continue
		}
		text, err := json.Marshal(path)
		if err != nil {
			return err
		}
		if err := doc.Assign("the locations of run "+run.Name, key, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// reopened opens a recorded run with the data, the size and the normalization
// that it was made with.
func (r *Runner) reopened(ctx context.Context, run store.Run, changes Changes) (*session, error) {
	plan, err := r.stored(ctx, run, changes.Set...)
	if err != nil {
		return nil, err
	}
	recorded, err := r.Store.Data(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	fixed := plan.Spec.Views.Normalization
	if recorded.ImageSize > 0 {
		plan.Spec.Views.Size = recorded.ImageSize
	}
	if len(recorded.Normalization) > 0 {
		normalization := &data.Normalization{}
		if err := json.Unmarshal(recorded.Normalization, normalization); err != nil {
			return nil, err
		}
		plan.Spec.Views.Normalization = normalization
	}
	session, err := r.open(ctx, plan, false)
	if errors.Is(err, fs.ErrNotExist) && store.Placed(run.Config) {
		return nil, refusal{err, "if the images have moved, say where they are: --set dataset.path=PATH"}
	}
	if err != nil {
		return nil, err
	}
	session.recorded = recorded
	if run.Imported {
		session.fixed = fixed
	}
	if err := session.compareData(run, changes); err != nil {
		session.close()
		return nil, err
	}
	return session, nil
}
