package experiment

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/store"
)

const (
	// shortPixels is how many pixels of views a training sees that is over in moments: a process of its own costs it
	// more than it gains.
	shortPixels = 1 << 22
	// processMemory is what a process has besides its training, in bytes: measured with resnet8 at 350 MB.
	processMemory = 512 << 20
)

// AtOnce is how many runs of a study are best made at once on so many threads: one on each, since a second thread
// does not make a training twice as fast. It is fewer where there are fewer runs, or where half of the machine's
// memory has no room for them, and one where they are over in moments.
func (r *Runner) AtOnce(ctx context.Context, study *Study, threads int) int {
	runs := study.Shard.share(len(study.Plans))
	if r.Memory <= 0 || runs < 2 {
		return 1
	}
	most, weighed := min(threads, runs), map[string]bool{}
	long := false
	for _, plan := range study.Plans {
		if most < 2 {
			return 1
		}
		info, err := r.info(plan, plan.Method.Name, store.Identity{})
		if err != nil {
			return 1 // the study will say so
		}
		if weighed[info.ConfigHash] {
			continue
		}
		weighed[info.ConfigHash] = true
		memory, pixels, err := r.weigh(ctx, plan)
		if err != nil {
			return 1
		}
		long = long || pixels >= shortPixels
		most = min(most, int(r.Memory/2/(memory*3/2+processMemory)))
	}
	if !long {
		return 1
	}
	return max(most, 1)
}

// weigh estimates what a plan's training takes of memory, in bytes, from below, and counts the pixels of its views.
func (r *Runner) weigh(ctx context.Context, plan *Plan) (memory, pixels int64, err error) {
	s := &session{Runner: r, progress: silence{}, plan: plan, store: model.NewStore()}
	defer s.close()
	if s.images, err = openSplits(ctx, plan, r.Data); err != nil {
		return 0, 0, err
	}
	if s.method, err = plan.Method.New(plan.Spec.Method.Params); err != nil {
		return 0, 0, err
	}
	if err := s.makeBackbone(); err != nil {
		return 0, 0, err
	}
	need, err := s.footprint()
	return need.sum(), int64(plan.Spec.Train.Epochs) * int64(s.images.training.Len()) * s.images.pixels(), err
}
