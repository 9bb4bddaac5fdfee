package experiment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Adopt takes a checkpoint of a recorded run that was made elsewhere into the
// folder of runs, so that the run can be resumed, evaluated and exported here.
// It returns the path; empty where the folder has one that is as late.
func (r *Runner) Adopt(ctx context.Context, id int64, checkpoint string) (string, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return "", err
	}
	saves, err := r.checkpoints(ctx, run, int(run.Steps))
	if err != nil {
		return "", err
	}
	path, err := saves.Adopt(checkpoint)
	if err != nil || path == "" {
		return "", err
	}
	writer, err := r.Store.AppendRun(ctx, id)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	_, err = writer.AddArtifact(ctx, checkpointKind, path)
	return path, err
}

// LatestCheckpoint is the path of the latest checkpoint of a run: in the folder
// of runs, or where the run recorded it. It is empty where there is none.
func (r *Runner) LatestCheckpoint(ctx context.Context, run store.Run) (string, error) {
	if filepath.IsLocal(run.Name) {
		newest, err := train.Checkpoints{Folder: filepath.Join(r.Folder, run.Name)}.Newest()
		if err != nil || newest != "" {
			return newest, err
		}
	}
	files, err := r.Store.Artifacts(ctx, run.ID)
	if err != nil {
		return "", err
	}
	return lastCheckpoint(files), nil
}

// lastCheckpoint is the last of the files that is a checkpoint and is there.
func lastCheckpoint(files []store.Artifact) (path string) {
	for _, file := range files {
		if _, err := os.Stat(file.Path); err == nil && file.Kind == checkpointKind {
			path = file.Path
		}
	}
	return path
}

// AdoptFrom is Adopt of the checkpoint that a run has where it was merged from.
func (r *Runner) AdoptFrom(ctx context.Context, merged store.MergedRun, from *store.Snapshot) error {
	files, err := from.Artifacts(ctx, merged.Run.ID)
	if err != nil {
		return err
	}
	path := lastCheckpoint(files)
	if path == "" {
		if baseline.Is(merged.Run.Method) {
			return nil
		}
		return fmt.Errorf("run %s: no checkpoint is found where %s says that it is", merged.Run.Name, from.Path())
	}
	_, err = r.Adopt(ctx, merged.ID, path)
	return err
}

// checkpointKind is the kind of artifact of a file of weights.
const checkpointKind = "checkpoint"
