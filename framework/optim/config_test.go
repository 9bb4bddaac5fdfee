package optim

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

func usualConfig() Config {
	return Config{Name: "sgd", Momentum: 0.9, Trust: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
}

func usualRate() RateConfig {
	return RateConfig{Base: 0.1, Schedule: "cosine", Form: MoCoV3, Factor: 0.1}
}

// read decodes a document into settings that begin with the usual ones.
func read(document string) (Config, RateConfig, error) {
	settings := struct {
		Optimizer Config     `yaml:"optimizer"`
		Rate      RateConfig `yaml:"rate"`
	}{usualConfig(), usualRate()}
	doc, err := config.Parse("test.yaml", []byte(document))
	if err == nil {
		err = config.Decode(doc.Root(), &settings)
	}
	return settings.Optimizer, settings.Rate, err
}

func TestConfigChoosesTheOptimizer(t *testing.T) {
	for document, want := range map[string]Optimizer{
		"optimizer: {nesterov: true}":                          SGD{Nesterov: true},
		"optimizer: {name: lars, trust: 0.02}":                 LARS{Form: LARSPaper, Trust: 0.02},
		"optimizer: {name: lars-mocov3, clip_rate: true}":      LARS{Form: LARSDecayed, Trust: 0.001, Clip: true},
		"optimizer: {name: adam}":                              Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		"optimizer: {name: adamw, beta2: 0.98, epsilon: 1e-6}": Adam{Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, Decoupled: true},
	} {
		settings, _, err := read(document)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		got, err := settings.New()
		if err != nil {
			t.Errorf("%s: %v", document, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", document, diff)
		}
		if got.Name() != settings.Name {
			t.Errorf("%s: the optimizer's name is %q", document, got.Name())
		}
	}
	if _, err := (Config{Name: "sdg"}).New(); err == nil ||
		!strings.Contains(err.Error(), `unknown optimizer "sdg"; known optimizers: sgd, lars,`) {
		t.Errorf("error %v", err)
	}
}

func TestBadSettingsAreFoundWithTheirLine(t *testing.T) {
	for document, want := range map[string]string{
		"optimizer:\n  name: adamw\n  nesterov: true": "3:13: optimizer.nesterov: adamw has no Nesterov form; use sgd " +
			"or lars",
		"optimizer: {momentum: 0, nesterov: true}": "Nesterov's form needs a momentum above 0",
		"optimizer: {clip_rate: true}":             "only lars and lars-mocov3 have a rate to clip, not sgd",
		"optimizer: {clip_norm: 1, clip_each: 3}": "clip either all gradients together (clip_norm) or each " +
			"(clip_each)",
		"optimizer: {name: lars, trust: 0}": "optimizer.trust",
		"optimizer: {name: adam, beta1: 0, beta2: 0}": "adam without any moving average: beta1 and beta2 are both 0; " +
			"leave one of them above 0",
		"rate: {schedule: step}":                           "schedule step needs at least one milestone",
		"rate: {schedule: step, milestones: [60, 60, 80]}": "epochs must rise, got [60 60 80]",
		"rate: {form: torch}":                              "rate.form",
	} {
		if _, _, err := read(document); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", document, err, want)
		}
	}
	if _, err := (RateConfig{WarmupEpochs: 10}).New(256, 5, 100); err == nil ||
		!strings.Contains(err.Error(), "10 epochs of warm-up do not fit into 5 epochs") {
		t.Errorf("error %v", err)
	}
}

func TestRateConfigMakesTheSchedule(t *testing.T) {
	for document, want := range map[string][]float64{ // the rate at steps 0, 1, …; 2 steps an epoch, batches of 512
		"rate: {schedule: constant, warmup_epochs: 1}":                {0, 0.1, 0.2, 0.2, 0.2, 0.2},
		"rate: {schedule: step, milestones: [1, 2], absolute: true}":  {0.1, 0.1, 0.01, 0.01, 0.001, 0.001},
		"rate: {schedule: step, milestones: [2], warmup_epochs: 0.5}": {0, 0.2, 0.2, 0.2, 0.02, 0.02},
		"rate: {warmup_epochs: 1, final: 0.02}": {
			0, 0.1, 0.2, 0.2 - 0.09*(1-math.Sqrt2/2), 0.11, 0.02 + 0.09*(1-math.Sqrt2/2),
		},
		"rate: {warmup_epochs: 1, warmup_start: 0.1, form: lightly, base: 0.1}":       {0.15, 0.2, 0.2, 0.15, 0.05, 0},
		"rate: {warmup_epochs: 1, warmup_start: 0.1, form: dino, schedule: constant}": {0.1, 0.2, 0.2, 0.2, 0.2, 0.2},
	} {
		_, settings, err := read(document)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		schedule, err := settings.New(512, 3, 2)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		for step, v := range want {
			if got := schedule.At(step); math.Abs(got-v) > 1e-12 {
				t.Errorf("%s: rate at step %d is %v, want %v", document, step, got, v)
			}
		}
	}
}

func TestConfigClipsAndGroups(t *testing.T) {
	start := map[string]golden.Tensor{"a": vector(0, 0), "b": vector(0)}
	grads := map[string]golden.Tensor{"a": vector(3, 0), "b": vector(4)}
	for _, test := range []struct {
		config Config
		a, b   float64
	}{{Config{}, 3, 4}, {Config{ClipNorm: 1}, 0.6, 0.8}, {Config{ClipEach: 1}, 1, 1}} {
		tr := newTrainer(t, start, SGD{}, func(_ *graph.Graph, params []Param) []Param {
			for i := range params {
				params[i].Group = test.config.Group(params[i].Var)
				if params[i].NoDecay == test.config.DecayAll {
					t.Errorf("a vector is left out of weight decay: %v with decay_all %v", params[i].NoDecay, test.config.DecayAll)
				}
			}
			clipped, _ := test.config.Clip(params)
			return clipped
		})
		after := tr.step(rates{1, 0.5, 0}, grads)
		equal(t, "a", after["a"], -test.a, 0)
		equal(t, "b", after["b"], -test.b)
	}
}
