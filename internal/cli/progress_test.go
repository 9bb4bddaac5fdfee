package cli

import (
	"errors"
	"strings"
	"testing"
	"time"
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

	first := l.Begin("simclr-1", 0, 100)
	clock = clock.Add(5 * time.Second)
	first.Step(1, 4)
	clock = clock.Add(5 * time.Second)
	first.Step(20, 3.25)
	second := l.Begin("simclr-2", 40, 100) // beside it
	first.Results(100, "knn 52.5 %, linear 61.0 %")
	first.End(nil)
	second.End(errors.New("it failed"))

	want := `cifar.tar.gz: 1000.0 k of 160.0 M
cifar.tar.gz: 120.0 M of 160.0 M
cifar.tar.gz: 160.0 M of 160.0 M
listing photos: 5000
simclr-1: 100 steps
simclr-1: step 20 of 100, loss 3.2500, 2.0 steps/s, 40s left
simclr-2: 40 of 100 steps are made already
simclr-1: step 100: knn 52.5 %, linear 61.0 %
simclr-1: done in 10s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
