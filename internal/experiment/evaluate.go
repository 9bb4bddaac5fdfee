package experiment

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Score is one number of an evaluation, with the protocol that says what it means.
type Score struct {
	Protocol store.Protocol
	Metric   string  // such as top1
	Value    float64 // accuracies are fractions in [0, 1]
}

// evaluator scores frozen features by the protocols of a configuration.
type evaluator struct {
	config  Eval
	views   string // what the images go through, for the protocol
	classes int
}

// result is what a classifier said of the test split.
type result struct {
	protocol store.Protocol
	scores   *eval.Scores
}

// run evaluates features of the test split with those of the training split. A
// data set without classes, or with a single one, has nothing to classify.
func (e evaluator) run(ctx context.Context, training, test eval.Set) ([]Score, []result, error) {
	if e.classes < 2 {
		return nil, nil, nil
	}
	var results []result
	if e.config.KNN.K > 0 {
		knn := eval.KNN{K: e.config.KNN.K, Temperature: e.config.KNN.Temperature}
		scores, err := knn.Classify(training, test.Features, e.classes)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, result{e.knnProtocol(), scores})
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if !e.config.Linear.Skip {
		probe := eval.Logistic{WeightDecay: e.config.Linear.WeightDecay, Standardize: e.config.Linear.Standardize}
		classifier, err := probe.Fit(training, e.classes)
		if err != nil {
			return nil, nil, err
		}
		scores, err := classifier.Logits(test.Features)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, result{e.linearProtocol(), scores})
	}
	scores, err := e.accuracies(results, test.Labels)
	return scores, results, err
}

func (e evaluator) accuracies(results []result, labels []int) ([]Score, error) {
	var out []Score
	for _, r := range results {
		for _, k := range []int{1, 5} {
			if k > 1 && k >= e.classes {
				continue
			}
			accuracy, err := r.scores.TopK(labels, k)
			if err != nil {
				return nil, err
			}
			out = append(out, Score{r.protocol, fmt.Sprintf("top%d", k), accuracy})
		}
	}
	return out, nil
}

func (e evaluator) protocol(kind string) store.Protocol {
	return store.Protocol{
		Kind: kind, TrainSplit: string(data.Train), TestSplit: string(data.Test), Selection: store.Last,
		Details: map[string]string{"features": "frozen backbone", "images": e.views},
	}
}

func (e evaluator) knnProtocol() store.Protocol {
	p := e.protocol("knn")
	p.K, p.Temperature, p.Distance = e.config.KNN.K, e.config.KNN.Temperature, "cosine"
	return p
}

func (e evaluator) linearProtocol() store.Protocol {
	p := e.protocol("linear")
	p.Details["weight_decay"] = strconv.FormatFloat(e.config.Linear.WeightDecay, 'g', -1, 64)
	p.Details["standardize"] = strconv.FormatBool(e.config.Linear.Standardize)
	p.Details["solver"] = "L-BFGS"
	return p
}
