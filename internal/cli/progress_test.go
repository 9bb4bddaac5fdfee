package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func TestLinesOfProgress(t *testing.T) {
	var out strings.Builder
	clock := time.Unix(0, 0)
	l := newLines(&out)
	l.now = func() time.Time { return clock }

	l.Data("cifar.tar.gz", 1_000_000, 160_000_000)
	clock = clock.Add(time.Second)
	l.Data("cifar.tar.gz", 2_000_000, 160_000_000) // too soon for a line
	clock = clock.Add(10 * time.Second)
	l.Data("cifar.tar.gz", 120_000_000, 160_000_000)
	l.Data("cifar.tar.gz", 160_000_000, 160_000_000)
	l.Data("listing photos", 5000, -1)

	l.Begin("simclr-1", 0, 100)
	clock = clock.Add(5 * time.Second)
	l.Step(1, train.Measures{Loss: 4})
	clock = clock.Add(5 * time.Second)
	l.Step(20, train.Measures{Loss: 3.25})
	l.Results(100, []*eval.Result{
		{
			Protocol: store.Protocol{Kind: "knn"}, Values: []eval.Value{
				{Metric: "top1", Value: 0.525}, {Metric: "top5", Value: 0.9},
			},
		},
		{Protocol: store.Protocol{Kind: "linear"}, Values: []eval.Value{{Metric: "top1", Value: 0.61}}},
	})
	l.End(nil)
	l.Begin("simclr-2", 40, 100)
	l.End(errors.New("it failed"))

	want := `cifar.tar.gz: 1000.0 k of 160.0 M
cifar.tar.gz: 120.0 M of 160.0 M
cifar.tar.gz: 160.0 M of 160.0 M
listing photos: 5000
simclr-1: 100 steps
simclr-1: step 20 of 100, loss 3.2500, 2.0 steps/s, 40s left
simclr-1: step 100: knn 52.5 %, linear 61.0 %
simclr-1: done in 10s
simclr-2: 40 of 100 steps are made already
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
