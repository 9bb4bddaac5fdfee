package train

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"

	"github.com/kontrast-ml/kontrast/internal/checkpoint"
)

// Adopt copies a checkpoint of the run that was made elsewhere into the folder,
// and returns its path there. A damaged or strange one is an error, and changes
// nothing; one that is no later than what the folder has is left out, and the path empty.
func (c Checkpoints) Adopt(from string) (path string, err error) {
	made, err := checkpoint.Load(from)
	if err != nil {
		return "", err
	}
	steps, err := strconv.Atoi(made.Info[stepKey])
	if err != nil || steps < 0 {
		return "", fmt.Errorf("checkpoint %s: its step is %q; it is none of a training", from, made.Info[stepKey])
	}
	if c.Accept != nil {
		if err := c.Accept(made.Info, steps); err != nil {
			return "", fmt.Errorf("checkpoint %s: %w", from, err)
		}
	}
	path = filepath.Join(c.Folder, fileName(steps))
	if newest, err := c.Newest(); err != nil || newest >= path {
		return "", err
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	return path, copyFile(from, path)
}

// copyFile copies a file: all of it, or nothing.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := renameio.NewPendingFile(to, renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Cleanup())
	}
	return out.CloseAtomicallyReplace()
}
