package optim

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestSchedulesGolden(t *testing.T) {
	type wants map[string]Schedule
	for name, schedules := range map[string]wants{
		"lightly_cosine_10":     {"values": Cosine{1, 0, 10, Lightly}},
		"lightly_cosine_25":     {"values": Cosine{0.3, 0.001, 25, Lightly}},
		"lightly_cosine_1":      {"values": Cosine{0.5, 0.1, 1, Lightly}},
		"lightly_cosine_2":      {"values": Cosine{0.5, 0.1, 2, Lightly}},
		"lightly_cosine_period": {"values": Cycle{0.1, 1, 6}},
		"lightly_cosine_warmup_20_5": {
			"values": WarmupCosine(Lightly, 0, 1, 0.001, 5, 20)},
		"lightly_cosine_warmup_30_10": {
			"values": Sequence{Linear{0.1, 0.25, 10, Lightly}, 10, Cosine{0.3, 0, 20, Lightly}}},
		"lightly_CosineWarmupScheduler": {
			"values": WarmupCosine(Lightly, 0, 0.6, 0.0006, 5, 20)},
		"solo_LinearWarmupCosineAnnealingLR_5_20": {
			"values": WarmupCosine(DINO, 0.003, 0.4, 0, 5, 20)},
		"solo_LinearWarmupCosineAnnealingLR_10_40": {
			"values": WarmupCosine(DINO, 0, 1.2, 0.0012, 10, 40)},
		"byol_tau_solo_20":               {"values": Cosine{0.996, 1, 20, DINO}},
		"byol_tau_solo_50":               {"values": Cosine{0.99, 1, 50, DINO}},
		"byol_tau_lightly_20":            {"values": Cosine{0.996, 1, 20, Lightly}},
		"byol_tau_lightly_50":            {"values": Cosine{0.99, 1, 50, Lightly}},
		"dino_cosine_scheduler_lr":       {"values": WarmupCosine(DINO, 0, 0.0005, 1e-6, 8, 40)},
		"dino_cosine_scheduler_wd":       {"values": Cosine{0.04, 0.4, 40, DINO}},
		"dino_cosine_scheduler_momentum": {"values": Cosine{0.996, 1, 40, DINO}},
		"mocov3_lr_and_momentum": {
			"lr": WarmupCosine(MoCoV3, 0, 0.6, 0, 12, 40), "momentum": Cosine{0.99, 1, 40, MoCoV3}},
		"moco_lr_cos":  {"values": Cosine{0.03, 0, 10, DINO}},
		"moco_lr_step": {"values": MultiStep{0.03, 0.1, []int{4, 7}}},
		"barlow_lr": { // base rates are scaled by batch/256, the end is a thousandth
			"weights": WarmupCosine(MoCoV3, 0, 0.4, 0.0004, 30, 45),
			"biases":  WarmupCosine(MoCoV3, 0, 0.0096, 0.0000096, 30, 45)},
	} {
		t.Run(name, func(t *testing.T) {
			c := golden.Load(t, "schedules").Case(t, name)
			for output, schedule := range schedules {
				want := c.Output(t, output).Data
				largest := 0.0
				for _, v := range want {
					largest = math.Max(largest, math.Abs(v))
				}
				for step, v := range want {
					if got := schedule.At(step); !(math.Abs(got-v) <= 1e-12*largest) {
						t.Errorf("%s at step %d is %v, want %v", output, step, got, v)
					}
				}
			}
		})
	}
}

func TestTeacherTemperatureGolden(t *testing.T) {
	for _, c := range golden.Load(t, "loss_dino").Cases {
		number := func(key string) float64 { return golden.Decode[float64](t, c.Params, key) }
		warmup := Linear{
			number("warmup_teacher_temp"), number("teacher_temp"), int(number("warmup_teacher_temp_epochs")), DINO,
		}
		for epoch, want := range c.Output(t, "teacher_temp_schedule").Data {
			if got := warmup.At(epoch); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: epoch %d has %v, want %v", c.Name, epoch, got, want)
			}
		}
	}
}
