package plugins

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/backend"
)

// Installer installs plugins.
type Installer struct {
	Cache string // folder of downloads
	Index string // address of the package index; empty for that of pip's environment variable, or the public one
	From  string // folder that has the wheels already; empty to download them
	Env   data.Env
}

func (i *Installer) client() *http.Client {
	if i.Env.Client != nil {
		return i.Env.Client
	}
	return http.DefaultClient
}

// Install downloads the wheels of a set, checks them and unpacks them, in the
// place of what was installed for the platform before. Downloads that were
// interrupted go on where they stopped. What was installed stays until all of
// the new is there.
func (i *Installer) Install(ctx context.Context, set Set) (Plugin, error) {
	if len(set.Wheels) == 0 {
		return Plugin{}, fmt.Errorf("there is no plugin for %s to install on this machine; plugins are known for %s, on "+
			"Linux with an x86-64 processor", set.Platform, strings.Join(backend.Platforms(), ", "))
	}
	if i.Cache == "" {
		return Plugin{}, errors.New("no folder for downloads is set; set HOME, or name one (--cache)")
	}
	folder := Folder(i.Cache)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return Plugin{}, err
	}
	lock := flock.New(filepath.Join(folder, "install.lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return Plugin{}, fmt.Errorf("waiting for another process that installs plugins in %s: %w", folder, err)
	}
	defer func() { _ = lock.Unlock() }()
	fresh, err := os.MkdirTemp(folder, ".new-")
	if err != nil {
		return Plugin{}, err
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return Plugin{}, err
	}
	downloads := filepath.Join(folder, "wheels")
	for n := range set.Wheels {
		if err := i.add(ctx, &set.Wheels[n], downloads, fresh); err != nil {
			return Plugin{}, err
		}
	}
	if err := complete(fresh, set); err != nil {
		return Plugin{}, err
	}
	target := filepath.Join(folder, set.Platform)
	if err := replace(target, fresh); err != nil {
		return Plugin{}, err
	}
	return readManifest(target)
}

// add brings a wheel and unpacks it.
func (i *Installer) add(ctx context.Context, wheel *Wheel, downloads, into string) error {
	found, err := i.locate(ctx, wheel)
	if err != nil {
		return err
	}
	if wheel.SHA256 == "" { // of a version that is not pinned
		if wheel.SHA256 = found.sha256; wheel.SHA256 == "" {
			return fmt.Errorf("package index %s says no sha256 of %s, and none is known: what it has can't be checked",
				redacted(Index(i.Index)), wheel.File)
		}
	}
	path := found.url
	if i.From == "" {
		path = filepath.Join(downloads, wheel.File)
		check := func(path string) error { return checkSum(path, wheel.SHA256) }
		if err := i.Env.Download(ctx, found.url, path, check); err != nil {
			return err
		}
		defer os.Remove(path) // it is unpacked, or damaged
	}
	if err := checkSum(path, wheel.SHA256); err != nil {
		return err
	}
	if err := unpack(path, into); err != nil {
		return fmt.Errorf("%s: %w", wheel.File, err)
	}
	return nil
}

// checkSum refuses a file with another sha256.
func checkSum(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); !strings.EqualFold(sum, want) {
		return fmt.Errorf("%s: the sha256 is %s, expected %s: the server has another file, or it was damaged on the way",
			filepath.Base(path), sum, want)
	}
	return nil
}

// complete finds the plugin among what was unpacked, makes the links that it
// needs and writes the manifest.
func complete(folder string, set Set) error {
	var plugin string
	for _, pattern := range patterns(set.Platform) {
		for _, depth := range []string{"", "*", "*/*"} {
			if matches, _ := filepath.Glob(filepath.Join(folder, depth, pattern)); len(matches) > 0 && plugin == "" {
				plugin = matches[0]
			}
		}
	}
	if plugin == "" {
		return fmt.Errorf("%s has no plugin for %s: no file is called %s",
			set.Wheels[0].File, set.Platform, strings.Join(patterns(set.Platform), " or "))
	}
	// GoMLX looks for NVIDIA's libraries beside the folder of the plugin, the plugin where the wheels have them.
	if _, err := os.Stat(filepath.Join(folder, "nvidia")); err == nil {
		above := filepath.Dir(filepath.Dir(plugin))
		to, err := filepath.Rel(above, filepath.Join(folder, "nvidia"))
		if err != nil {
			return err
		}
		if err := os.Symlink(to, filepath.Join(above, "nvidia")); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	within, err := filepath.Rel(folder, plugin)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest{set.Platform, filepath.ToSlash(within), set.Wheels}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, manifestName), append(text, '\n'), 0o644)
}

// replace puts a folder in the place of another, which is gone only then.
func replace(target, fresh string) error {
	old := fresh + ".old"
	switch err := os.Rename(target, old); {
	case errors.Is(err, os.ErrNotExist):
		return os.Rename(fresh, target)
	case err != nil:
		return err
	}
	if err := os.Rename(fresh, target); err != nil {
		return errors.Join(err, os.Rename(old, target))
	}
	return os.RemoveAll(old)
}
