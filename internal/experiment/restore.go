package experiment

import (
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// restore loads the latest whole checkpoint.
func (s *session) restore() (train.Position, error) {
	at, skipped, err := s.saves.Restore(s.store)
	for _, reason := range skipped {
		s.Log.Warn("a checkpoint can't be used and was skipped", zap.Error(reason))
	}
	if err != nil {
		return at, err
	}
	if variables := train.Variables(s.store); at.Steps > 0 || s.plan.Frozen && hasBackbone(variables) {
		s.loaded = variables
	}
	return at, err
}

// hasBackbone reports whether there is a variable of a backbone among those of a checkpoint.
func hasBackbone(paths map[string]bool) bool {
	for path := range paths {
		if strings.HasPrefix(path, backbonePath) {
			return true
		}
	}
	return false
}

// trained opens an ended run with the weights of its latest checkpoint, to add
// to what is recorded of it.
func (r *Runner) trained(ctx context.Context, run store.Run, changes Changes) (*session, train.Position, error) {
	session, err := r.reopened(ctx, run, changes)
	if err != nil {
		return nil, train.Position{}, err
	}
	at, err := session.append(ctx, run)
	if err != nil {
		session.close()
	}
	return session, at, err
}

// append loads the latest checkpoint of an ended run; a baseline has none.
func (s *session) append(ctx context.Context, run store.Run) (train.Position, error) {
	writer, err := s.Store.AppendRun(ctx, run.ID)
	if err != nil {
		return train.Position{}, err
	}
	s.record(writer)
	if err := s.recordData(ctx); err != nil {
		return train.Position{}, err
	}
	return s.load(ctx, run)
}

// load loads the latest checkpoint of a run; a baseline has none.
func (s *session) load(ctx context.Context, run store.Run) (train.Position, error) {
	if baseline.Is(run.Method) {
		return train.Position{}, nil
	}
	if err := s.own(ctx, run); err != nil {
		return train.Position{}, err
	}
	at, err := s.restore()
	if err == nil && s.loaded == nil {
		err = fmt.Errorf("run %s has no checkpoint in %s; if the checkpoints are in another folder, name it with --runs",
			run.Name, s.saves.Folder)
	}
	if err == nil && s.plan.texts != nil {
		s.captions, err = s.importedCaptions(s.plan.texts)
	}
	return at, err
}
