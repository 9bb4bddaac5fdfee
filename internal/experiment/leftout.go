package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// shownLeftOut is how many of the files that are left out a warning names; the
// table left_out has them all.
const shownLeftOut = 3

// recordData records and tells what the data set left out when it was opened
// and measured, and what else there is to say of it.
func (s *session) recordData(ctx context.Context) error {
	if s.images == nil { // of an export of weights alone
		return nil
	}
	if err := s.recordOmissions(ctx, "", s.images); err != nil {
		return err
	}
	if s.images.classes < 2 && !transfer.HasCaptions(s.images.training) { // which are measured by
		s.warn(
			fmt.Sprintf("the data set has %s: evaluations that need labels (knn, linear, few_shot, fine_tune) are left out; "+
				"the features are measured without labels", classCount(s.images.classes)),
		)
	}
	return errors.Join(s.recordUnread(ctx, "", data.Train, s.images), s.recordUnread(ctx, "", data.Test, s.images))
}

// recordOmissions records and tells which files the splits of a data set left
// out when they were opened. The data set has a name unless it is the one trained on.
func (s *session) recordOmissions(ctx context.Context, name string, of *images) error {
	seen := map[string]bool{} // a holdout's splits come from the same files
	for _, split := range []struct {
		name data.Split
		set  data.Dataset
	}{{data.Train, of.training}, {data.Test, of.test}} {
		called := splitOf(name, split.name)
		var files []store.LeftOut
		for _, o := range data.OmissionsOf(split.set) {
			if !seen[o.Path] {
				seen[o.Path] = true
				files = append(files, store.LeftOut{Split: called, Path: o.Path, Reason: o.Reason, Sample: -1, Files: o.Files})
			}
		}
		n := 0
		for _, f := range files {
			n += f.Files
		}
		if n > 0 {
			s.warn(
				fmt.Sprintf("%s left out of the %s split of %d images: %s", filesAre(n), called, split.set.Len(), first(files)),
			)
		}
		if err := s.writer.AddLeftOut(ctx, files); err != nil {
			return err
		}
	}
	return nil
}

// splitOf is what a split of a data set is called; that trained on has no name.
func splitOf(name string, split data.Split) string {
	return strings.TrimSpace(name + " " + string(split))
}

func filesAre(n int) string {
	if n == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", n)
}

func classCount(n int) string {
	if n == 0 {
		return "no classes"
	}
	return "a single class"
}

// recordUnread records and tells which samples of a split could not be read so far.
func (s *session) recordUnread(ctx context.Context, name string, split data.Split, of *images) error {
	set := of.splits()[split]
	failures := set.Unread()
	if len(failures) == 0 {
		return nil
	}
	called := splitOf(name, split)
	files := make([]store.LeftOut, 0, len(failures))
	for _, i := range slices.Sorted(maps.Keys(failures)) {
		file := store.LeftOut{
			Split: called, Path: fmt.Sprintf("sample %d", i), Reason: failures[i].Error(), Sample: i, Files: 1,
		}
		var sample *data.SampleError
		if errors.As(failures[i], &sample) {
			file.Path, file.Reason = sample.Path, sample.Err.Error()
		}
		files = append(files, file)
	}
	if s.unread == nil {
		s.unread = map[string]int{}
	}
	if len(files) > s.unread[called] { // else it has been said
		s.unread[called] = len(files)
		left := "left out"
		if name == "" && split == data.Train && s.method != nil {
			left = "left out; in the batches of the training the next that can be read takes the place of each"
		}
		s.warn(fmt.Sprintf("%d of %d images of the %s split could not be read and are %s: %s (all of them are in the view "+
			"left_out_files)",
			len(files), set.Len(), called, left, first(files)))
	}
	return s.writer.AddLeftOut(context.WithoutCancel(ctx), files)
}

// first names the first few files, each with the reason.
func first(files []store.LeftOut) string {
	var parts []string
	for _, f := range files[:min(len(files), shownLeftOut)] {
		parts = append(parts, f.Path+" ("+f.Reason+")")
	}
	if len(files) > shownLeftOut {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// warn gives a warning once a process: the runs of a study have the same data.
func (s *session) warn(message string) { s.Runner.warn(s.log, message) }

func (r *Runner) warn(log *zap.Logger, message string) {
	if _, said := r.said.LoadOrStore(message, true); said {
		log.Info(message)
		return
	}
	log.Warn(message)
}
