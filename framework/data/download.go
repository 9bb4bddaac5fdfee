package data

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// remote is a published file.
type remote struct {
	name string // under the base URL, and in the cache
	md5  string // as published, hexadecimal
}

const (
	attempts = 5                // in a row that bring nothing
	stalled  = 60 * time.Second // without a byte until an attempt is given up
)

// fetch returns the path of a file in the cache, which it downloads from
// base+name if it is not there.
func (e Env) fetch(ctx context.Context, folder, base string, file remote) (string, error) {
	if e.CacheDir == "" {
		return "", errors.New("no folder for downloads is set; set HOME, or name one (--cache)")
	}
	target := filepath.Join(e.CacheDir, folder, file.name)
	address := strings.TrimSuffix(base, "/") + "/" + file.name
	err := e.Download(ctx, address, target, func(path string) error {
		sum, err := checksum(path)
		if err == nil && sum != file.md5 {
			err = fmt.Errorf(
				"%s: the md5 checksum is %s, expected %s: the server has another file, or it was damaged on the way",
				address, sum, file.md5,
			)
		}
		return err
	})
	if failed := new(downloadError); errors.As(err, failed) {
		err = fmt.Errorf("%w; give url as a mirror that works, or put the file at %s yourself", err, target)
	}
	return target, err
}

// Download brings the file at an address to the path target, unless it is there.
// It goes to target.part, where the next attempt, of this process or another,
// resumes it, and becomes target only when check finds nothing wrong with it;
// else it is removed, and the error is that of check.
func (e Env) Download(ctx context.Context, address, target string, check func(path string) error) error {
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	lock := flock.New(target + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("waiting for another process that downloads %s: %w", target, err)
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(target); err == nil {
		return nil // the other process has got it
	}
	d := download{env: e, url: address, part: target + ".part"}
	if err := d.run(ctx); err != nil {
		return downloadError{err}
	}
	if err := check(d.part); err != nil {
		return errors.Join(err, os.Remove(d.part))
	}
	return os.Rename(d.part, target)
}

// downloadError is of what did not come, rather than of what came.
type downloadError struct{ error }

func (e downloadError) Unwrap() error { return e.error }

// download fills a partial file from a URL.
type download struct {
	env       Env
	url, part string
}

// permanent is an error that another attempt will not change.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

func (d *download) run(ctx context.Context) error {
	fruitless := 0
	for {
		got, err := d.attempt(ctx)
		if err == nil {
			return nil
		}
		if fruitless++; got > 0 {
			fruitless = 0
		}
		if final := new(permanent); ctx.Err() != nil || errors.As(err, final) || fruitless == attempts {
			return fmt.Errorf("download of %s: %w", d.shown(), err)
		}
		if fruitless > 0 {
			select {
			case <-time.After(d.env.pause() << (fruitless - 1)):
			case <-ctx.Done():
			}
		}
	}
}

// shown is the address without a password.
func (d *download) shown() string {
	if at, err := url.Parse(d.url); err == nil {
		return at.Redacted()
	}
	return d.url
}

// attempt appends to the partial file what it still lacks, and returns the number of bytes that came.
func (d *download) attempt(ctx context.Context) (got int64, err error) {
	file, err := os.OpenFile(d.part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return 0, permanent{err}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	have, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(stalled, func() { cancel(fmt.Errorf("nothing came for %v", stalled)) })
	defer watchdog.Stop()
	response, err := d.request(ctx, have)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusPartialContent:
		if got := response.Header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", have)) {
			return 0, permanent{fmt.Errorf("the server answers with the range %q, expected one from byte %d", got, have)}
		}
	case http.StatusRequestedRangeNotSatisfiable:
		// The file is complete, or is not what the server has: the checksum tells.
		return 0, nil
	case http.StatusOK:
		if have > 0 { // the server does not resume
			if have, err = file.Seek(0, io.SeekStart); err != nil {
				return 0, err
			}
			if err := file.Truncate(0); err != nil {
				return 0, err
			}
		}
	default:
		err := fmt.Errorf("the server answers %s", response.Status)
		if code := response.StatusCode; code < 500 && code != http.StatusTooManyRequests &&
			code != http.StatusRequestTimeout {
			err = permanent{err}
		}
		return 0, err
	}
	total := int64(-1)
	if response.ContentLength >= 0 {
		total = have + response.ContentLength
	}
	buffer := make([]byte, 256<<10)
	for {
		n, err := response.Body.Read(buffer)
		if n > 0 {
			watchdog.Reset(stalled)
			if _, err := file.Write(buffer[:n]); err != nil {
				return got, permanent{err}
			}
			got += int64(n)
			d.env.progress(filepath.Base(strings.TrimSuffix(d.part, ".part")), have+got, total)
		}
		if err == io.EOF {
			return got, file.Sync()
		}
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return got, err
		}
	}
}

func (d *download) request(ctx context.Context, have int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return nil, permanent{err}
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := d.env.Client
	if client == nil {
		client = http.DefaultClient
	}
	return client.Do(request)
}

func checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := md5.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
