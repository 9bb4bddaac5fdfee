package finetune

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Network is what is fine-tuned, and on what.
type Network struct {
	Backend  compute.Backend
	Store    *model.Store // the weights; they stay as they are
	Backbone framework.Backbone
	Method   framework.Method // nil for an untrained backbone
	Training data.Dataset
	Test     *loader.Loader // one pass over the test split, not augmented
	Classes  int            // of both splits, at least 2
	Size     int            // of the views, in pixels
	// Normalization of the views, as in training.
	Normalization data.Normalization
	Seed          uint64 // of the order of samples and the views
	Workers       int    // goroutines that make views; 0 for one a core
}

// Evaluate fine-tunes a copy of the network for each fraction of the labels and
// returns the accuracy of each on the test split. It is an error if there are
// fractions and the settings are outside their ranges.
func (c Config) Evaluate(ctx context.Context, network Network) ([]*eval.Result, error) {
	if len(c.Fractions) == 0 {
		return nil, nil
	}
	if err := config.Check(&c); err != nil {
		return nil, fmt.Errorf("fine-tuning: %w", err)
	}
	var results []*eval.Result
	for _, fraction := range c.Fractions {
		result, err := c.evaluate(ctx, network, fraction)
		if err != nil {
			return nil, fmt.Errorf("fine-tuning with %g of the labels: %w", fraction, err)
		}
		results = append(results, result)
	}
	return results, nil
}

func (c Config) evaluate(ctx context.Context, network Network, fraction float64) (*eval.Result, error) {
	if err := c.Suits(network.Method); err != nil {
		return nil, err
	}
	supervised := c.classifier(network)
	weights, err := copyOnline(network.Store, network.Seed)
	if err != nil {
		return nil, err
	}
	defer weights.Finalize()
	labeled, err := data.Subset{Fraction: fraction, Seed: c.Seed}.Of(network.Training)
	if err != nil {
		return nil, err
	}
	if err := c.train(ctx, network, supervised, weights, labeled); err != nil {
		return nil, err
	}
	return c.test(ctx, network, supervised, weights, fraction)
}

// Suits reports a method, nil for an untrained backbone, of which the settings
// ask for a layer of its head that it does not keep. Evaluate does so too, but
// only once something is trained.
func (c Config) Suits(method framework.Method) error {
	if _, keeps := method.(framework.HeadKeeper); len(c.Fractions) > 0 && c.From == fromHead && !keeps {
		return fmt.Errorf("the method keeps no layer of its head; set from to %s", fromBackbone)
	}
	return nil
}

func (c Config) classifier(network Network) *classifier {
	supervised := &classifier{classes: network.Classes}
	if c.From == fromHead {
		supervised.head = network.Method.(framework.HeadKeeper)
	}
	return supervised
}

// copyOnline copies the online encoder to a store of its own.
func copyOnline(from *model.Store, seed uint64) (*model.Store, error) {
	to := model.NewStore()
	if err := nn.SetSeed(to, seed); err != nil {
		return nil, err
	}
	online := trainer.OnlineScope(from.RootScope()).Scope() + "/"
	for v := range from.IterVariables() {
		if !strings.HasPrefix(v.Path(), online) {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if value, err = value.LocalClone(); err != nil {
			return nil, err
		}
		if _, err := to.CreateVariable(v.Path(), value); err != nil {
			return nil, err
		}
	}
	return to, nil
}

func (c Config) train(
	ctx context.Context, network Network, supervised *classifier, weights *model.Store, labeled data.Dataset,
) error {
	recipe, err := augment.Named(views, network.Size)
	if err != nil {
		return err
	}
	pipeline, err := augment.Compile(recipe, network.Normalization)
	if err != nil {
		return err
	}
	settings := c.training(labeled.Len())
	batches, err := loader.New(labeled, pipeline, loader.Config{
		Batch: settings.BatchSize, Seed: network.Seed, Epochs: c.Epochs, Workers: network.Workers,
		Shuffle: true, DropLast: true,
	})
	if err != nil {
		return err
	}
	length := framework.Length{Epochs: c.Epochs, StepsPerEpoch: batches.StepsPerEpoch(), BatchSize: settings.BatchSize}
	schedules, err := settings.Schedules(length)
	if err != nil {
		return err
	}
	optimizer, err := settings.Optimizer.New()
	if err != nil {
		return err
	}
	stepper, err := train.NewStepper(train.Setup{
		Backend: network.Backend, Store: weights, Name: "fine-tuning", Method: supervised, Backbone: network.Backbone,
		Optimizer: optimizer, Schedules: schedules, Length: length, Samples: labeled.Len(), Seed: network.Seed,
		Group: settings.Optimizer.Group,
	})
	if err != nil {
		return err
	}
	defer stepper.Close()
	loop := train.Loop{Stepper: stepper, Config: settings, Batches: batches.Batches, Now: time.Now, Observer: silent{}}
	return loop.Run(ctx, train.Position{})
}

// test classifies the test split.
func (c Config) test(
	ctx context.Context, network Network, supervised *classifier, weights *model.Store, fraction float64,
) (*eval.Result, error) {
	frozen, err := embed.New(network.Backend, weights, func(online *model.Scope, images *graph.Node) *graph.Node {
		return supervised.classify(online, network.Backbone.Embed(online.At("backbone"), images))
	})
	if err != nil {
		return nil, err
	}
	defer frozen.Close()
	images, err := frozen.Images(ctx, network.Test)
	if err != nil {
		return nil, err
	}
	scores := eval.NewScores(images.Len(), network.Classes)
	for i, score := range images.Data {
		scores.Data[i] = float64(score)
	}
	accuracy, err := scores.TopK(images.Labels, 1)
	if err != nil {
		return nil, err
	}
	return &eval.Result{
		Protocol: c.protocol(fraction), Values: []eval.Value{{Metric: "top1", Value: accuracy}},
		Scores: scores, Labels: images.Labels,
	}, nil
}

// silent takes no notice of a training: only its end is of interest.
type silent struct{}

func (silent) Step(int, train.Measures, float64) error { return nil }
func (silent) Alarm(train.Alarm) error                 { return nil }
func (silent) Checkpoint(int) error                    { return nil }
func (silent) Epoch(context.Context, int, int) error   { return nil }
