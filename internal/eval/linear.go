package eval

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// LinearSettings are those of the protocol linear. Package config reads them.
type LinearSettings struct {
	Skip        bool    `yaml:"skip"`
	WeightDecay float64 `yaml:"weight_decay" range:"(0,inf)"`
	Standardize bool    `yaml:"standardize"`
}

func linearProtocols() []Named {
	probe := func(name string, standardize bool) func(context.Context, *Input) ([]*Result, error) {
		return func(ctx context.Context, in *Input) ([]*Result, error) {
			settings := in.Settings.Linear
			settings.Standardize = standardize
			return in.linear(ctx, name, settings, nil)
		}
	}
	share := func(name string, fraction float64) func(context.Context, *Input) ([]*Result, error) {
		return func(ctx context.Context, in *Input) ([]*Result, error) {
			return in.fewLabels(ctx, name, fraction)
		}
	}
	return []Named{
		{
			Name: "linear", NeedsLabels: true,
			Doc: "linear probe by multinomial logistic regression, with the settings of eval.linear",
			Detail: "The mean cross entropy plus an L2 penalty on the weights is minimized to its only minimum, " +
				"so that no learning rate, order of samples or number of epochs plays a part.",
			Source: "Radford et al. 2021, arXiv:2103.00020, appendix A.3: logistic regression by L-BFGS",
			run: func(ctx context.Context, in *Input) ([]*Result, error) {
				if in.Settings.Linear.Skip {
					return nil, nil
				}
				return in.linear(ctx, "", in.Settings.Linear, nil)
			},
		},
		{
			Name: "linear-bn", NeedsLabels: true,
			Doc: "the linear probe behind batch norm without scale and shift",
			Detail: "Each feature is scaled to mean 0 and standard deviation 1 by the statistics of the training split, which " +
				"is what such a batch norm comes to. " +
				"It matters for methods whose features differ much in size, such as MAE.",
			Source: "Marks et al. 2025, arXiv:2407.12210: batch norm before the classifier",
			run:    probe("linear-bn", true),
		},
		{
			Name: "linear-no-bn", NeedsLabels: true,
			Doc:    "the linear probe on the features as they are",
			Detail: "The penalty is on weights of features that are not scaled.",
			Source: "Radford et al. 2021, arXiv:2103.00020, appendix A.3",
			run:    probe("linear-no-bn", false),
		},
		{
			Name: "linear-1pct", NeedsLabels: true,
			Doc: "the linear probe on one hundredth of the labels",
			Detail: "The labels are drawn class by class, at least one of each class, by a fixed seed, so that all runs learn " +
				"from the same samples.",
			Source: "Chen et al. 2020, arXiv:2002.05709, §6: 1 % of the labels; frozen features, as in Zhai et al. 2019, " +
				"arXiv:1905.03670",
			run: share("linear-1pct", 0.01),
		},
		{
			Name: "linear-10pct", NeedsLabels: true,
			Doc: "the linear probe on one tenth of the labels",
			Detail: "The labels are drawn class by class, at least one of each class, by a fixed seed, so that all runs learn " +
				"from the same samples.",
			Source: "Chen et al. 2020, arXiv:2002.05709, §6: 10 % of the labels; frozen features, as in Zhai et al. 2019, " +
				"arXiv:1905.03670",
			run: share("linear-10pct", 0.1),
		},
		{
			Name: "linear-grid", NeedsLabels: true,
			Doc: "linear probe by SGD, the learning rate chosen on held-out training samples",
			Detail: "A classifier for each learning rate of eval.linear_grid is trained on part of the training split; the " +
				"rate that does best on the rest trains " +
				"another on all of it, whose accuracy counts. The test split chooses nothing.",
			Source: "Oquab et al. 2023 (DINOv2), arXiv:2304.07193, appendix B.3, and Caron et al. 2021 (DINO), " +
				"arXiv:2104.14294, appendix F.1: " +
				"SGD with momentum 0.9, no weight decay, cosine schedule, a sweep of rates",
			run: func(ctx context.Context, in *Input) ([]*Result, error) { return in.grid(ctx, "linear-grid", false) },
		},
		{
			Name: "linear-grid-bn", NeedsLabels: true,
			Doc: "linear-grid behind batch norm without scale and shift",
			Detail: "As linear-grid, on features scaled to mean 0 and standard deviation 1 by the statistics of the samples " +
				"trained on.",
			Source: "Marks et al. 2025, arXiv:2407.12210; He et al. 2022 (MAE), arXiv:2111.06377, appendix A.1: batch norm " +
				"without affine transformation",
			run: func(ctx context.Context, in *Input) ([]*Result, error) { return in.grid(ctx, "linear-grid-bn", true) },
		},
	}
}

// linear fits the probe to the training split and classifies the test split.
func (in *Input) linear(
	ctx context.Context, name string, settings LinearSettings, more map[string]string,
) ([]*Result, error) {
	probe := Logistic{WeightDecay: settings.WeightDecay, Standardize: settings.Standardize, Backend: in.Backend}
	classifier, err := probe.Fit(ctx, in.Training, in.Classes)
	if err != nil {
		return nil, err
	}
	scores, err := classifier.Logits(in.Test.Features)
	if err != nil {
		return nil, err
	}
	protocol := in.learned("linear", more)
	protocol.Details["weight_decay"] = strconv.FormatFloat(settings.WeightDecay, 'g', -1, 64)
	protocol.Details["standardize"] = strconv.FormatBool(settings.Standardize)
	result, err := Classified(protocol, scores, in.Test.Labels)
	if err != nil {
		return nil, err
	}
	result.Name = name
	if !classifier.Converged {
		result.Values = append(result.Values, Value{"gradient_norm", classifier.Gradient})
		result.Doubt = fmt.Sprintf("the fit did not converge in %d iterations: the largest component of its gradient is "+
			"%.3g; "+
			"raise the weight decay (%g)", classifier.Iterations, classifier.Gradient, settings.WeightDecay)
	}
	return []*Result{result}, nil
}

// labelsSeed is that of the labels drawn by [Input.fewLabels].
const labelsSeed = 1

// labelsKey is the key of their random stream.
const labelsKey = 3

// fewLabels is the linear probe on a share of the labels of each class.
func (in *Input) fewLabels(ctx context.Context, name string, fraction float64) ([]*Result, error) {
	part := *in
	part.found, part.searched = nil, 0
	part.Training, _ = in.Training.divide(in.Classes, fraction, random.New(labelsSeed, labelsKey))
	return part.linear(ctx, name, in.Settings.Linear, map[string]string{
		"labels": fmt.Sprintf("%g%%", 100*fraction), "labels_seed": strconv.Itoa(labelsSeed),
	})
}

// divide draws a share of the samples of each class, at least one of each that
// has any, and returns them and the rest, each in the order of the set.
func (s Set) divide(classes int, fraction float64, stream *random.Stream) (drawn, rest Set) {
	want, all := make([]int, classes), make([]int, classes)
	for _, label := range s.Labels {
		all[label]++
	}
	for class, n := range all {
		if n > 0 {
			want[class] = max(1, int(fraction*float64(n)+0.5))
		}
	}
	order := make([]int, s.Len())
	stream.Perm(order)
	taken := make([]bool, s.Len())
	for _, i := range order {
		if want[s.Labels[i]] > 0 {
			want[s.Labels[i]]--
			taken[i] = true
		}
	}
	drawn.Dim, rest.Dim = s.Dim, s.Dim
	for i, label := range s.Labels {
		into := &rest
		if taken[i] {
			into = &drawn
		}
		into.Data = append(into.Data, s.Row(i)...)
		into.Labels = append(into.Labels, label)
	}
	return drawn, rest
}
