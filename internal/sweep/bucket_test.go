package sweep

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

const uuid1 = "01900000-0000-7000-8000-000000000001"

// servers start a server of a kind of object store, and return a bucket's URL. Build tags add them.
var servers = map[string]func(*testing.T) string{}

// eachBucket runs a test on all kinds of stores.
func eachBucket(t *testing.T, test func(*testing.T, *blob.Bucket)) {
	t.Run("mem", func(t *testing.T) { test(t, memblob.OpenBucket(nil)) })
	for name, place := range map[string]func(string) string{
		"folder": func(folder string) string { return folder },
		"file":   func(folder string) string { return "file://" + filepath.ToSlash(folder) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "new")
			bucket, err := OpenBucket(t.Context(), place(folder))
			check(t, err)
			defer bucket.Close()
			test(t, bucket)
			left, err := os.ReadDir(folder)
			if err != nil || len(left) > 0 {
				t.Errorf("in the folder: %v, %v; want nothing left", left, err)
			}
		})
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			bucket, err := OpenBucket(t.Context(), start(t))
			check(t, err)
			defer bucket.Close()
			test(t, bucket)
			left, err := keys(t.Context(), bucket, "")
			if err != nil || len(left) > 0 {
				t.Errorf("in the bucket: %v, %v; want nothing left", left, err)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, []byte(text), 0o600))
}

// contents are the files of a folder with what is in them.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	m := mirror{folder: folder}
	files, err := m.files()
	check(t, err)
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(folder, file))
		check(t, err)
		all[filepath.ToSlash(file)] = string(text)
	}
	return all
}

func TestAnotherHostHasWhatWasMirrored(t *testing.T) {
	eachBucket(t, func(t *testing.T, bucket *blob.Bucket) {
		one := &Worker{Bucket: bucket, Local: t.TempDir()}
		two := &Worker{Bucket: bucket, Local: t.TempDir()}
		from, to := one.mirror(uuid1), two.mirror(uuid1)
		step := func(n string) {
			write(t, filepath.Join(from.folder, "rows-"+n+".bundle"), "rows "+n)
			write(t, filepath.Join(from.folder, "sim %2F clr-1", "step-"+n+".safetensors"), "step "+n)
		}
		step("1")
		write(t, filepath.Join(from.folder, "sim %2F clr-1", "step-2.safetensors.77.part"), "half a checkpoint")
		check(t, from.push(t.Context()))
		check(t, os.Remove(filepath.Join(from.folder, "rows-1.bundle")))
		step("2")
		check(t, from.push(t.Context()))
		check(t, to.fetch(t.Context()))
		want := map[string]string{"rows-2.bundle": "rows 2", "sim %2F clr-1/step-1.safetensors": "step 1",
			"sim %2F clr-1/step-2.safetensors": "step 2"}
		if diff := cmp.Diff(want, contents(t, to.folder)); diff != "" {
			t.Errorf("(-written +fetched)\n%s", diff)
		}
		// The first worker was stopped, and comes back when the second is further.
		write(t, filepath.Join(to.folder, "sim %2F clr-1", "step-3.safetensors"), "step 3")
		check(t, to.push(t.Context()))
		check(t, from.push(t.Context()))
		found, err := keys(t.Context(), bucket, uuid1)
		if err != nil || len(found) != 4 {
			t.Errorf("keys %v, %v; want 4", found, err)
		}
		check(t, to.clear(t.Context()))
	})
}

// TestAnInterruptedRunGoesOnFromTheBucket has a worker that is interrupted at step 1, and one that finishes.
func TestAnInterruptedRunGoesOnFromTheBucket(t *testing.T) {
	eachBucket(t, func(t *testing.T, bucket *blob.Bucket) {
		q, err := Open(t.Context(), filepath.Join(t.TempDir(), "queue.db"))
		check(t, err)
		defer q.Close()
		s, owner := results(t)
		_, err = q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: owner, Priority: 2, Retries: 3, Keep: true})
		check(t, err)
		interrupted, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		one := &Worker{Queue: q, Name: "one", Slots: 1, Local: t.TempDir(), Bucket: bucket,
			Make: func(ctx context.Context, _ experiment.Task, _, runs string) error {
				write(t, filepath.Join(runs, "simclr-1", "step-1.safetensors"), "step 1")
				interrupt()
				<-ctx.Done()
				write(t, filepath.Join(runs, "simclr-1", "step-2.safetensors"), "step 2") // the checkpoint of its end
				return ctx.Err()
			}}
		check(t, one.Run(interrupted))
		var had map[string]string
		two := &Worker{Queue: q, Name: "two", Slots: 1, Local: t.TempDir(), Bucket: bucket, UntilDone: true,
			Make: func(ctx context.Context, task experiment.Task, database, runs string) error {
				had = contents(t, runs)
				write(t, filepath.Join(runs, "simclr-1", "step-3.safetensors"), "step 3")
				return record(ctx, task, database, runs)
			}}
		check(t, two.Run(t.Context()))
		want := map[string]string{"simclr-1/step-1.safetensors": "step 1", "simclr-1/step-2.safetensors": "step 2"}
		if diff := cmp.Diff(want, had); diff != "" {
			t.Errorf("(-left by the first +found by the second)\n%s", diff)
		}
		for _, local := range []string{one.Local, two.Local} {
			if left, err := os.ReadDir(local); err != nil || local == two.Local && len(left) > 0 {
				t.Errorf("on the worker's disk: %v, %v", left, err)
			}
		}
		collectKept(t, q, s, owner, bucket)
	})
}

// collectKept brings the one checkpoint that the run above has left.
func collectKept(t *testing.T, q *Queue, s *store.Store, owner string, bucket *blob.Bucket) {
	t.Helper()
	var adopted []string
	adopt := func(_ context.Context, _ int64, path string) error {
		text, err := os.ReadFile(path)
		adopted = append(adopted, string(text))
		return err
	}
	if n, err := CollectCheckpoints(t.Context(), bucket, "s", s, adopt); n != 0 || err != nil {
		t.Errorf("before the run is collected: %d checkpoints, %v", n, err)
	}
	if _, err := q.Collect(t.Context(), "s", owner, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if n, err := CollectCheckpoints(t.Context(), bucket, "s", s, adopt); n != want || err != nil {
			t.Errorf("%d checkpoints, %v; want %d", n, err, want)
		}
	}
	if strings.Join(adopted, "|") != "step 3" {
		t.Errorf("adopted %q, want the last", adopted)
	}
}

func TestStoresThatCantBeOpened(t *testing.T) {
	for place, want := range map[string]string{
		"ftp://x":         "unknown kind",
		"s3://bucket":     "go build -tags s3",
		"gs://bucket":     "go build -tags gs",
		"://":             "shared store",
		"file:///a?what=": "what",
	} {
		scheme, _, _ := strings.Cut(place, "://")
		if drivers[scheme] != "" && blob.DefaultURLMux().ValidBucketScheme(scheme) {
			continue // this program has it
		}
		if _, err := OpenBucket(t.Context(), place); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", place, err, want)
		}
	}
}
