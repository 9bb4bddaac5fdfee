package eval

import (
	"context"
	"maps"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Named is a way of measuring frozen features that a configuration can name.
type Named struct {
	Name   string
	Doc    string // what it measures, in a line
	Detail string // exactly how, and what differs from the source
	Source string // who defined it
	// NeedsLabels says that it classifies: a data set without classes has no such number.
	NeedsLabels bool
	run         func(context.Context, *Input) ([]*Result, error)
}

// Key is the name, for registries.
func (n Named) Key() string { return n.Name }

// Input is what protocols look at. The features are computed once for all of them.
type Input struct {
	Backend        compute.Backend
	Training, Test Set
	Classes        int    // of both splits; below 2 there is nothing to classify
	Dataset        string // that the features are of; empty for the one trained on
	Details        map[string]string
	Settings       Settings
	Factors        []Factor // what else is known of the samples; nil for nothing
	// Views embeds that many random views of each of the first samples of the
	// test split, at most so many: one matrix a view, a row a sample. Nil if
	// views can't be made.
	Views func(ctx context.Context, samples, views int) ([]Features, error)

	found    [][]neighbor // of the test samples among the training samples
	searched int          // how many of each
}

// Settings are those that the configuration gives to protocols.
type Settings struct {
	KNN        KNNSettings
	Linear     LinearSettings
	LinearGrid GridSettings
}

// Protocols are what a configuration can name, in the order of the documentation.
func Protocols() *framework.Registry[Named] {
	all, err := framework.NewRegistry(
		"protocol", append(append(neighborProtocols(), linearProtocols()...), otherProtocols()...)...,
	)
	if err != nil {
		panic(err) // a name given twice, a mistake of this package
	}
	return all
}

// Measure runs the protocols of the given names, which exist, and hands each
// result to keep as soon as it is known. Of protocols that come to the same,
// such as knn and the last of dino-knn, only the first counts.
func Measure(ctx context.Context, in *Input, names []string, keep func(*Result) error) error {
	known := Protocols()
	seen := map[string]bool{}
	for _, name := range names {
		protocol, err := known.Get(name)
		if err != nil {
			return err
		}
		if protocol.NeedsLabels && in.Classes < 2 {
			continue
		}
		results, err := protocol.run(ctx, in)
		if err != nil {
			return err
		}
		for _, result := range results {
			if label := result.Protocol.String(); !seen[label] {
				seen[label] = true
				if err := keep(result); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// learned is a protocol of frozen features that learns from the training split.
func (in *Input) learned(kind string, more map[string]string) store.Protocol {
	p := Learned(kind, in.details(more))
	p.Dataset = in.Dataset
	return p
}

// onTest is a protocol of frozen features that learns from nothing.
func (in *Input) onTest(kind string, more map[string]string) store.Protocol {
	p := OnTest(kind, in.details(more))
	p.Dataset = in.Dataset
	return p
}

func (in *Input) details(more map[string]string) map[string]string {
	details := maps.Clone(in.Details)
	if details == nil {
		details = map[string]string{}
	}
	maps.Copy(details, more)
	return details
}
