package sweep

import (
	"path/filepath"
	"testing"

	"gocloud.dev/blob"
)

// TestWhatALateProcessLeavesIsClearedAway has a checkpoint of a run written when
// the run is done already, and one of a run that is not.
func TestWhatALateProcessLeavesIsClearedAway(t *testing.T) {
	eachBucket(t, func(t *testing.T, bucket *blob.Bucket) {
		q, err := Open(t.Context(), filepath.Join(t.TempDir(), "queue.db"))
		check(t, err)
		defer q.Close()
		_, err = q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: "me", Priority: 2, Retries: 3})
		check(t, err)
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		done := jobs[0].Args.Task.UUID
		w := &Worker{Queue: q, Name: "w", Slots: 1, Local: t.TempDir(), Bucket: bucket, Make: record, UntilDone: true}
		check(t, w.Run(t.Context()))
		for _, id := range []string{done, uuid1} {
			check(t, bucket.WriteAll(t.Context(), w.mirror(id).keyOf("simclr-1/step-9.safetensors"), []byte("late"), nil))
		}
		w = &Worker{Queue: q, Name: "w2", Slots: 1, Local: t.TempDir(), Bucket: bucket, UntilDone: true}
		check(t, w.Run(t.Context()))
		left, err := keys(t.Context(), bucket, "")
		if err != nil || len(left) != 1 || left[0] != w.mirror(uuid1).keyOf("simclr-1/step-9.safetensors") {
			t.Errorf("in the store: %v, %v; want what is of the other run", left, err)
		}
		check(t, w.mirror(uuid1).clear(t.Context()))
	})
}
