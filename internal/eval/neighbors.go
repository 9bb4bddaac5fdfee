package eval

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// KNNSettings are those of the protocol knn. Package config reads them.
type KNNSettings struct {
	K           int     `yaml:"k" range:"[0,inf)"`
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
}

func neighborProtocols() []Named {
	fixed := func(name string, temperature float64, ks ...int) func(context.Context, *Input) ([]*Result, error) {
		return func(ctx context.Context, in *Input) ([]*Result, error) {
			return in.neighbors(ctx, name, temperature, ks...)
		}
	}
	return []Named{
		{
			Name: "knn", NeedsLabels: true,
			Doc: "weighted nearest neighbors by cosine, with the settings of eval.knn",
			Detail: "The k training samples nearest by cosine vote for their class with exp(similarity/temperature); where " +
				"there are fewer, all do, and the protocol has that k, with asked_k. Top-5 counts classes with votes only.",
			Source: "Wu et al. 2018, arXiv:1805.01978, §3.4: k = 200, temperature 0.07",
			run: func(ctx context.Context, in *Input) ([]*Result, error) {
				if in.Settings.KNN.K == 0 {
					return nil, nil
				}
				return in.neighbors(ctx, "", in.Settings.KNN.Temperature, in.Settings.KNN.K)
			},
		},
		{
			Name: "nearest", NeedsLabels: true,
			Doc: "the single nearest neighbor by cosine",
			Detail: "Each test sample gets the class of the training sample nearest to it. There is no temperature, and no " +
				"top-5.",
			Source: "k = 1 of the weighted nearest neighbors of Wu et al. 2018, arXiv:1805.01978, §3.4",
			run:    fixed("nearest", 0, 1),
		},
		{
			Name: "dino-knn", NeedsLabels: true,
			Doc: "weighted nearest neighbors for k = 10, 20, 100 and 200 at temperature 0.07",
			Detail: "Papers report the best of the four, which flatters; here all four are stored, and k = 20 is the usual " +
				"one for ViTs.",
			Source: "facebookresearch/dino, eval_knn.py, and facebookresearch/dinov2, eval/knn.py: --nb_knn 10 20 100 200 " +
				"--temperature 0.07",
			run: fixed("dino-knn", 0.07, 10, 20, 100, 200),
		},
		{
			Name: "lightly-knn", NeedsLabels: true,
			Doc: "weighted nearest neighbors for k = 200 at temperature 0.1, as lightly's benchmarks",
			Detail: "The same numbers as moco-knn. lightly's published tables take the best epoch on the test split; this " +
				"takes the last.",
			Source: "lightly-ai/lightly, benchmarks/imagenet/resnet50/knn_eval.py: knn_k 200, knn_t 0.1",
			run:    fixed("lightly-knn", 0.1, 200),
		},
		{
			Name: "moco-knn", NeedsLabels: true,
			Doc:    "weighted nearest neighbors for k = 200 at temperature 0.1, as MoCo's CIFAR-10 notebook",
			Detail: "The same numbers as lightly-knn.",
			Source: "facebookresearch/moco, colab/moco_cifar10_demo.ipynb: --knn-k 200 --knn-t 0.1",
			run:    fixed("moco-knn", 0.1, 200),
		},
	}
}

// neighborProtocol is that of k neighbors, or of all training samples if they are fewer.
func (in *Input) neighborProtocol(k int) store.Protocol {
	var reduced map[string]string
	all := in.Training.Len()
	if k > all {
		reduced = map[string]string{"asked_k": strconv.Itoa(k)}
	}
	protocol := in.learned("knn", reduced)
	protocol.K = min(k, all)
	return protocol
}

// neighbors classifies for each number of neighbors. A temperature of 0 stands
// for none, where a single neighbor votes.
func (in *Input) neighbors(ctx context.Context, name string, temperature float64, ks ...int) ([]*Result, error) {
	nearest, err := in.nearest(ctx, slices.Max(ks))
	if err != nil {
		return nil, err
	}
	var results []*Result
	for _, k := range ks {
		knn := KNN{K: k, Temperature: temperature}
		if k == 1 && temperature == 0 {
			knn.Temperature = 1
		}
		if err := knn.check(); err != nil {
			return nil, err
		}
		scores, err := knn.vote(ctx, nearest, in.Training.Labels, in.Classes)
		if err != nil {
			return nil, err
		}
		protocol := in.neighborProtocol(k)
		protocol.Temperature, protocol.Distance = temperature, "cosine"
		result, err := Classified(protocol, scores, in.Test.Labels)
		if err != nil {
			return nil, err
		}
		if protocol.K == 1 {
			result.Values = result.Values[:1]
		}
		if result.Name = name; len(ks) > 1 {
			result.Name = fmt.Sprintf("%s k=%d", name, k)
		}
		results = append(results, result)
	}
	return results, nil
}

// nearest lists at least the k training samples nearest to each test sample, or
// all if they are fewer. They are searched once for all protocols that ask for
// no more than the first.
func (in *Input) nearest(ctx context.Context, k int) ([][]neighbor, error) {
	if k > in.searched {
		found, err := findNeighbors(ctx, in.Backend, in.Training, in.Test.Features, in.Classes, k)
		if err != nil {
			return nil, err
		}
		in.found, in.searched = found, k
	}
	return in.found, nil
}
