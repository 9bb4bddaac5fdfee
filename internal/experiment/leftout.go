package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// shownLeftOut is how many of the files that are left out a warning names; the
// table left_out has them all.
const shownLeftOut = 3

// recordData records and tells what the data set left out when it was opened,
// and what else there is to say of it.
func (s *session) recordData(ctx context.Context) error {
	if s.images == nil { // of an export of weights alone
		return nil
	}
	seen := map[string]bool{} // a holdout's splits come from the same files
	for _, split := range []struct {
		name data.Split
		set  data.Dataset
	}{{data.Train, s.images.training}, {data.Test, s.images.test}} {
		var files []store.LeftOut
		for _, o := range data.OmissionsOf(split.set) {
			if !seen[o.Path] {
				seen[o.Path] = true
				files = append(files, store.LeftOut{Split: string(split.name), Path: o.Path, Reason: o.Reason, Sample: -1, Files: o.Files})
			}
		}
		n := 0
		for _, f := range files {
			n += f.Files
		}
		if n > 0 {
			s.warn(fmt.Sprintf("%s left out of the %s split of %d images: %s", filesAre(n), split.name, split.set.Len(), first(files)))
		}
		if err := s.writer.AddLeftOut(ctx, files); err != nil {
			return err
		}
	}
	if s.images.classes < 2 && !transfer.HasCaptions(s.images.training) { // which are measured by
		s.warn(fmt.Sprintf("the data set has %s: evaluations that need labels (knn, linear, few_shot, fine_tune) are left out; the features are measured without labels", classCount(s.images.classes)))
	}
	return nil
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

// recordUnread records and tells which samples of a split a pass over it could
// not read; samples are those that the loader's stand for, nil for themselves.
func (s *session) recordUnread(ctx context.Context, split data.Split, from *loader.Loader, samples []int) error {
	failures := from.Failures()
	if len(failures) == 0 {
		return nil
	}
	files := make([]store.LeftOut, len(failures))
	for i, failure := range failures {
		if samples != nil {
			failure.Sample = samples[failure.Sample]
		}
		files[i] = store.LeftOut{Split: string(split), Path: fmt.Sprintf("sample %d", failure.Sample), Reason: failure.Err.Error(), Sample: failure.Sample, Files: 1}
		var sample *data.SampleError
		if errors.As(failure.Err, &sample) {
			files[i].Path, files[i].Reason = sample.Path, sample.Err.Error()
		}
	}
	if s.unread == nil {
		s.unread = map[data.Split]int{}
	}
	if len(files) > s.unread[split] { // else it has been said
		s.unread[split] = len(files)
		s.warn(fmt.Sprintf("%d of %d images of the %s split could not be read and are left out: %s (all of them are in the view left_out_files)",
			len(files), from.Len(), split, first(files)))
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
