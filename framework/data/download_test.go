package data

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// server serves one file, each request as the next handler of a list says, and then as it should.
type server struct {
	*httptest.Server
	content []byte
	mu      sync.Mutex
	ranges  []string // the Range header of each request
}

func serve(t *testing.T, content []byte, first ...http.HandlerFunc) *server {
	s := &server{content: content}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		turn := len(s.ranges)
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		if turn < len(first) {
			first[turn](w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(s.Close)
	return s
}

// fetch downloads the server's file as name.bin into a new cache.
func (s *server) fetch(ctx context.Context, env Env) (string, error) {
	env.retryPause = time.Millisecond
	return env.fetch(ctx, "set", s.URL, s.remote())
}

func (s *server) remote() remote { return remote{"name.bin", md5Of(s.content)} }

func md5Of(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

var content = bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MB

// cutAfter sends the first n bytes and breaks the connection.
func cutAfter(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1048576")
		_, _ = w.Write(content[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func answer(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

func wantFile(t *testing.T, path string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%s holds %d bytes (%v), not the %d of the server", path, len(got), err, len(content))
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the partial file is still there: %v", err)
	}
}

func TestDownloadResumesAfterACut(t *testing.T) {
	s := serve(
		t, content, cutAfter(300_000), answer(503), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	)
	var seen []int64
	var what string
	env := Env{CacheDir: t.TempDir(), Progress: func(w string, done, total int64) {
		what = w
		if seen = append(seen, done); total != int64(len(content)) {
			t.Errorf("total is %d, want %d", total, len(content))
		}
	}}
	path, err := s.fetch(t.Context(), env)
	wantFile(t, path, err)
	if len(s.ranges) != 4 || s.ranges[0] != "" || !strings.HasPrefix(s.ranges[3], "bytes=") {
		t.Errorf("ranges asked for: %q", s.ranges)
	}
	if !slices.IsSorted(seen) || seen[len(seen)-1] != int64(len(content)) || what != "name.bin" {
		t.Errorf("progress of %s: %v", what, seen)
	}
	if _, err := s.fetch(t.Context(), env); err != nil || len(s.ranges) != 4 {
		t.Errorf("the second time: %v, %d requests", err, len(s.ranges))
	}
}

func TestDownloadResumesWhatAnotherProcessLeft(t *testing.T) {
	for name, check := range map[string]struct {
		part   []byte
		first  []http.HandlerFunc
		ranges []string
	}{
		"half":      {content[:1000], nil, []string{"bytes=1000-"}},
		"all of it": {content, nil, []string{"bytes=1048576-"}},
		"no ranges": {
			content[:1000], []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }},
			[]string{"bytes=1000-"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, content, check.first...)
			env := Env{CacheDir: t.TempDir()}
			left := filepath.Join(env.CacheDir, "set", "name.bin.part")
			if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o755), os.WriteFile(left, check.part, 0o644)); err != nil {
				t.Fatal(err)
			}
			path, err := s.fetch(t.Context(), env)
			wantFile(t, path, err)
			if !slices.Equal(s.ranges, check.ranges) {
				t.Errorf("ranges asked for: %q, want %q", s.ranges, check.ranges)
			}
		})
	}
}

func TestDownloadsAtOnceShareOne(t *testing.T) {
	s := serve(t, content)
	env := Env{CacheDir: t.TempDir()}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			path, err := s.fetch(t.Context(), env)
			if err != nil || path != filepath.Join(env.CacheDir, "set", "name.bin") {
				t.Errorf("%s, %v", path, err)
			}
		})
	}
	wg.Wait()
	if len(s.ranges) != 1 {
		t.Errorf("%d requests, want 1", len(s.ranges))
	}
}

func TestDownloadErrors(t *testing.T) {
	unavailable := slices.Repeat([]http.HandlerFunc{answer(503)}, 9)
	for name, check := range map[string]struct {
		first    []http.HandlerFunc
		requests int
		want     string
	}{
		"not found": {[]http.HandlerFunc{answer(404)}, 1, "download of URL/name.bin: the server answers 404 Not Found; " +
			"give url as a mirror that works, or put the file at CACHE/set/name.bin yourself"},
		"unavailable": {unavailable, attempts, "download of URL/name.bin: the server answers 503 Service Unavailable; give " +
			"url as a mirror that works, or put the file at CACHE/set/name.bin yourself"},
		"other file": {[]http.HandlerFunc{
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
		}, 1,
			"URL/name.bin: the md5 checksum is 5d41402abc4b2a76b9719d911017c592, expected " + md5Of(content) + ": the server " +
				"has another file, or it was damaged on the way"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, content, check.first...)
			env := Env{CacheDir: t.TempDir()}
			_, err := s.fetch(t.Context(), env)
			want := strings.NewReplacer("URL", s.URL, "CACHE", env.CacheDir).Replace(check.want)
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if len(s.ranges) != check.requests {
				t.Errorf("%d requests, want %d", len(s.ranges), check.requests)
			}
			if name != "other file" {
				return
			}
			path, err := s.fetch(t.Context(), env) // the wrong file must not be in the way
			wantFile(t, path, err)
		})
	}
	if _, err := (Env{}).fetch(t.Context(), "set", "http://x", remote{}); err == nil || err.Error() != "no folder for "+
		"downloads is set; set HOME, or name one (--cache)" {
		t.Errorf("without a cache: %v", err)
	}
}

func TestDownloadCanBeCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, content, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(content[:500])
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	env := Env{CacheDir: t.TempDir()}
	if _, err := s.fetch(ctx, env); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	path, err := s.fetch(t.Context(), env)
	wantFile(t, path, err)
}
