package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
)

const (
	// usualSize is the size of views of images that are larger or of many
	// sizes: what ImageNet's networks are trained at.
	usualSize = 224
	// sizedImages is how many images, evenly spaced, the size of views is chosen by.
	sizedImages = 64
	// sizeStep divides the size of views that is chosen, so that patches and
	// strides fit; of images below fineBelow, whose patches are small, fineStep does.
	sizeStep, fineStep, fineBelow = 16, 8, 64
)

// nearestSize is the size of views of images of that shorter side: the nearest
// multiple of the step, the larger of two. Sides of one step or less stay as they are.
func nearestSize(side int) int {
	step := sizeStep
	if side < fineBelow {
		step = fineStep
	}
	if side <= sizeStep {
		return side
	}
	return (side + step/2) / step * step
}

// viewSize is the size asked for. Otherwise it is the shorter side of the
// images, if all have the same and it is at most 224, and else nearest to the
// median of their shorter sides, but at most 224; the note then says so.
func viewSize(training data.Dataset, asked int) (size int, note string, err error) {
	if asked > 0 {
		return asked, "", nil
	}
	if training.Len() == 0 {
		return 0, "", errors.New("the training split of the data set has no samples")
	}
	var sides []int
	var unread error
	n := min(training.Len(), sizedImages)
	for k := range n {
		side, err := data.ShorterSide(training, k*training.Len()/n)
		if err != nil {
			unread = err
			continue
		}
		sides = append(sides, side)
	}
	if len(sides) == 0 {
		if errors.Is(unread, fs.ErrNotExist) {
			return 0, "", fmt.Errorf("no image of the training split is where it should be: %w; the paths of a table are "+
				"relative to its own folder, or to the one that dataset.images names", unread)
		}
		return 0, "", fmt.Errorf("no image of the training split can be read: %w", unread)
	}
	slices.Sort(sides)
	least, median, most := sides[0], sides[len(sides)/2], sides[len(sides)-1]
	if least == most && most <= usualSize {
		return most, "", nil
	}
	size = min(nearestSize(median), usualSize)
	sizes := fmt.Sprintf("the shorter sides of the images are %d pixels", most)
	if least != most {
		sizes = fmt.Sprintf("the shorter sides of the images go from %d to %d pixels, with the median %d",
			least, most, median)
	}
	return size, fmt.Sprintf("%s; views are made %d×%d (views.size chooses another)", sizes, size, size), nil
}

// studySize is the size of views that runs of the plan's study have whose
// configuration names none, on the same data: what a run that is added takes,
// though an earlier version may have chosen it by another rule. It is 0 where there is none.
func (r *Runner) studySize(ctx context.Context, plan *Plan) (int, error) {
	spec := plan.Spec
	if spec.Views.Size > 0 || spec.Study == "" || !store.Placed(config.Canonical(spec)) {
		return 0, nil
	}
	key := spec.Study + " " + plan.dataKey()
	r.seen.mu.Lock()
	size, known := r.seen.sizes[key]
	r.seen.mu.Unlock()
	if known {
		return size, nil
	}
	size, err := r.findStudySize(ctx, plan)
	if err != nil {
		return 0, err
	}
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	if r.seen.sizes == nil {
		r.seen.sizes = map[string]int{}
	}
	r.seen.sizes[key] = size
	return size, nil
}

// findStudySize is studySize of a plan that names no size, of the user's own data.
func (r *Runner) findStudySize(ctx context.Context, plan *Plan) (int, error) {
	runs, err := r.Store.Runs(ctx, store.Filter{Study: plan.Spec.Study})
	if err != nil || len(runs) == 0 {
		return 0, err
	}
	now, err := r.dataOf(ctx, plan)
	if err != nil {
		return 0, ctx.Err() // whoever opens the data says what is wrong with them
	}
	for _, run := range runs {
		var of struct{ Views struct{ Size int } }
		if run.Dataset != plan.Spec.Dataset.Name || json.Unmarshal(run.Config, &of) != nil || of.Views.Size > 0 {
			continue
		}
		was, err := r.Store.Data(ctx, run.ID)
		if err != nil {
			return 0, err
		}
		if was.ImageSize > 0 && was.Identity().Data == now.Identity().Data {
			return was.ImageSize, nil
		}
	}
	return 0, nil
}

// openNew opens a new run of a plan, with views of the size that its study has where the plan names none.
func (r *Runner) openNew(ctx context.Context, plan *Plan, in *place) (*session, error) {
	if err := r.computesOn(plan.Spec.Backend); err != nil {
		return nil, err
	}
	size := 0
	if in != nil {
		size = in.size
	} else {
		r.seen.forget()
		var err error
		if size, err = r.studySize(ctx, plan); err != nil {
			return nil, err
		}
	}
	if size == 0 || plan.Spec.Views.Size > 0 {
		return r.open(ctx, plan, true)
	}
	sized := *plan
	sized.Spec.Views.Size = size
	session, err := r.open(ctx, &sized, true)
	if err == nil {
		session.stored = plan
	}
	return session, err
}
