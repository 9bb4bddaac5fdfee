package experiment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// place is where a run of a study belongs.
type place struct {
	after int64          // the run that this one is made in the place of; 0 for none
	uuid  string         // identity that the run is to have; empty for a new one
	data  store.Identity // of what it is to see, as far as it is known
	size  int            // of its views where the plan names none; 0 for the one that suits the images
}

// create records the session's run.
func (s *session) create(ctx context.Context, method string, in *place) (*store.RunWriter, error) {
	if in != nil {
		if in.data.Contradicts(s.data.Identity()) {
			return nil, refusal{fmt.Errorf("%w: they are not those that the comparison was begun with", ErrOtherData),
				"on another machine, put the same images and files there; here, repeat the command"}
		}
		contents := maps.Clone(in.data.Contents) // of which this run may need less
		if contents == nil {
			contents = map[string]string{}
		}
		maps.Copy(contents, s.data.Contents)
		s.data.Contents = contents
	}
	info, err := s.info(cmp.Or(s.stored, s.plan), method, s.data.Identity())
	if err != nil {
		return nil, err
	}
	info.Parent, info.Name = s.parent, s.name
	for i, split := range s.data.Splits { // the same data as its parent's
		if was := s.recorded.Split(split.Name); was.Fingerprint == split.Fingerprint {
			s.data.Splits[i].Pixels = was.Pixels
		}
	}
	info.Steps, info.Data, info.Locations = int64(s.length().Steps()), s.data, s.pathsOf(info.Config)
	create := s.Store.CreateRun
	if in != nil {
		info.UUID = in.uuid
		create = func(ctx context.Context, info store.RunInfo) (*store.RunWriter, error) {
			return s.Store.ClaimRun(ctx, info, in.after)
		}
	}
	writer, err := create(ctx, info)
	if err != nil {
		return nil, err
	}
	run, err := s.Store.Run(ctx, writer.ID)
	if err != nil {
		return nil, err
	}
	if err = s.own(ctx, run); err == nil {
		err = s.saves.Clear()
	}
	if err != nil {
		return nil, errors.Join(err, writer.Finish(ctx, store.Failed, err))
	}
	return writer, nil
}

// info describes the run of a plan for the store; identity says what is known of its data.
func (r *Runner) info(plan *Plan, method string, identity store.Identity) (store.RunInfo, error) {
	spec := plan.Spec
	provenance := plan.Method.Provenance()
	info := store.RunInfo{
		Study: spec.Study, Method: method, Backbone: spec.Backbone.Name, Dataset: spec.Dataset.Name, Seed: spec.Seed,
		Config: json.RawMessage(config.Canonical(spec)),
		Engine: cmp.Or(r.On.Engine, r.Backend.Description()), Backend: backend.Kind(spec.Backend),
		Device: r.On.Device, Driver: r.On.Driver,
		Versions: r.Versions, GitCommit: r.Commit,
		MethodModule: provenance.Module, MethodVersion: provenance.Version,
	}
	var err error
	info.ConfigHash, err = store.ConfigHash(info.Config, identity)
	return info, err
}

// finish runs the work of a recorded run and records how it ended.
func (s *session) finish(ctx context.Context, writer *store.RunWriter, work func(*Outcome) error) (*Outcome, error) {
	s.record(writer)
	outcome := &Outcome{Run: writer.Name, ID: writer.ID, Data: s.images.summary(s.plan.Spec.Dataset.Name)}
	s.Log.Info("run begins", zap.String("run", writer.Name))
	err := s.recordData(ctx)
	if err == nil {
		err = work(outcome)
	}
	outcome.Status = statusOf(ctx, err)
	s.Log.Info("run ends", zap.String("run", writer.Name), zap.String("status", string(outcome.Status)), zap.Error(err))
	if outcome.Status == store.Finished {
		return outcome, writer.Finish(ctx, store.Finished, nil)
	}
	return outcome, errors.Join(err, writer.Finish(ctx, outcome.Status, err))
}

// statusOf says how a run ended that returned err.
func statusOf(ctx context.Context, err error) store.Status {
	switch {
	case err == nil:
		return store.Finished
	case errors.Is(err, train.ErrInterrupted), ctx.Err() != nil:
		return store.Interrupted
	case errors.Is(err, train.ErrNotFinite):
		return store.Stopped
	}
	return store.Failed
}

// record makes the session that of a recorded run.
func (s *session) record(writer *store.RunWriter) {
	s.writer = writer
	s.log = s.Log.With(zap.String("run", writer.Name))
}
