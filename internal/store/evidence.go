package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"
)

// Alarm is something that looked wrong during training.
type Alarm struct {
	Step   int64
	Kind   string // such as collapse or loss-at-chance
	Detail string // what was seen, what was expected, what to do
	Time   time.Time
}

// AddAlarm records an alarm at a training step, under the store's own time. A
// kind that the run has at that step already, as from before it was cut, is
// not recorded again.
func (w *RunWriter) AddAlarm(ctx context.Context, step int64, kind, detail string) error {
	if kind == "" || step < 0 {
		return fmt.Errorf("run %s: alarm %q at step %d: the kind must not be empty and the step not negative",
			w.Name, kind, step)
	}
	return w.record(ctx, &entry{Alarm: &alarmEntry{step, kind, detail}})
}

// Artifact is a file that a run wrote.
type Artifact struct {
	Path   string
	Kind   string // checkpoint, log, figure, ...
	SHA256 string // of the content, hexadecimal
	Bytes  int64
	Time   time.Time
}

// AddArtifact records a file with its size and SHA-256, which it reads the
// file for. A file recorded before is recorded again. The path of a file below
// the folder of the database is stored relative to it, so that both can move.
func (w *RunWriter) AddArtifact(ctx context.Context, kind, path string) (Artifact, error) {
	sum, size, err := digest(path)
	if err != nil {
		return Artifact{}, fmt.Errorf("run %s: %s: %w", w.Name, kind, err)
	}
	now := w.store.options.Now()
	return Artifact{path, kind, sum, size, now},
		w.record(ctx, &entry{Artifact: &artifactEntry{w.store.inside(path), kind, sum, size}})
}

func digest(path string) (sum string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	if size, err = io.Copy(hash, file); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}
