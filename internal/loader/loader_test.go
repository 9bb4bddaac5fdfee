package loader

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
)

// samples is a dataset of n images, some of them broken.
type samples struct {
	n      int
	broken map[int]bool
	strict bool
}

func (s samples) Len() int             { return s.n }
func (s samples) Classes() []string    { return []string{"even", "odd"} }
func (s samples) Label(i int) int      { return i % 2 }
func (s samples) Caption(i int) string { return fmt.Sprintf("number %d", i) }

func (s samples) Image(i int, dst *data.Image) error {
	if s.broken[i] {
		return &data.SampleError{Index: i, Path: fmt.Sprintf("%d.png", i), Strict: s.strict, Err: errors.New("torn")}
	}
	dst.Reset(6, 5)
	for k := range dst.Pix {
		dst.Pix[k] = uint8(7*i + k)
	}
	return nil
}

func newLoader(t testing.TB, dataset data.Dataset, config Config) *Loader {
	t.Helper()
	recipe, err := augment.Named("dino", 8)
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(dataset, pipeline, config)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// trace is what a batch held, with its numbers hashed.
type trace struct {
	epoch, step, count int
	indices, labels    string
	views              uint64
}

func traces(t testing.TB, l *Loader, epoch, step, most int) (out []trace) {
	t.Helper()
	for b, err := range l.Batches(context.Background(), epoch, step) {
		if err != nil {
			t.Fatal(err)
		}
		h := fnv.New64a()
		for _, view := range b.Views {
			for _, v := range view {
				bits := math.Float32bits(v)
				h.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
			}
		}
		out = append(out, trace{b.Epoch, b.Step, b.Count, fmt.Sprint(b.Indices), fmt.Sprint(b.Labels), h.Sum64()})
		b.Release()
		if len(out) == most {
			break
		}
	}
	return out
}

func TestBatchesDependOnSeedAndPositionOnly(t *testing.T) {
	config := Config{Batch: 4, Seed: 3, Workers: 1, Prefetch: 1, Epochs: 3, Shuffle: true, DropLast: true}
	set := samples{n: 19, broken: map[int]bool{5: true, 6: true}}
	want := traces(t, newLoader(t, set, config), 0, 0, -1)
	if len(want) != 3*4 {
		t.Fatalf("%d batches in three epochs, want 12", len(want))
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := config
		c.Workers = rapid.IntRange(1, 6).Draw(rt, "workers")
		c.Prefetch = rapid.IntRange(1, 4).Draw(rt, "prefetch")
		at := rapid.IntRange(0, len(want)-1).Draw(rt, "from")
		got := traces(t, newLoader(t, set, c), at/4, at%4, -1)
		if !slices.Equal(got, want[at:]) {
			rt.Fatalf("from batch %d: got %v, want %v", at, got, want[at:])
		}
	})
	other := config
	other.Seed++
	if got := traces(t, newLoader(t, set, other), 0, 0, 1); got[0].indices == want[0].indices {
		t.Error("another seed gives the same order")
	}
	if want[0].indices == want[4].indices {
		t.Error("two epochs have the same order")
	}
}

func TestViewsDoNotDependOnTheBatchSize(t *testing.T) {
	first := func(batch int) map[int32]float32 {
		out := map[int32]float32{}
		l := newLoader(t, samples{n: 12}, Config{Batch: batch, Seed: 8, Epochs: 1, Shuffle: true})
		for b, err := range l.Batches(context.Background(), 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for row := range b.Count {
				out[b.Indices[row]] = b.row(1, row)[0]
			}
		}
		return out
	}
	small, large := first(2), first(12)
	if len(small) != 12 {
		t.Fatalf("an epoch held %d samples, want 12", len(small))
	}
	for i, v := range small {
		if large[i] != v {
			t.Errorf("sample %d: %v in batches of 2, %v in batches of 12", i, v, large[i])
		}
	}
}

func TestEvaluationKeepsTheShortBatchAndTheOrder(t *testing.T) {
	config := Evaluation(4)
	config.Captions = true
	l := newLoader(t, samples{n: 10, broken: map[int]bool{1: true, 9: true}}, config)
	if steps := l.StepsPerEpoch(); steps != 3 {
		t.Fatalf("%d steps, want 3", steps)
	}
	var counts []int
	var indices, labels []int32
	var texts []string
	for b, err := range l.Batches(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, b.Count)
		indices = append(indices, b.Indices...)
		labels = append(labels, b.Labels[:b.Count]...)
		texts = append(texts, b.Captions[:b.Count]...)
		for v := range b.Views {
			for row := range b.Indices {
				empty := !slices.ContainsFunc(b.row(v, row), func(x float32) bool { return x != 0 })
				if empty != (row >= b.Count) {
					t.Errorf("step %d view %d row %d: empty is %v", b.Step, v, row, empty)
				}
			}
		}
		b.Release()
	}
	if !slices.Equal(counts, []int{3, 4, 1}) {
		t.Errorf("counts %v, want [3 4 1]", counts)
	}
	if want := []int32{0, 2, 3, -1, 4, 5, 6, 7, 8, -1, -1, -1}; !slices.Equal(indices, want) {
		t.Errorf("indices %v, want %v", indices, want)
	}
	if want := []int32{0, 0, 1, 0, 1, 0, 1, 0}; !slices.Equal(labels, want) {
		t.Errorf("labels %v, want %v", labels, want)
	}
	if texts[1] != "number 2" || texts[7] != "number 8" {
		t.Errorf("captions %v", texts)
	}
	f := l.Failures()
	if len(f) != 2 || f[0].Sample != 1 || f[1].Sample != 9 ||
		!strings.Contains(f[1].Err.Error(), "sample 9: 9.png: torn") {
		t.Errorf("failures %+v", f)
	}
}

func TestBrokenSamplesAreReplacedInTraining(t *testing.T) {
	l := newLoader(t, samples{n: 4, broken: map[int]bool{1: true, 2: true}}, Config{Batch: 4, Epochs: 2})
	for b, err := range l.Batches(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if want := []int32{0, 3, 3, 3}; !slices.Equal(b.Indices, want) || !slices.Equal(b.Labels, []int32{0, 1, 1, 1}) {
			t.Errorf("indices %v labels %v, want samples %v", b.Indices, b.Labels, want)
		}
	}
	if f := l.Failures(); len(f) != 2 || f[0].Sample != 1 || f[1].Sample != 2 {
		t.Errorf("failures %v in two epochs, want samples 1 and 2", f)
	}
}

func TestErrorsEndTheIteration(t *testing.T) {
	all := map[int]bool{0: true, 1: true, 2: true}
	for name, check := range map[string]struct {
		set  samples
		want string
	}{
		"strict":  {samples{n: 3, broken: map[int]bool{1: true}, strict: true}, "loader: sample 1: 1.png: torn"},
		"nothing": {samples{n: 3, broken: all}, "loader: no sample of the dataset can be read: sample"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs []error
			for b, err := range newLoader(t, check.set, Config{Batch: 3}).Batches(context.Background(), 0, 0) {
				if err == nil {
					t.Fatalf("got batch %v", b.Indices)
				}
				errs = append(errs, err)
			}
			if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), check.want) {
				t.Errorf("got %v, want %q", errs, check.want)
			}
		})
	}
}

func TestCancelEndsTheIterationAndItsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	l := newLoader(t, samples{n: 50}, Config{Batch: 5, Workers: 4, Prefetch: 3, Shuffle: true})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	seen := 0
	for _, err := range l.Batches(ctx, 0, 0) {
		if seen++; seen == 3 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the iteration ended with %v", last)
	}
	for range l.Batches(context.Background(), 0, 0) {
		break
	}
	for range 200 { // goroutines that have returned may still be counted for a moment
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestMemoryIsUsedAgain(t *testing.T) {
	l := newLoader(t, samples{n: 64}, Config{Batch: 8, Workers: 2, Shuffle: true})
	buffers := map[*float32]bool{}
	seen := 0
	for b, err := range l.Batches(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		buffers[&b.Views[0][0]] = true
		b.Release()
		if seen++; seen == 40 {
			break
		}
	}
	if len(buffers) > 5 { // the queue, the planner's and the consumer's
		t.Errorf("40 batches were made in %d buffers", len(buffers))
	}
}

func TestBadConfigurations(t *testing.T) {
	pipeline := newLoader(t, samples{n: 1}, Config{Batch: 1}).pipeline
	for want, check := range map[string]struct {
		n      int
		config Config
	}{
		"loader: a batch of 0 samples, expected at least 1": {5, Config{}},
		"loader: the dataset has no " +
			"samples": {0, Config{Batch: 1}},
		"loader: the dataset has 5 samples, fewer than one batch of 8: use a smaller batch or more " +
			"samples": {5, Config{Batch: 8, DropLast: true}},
		"loader: workers -1, prefetch 0, epochs 0: none may be negative": {5, Config{Batch: 2, Workers: -1}},
		"loader: workers 0, prefetch 9223372036854775807: neither may be above 1024": {
			5, Config{Batch: 2, Prefetch: math.MaxInt},
		},
	} {
		if _, err := New(samples{n: check.n}, pipeline, check.config); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := New(samples{n: 5}, nil, Config{Batch: 1}); err == nil ||
		!strings.Contains(err.Error(), "a pipeline are needed") {
		t.Errorf("no pipeline: got %v", err)
	}
	for _, err := range newLoader(t, samples{n: 9}, Config{Batch: 2}).Batches(context.Background(), 1, 6) {
		if want := "loader: no step 6 of epoch 1, expected steps 0 to 5"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func BenchmarkShapes(b *testing.B) {
	recipe, err := augment.Named("simclr-cifar", 32)
	if err != nil {
		b.Fatal(err)
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		b.Fatal(err)
	}
	params := data.ShapesParams{Train: 2048, Test: 1, Size: 32, Noise: 0.03}
	l, err := New(
		data.Cached(data.NewShapes(params, data.Train), 1<<30), pipeline, Config{Batch: 256, Shuffle: true, DropLast: true},
	)
	if err != nil {
		b.Fatal(err)
	}
	views, more := 0, true
	b.ReportAllocs()
	for batch, err := range l.Batches(context.Background(), 0, 0) {
		if err != nil {
			b.Fatal(err)
		}
		batch.Release()
		if views += 512; !more {
			break
		}
		more = b.Loop()
	}
	b.ReportMetric(float64(views)/b.Elapsed().Seconds(), "views/s")
}
