package train

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// watchAll shows a watch the measures of every step of a training and returns the alarms raised.
func watchAll(total int, chance float64, of func(step int) Measures) []Alarm {
	w := watch{total: total, chance: chance}
	var alarms []Alarm
	for step := range total {
		alarms = append(alarms, w.see(step, of(step))...)
	}
	return alarms
}

func kinds(alarms []Alarm) []AlarmKind {
	var kinds []AlarmKind
	for _, alarm := range alarms {
		kinds = append(kinds, alarm.Kind)
	}
	return kinds
}

// spreads are trainings that only their embeddings tell apart.
func spread(std func(step int) float64) func(step int) Measures {
	return func(step int) Measures { return Measures{Loss: 3, GradientNorm: 1, EmbeddingStd: std(step)} }
}

// losses are trainings that only their losses tell apart.
func losses(loss func(step int) float64) func(step int) Measures {
	return func(step int) Measures { return Measures{Loss: loss(step), GradientNorm: 1, EmbeddingStd: 0.9} }
}

func TestAlarms(t *testing.T) {
	const total = 160
	chance := math.Log(256)
	for _, test := range []struct {
		name string
		of   func(step int) Measures
		want []AlarmKind
	}{
		{"a healthy training", spread(func(int) float64 { return 0.9 }), nil},
		{"embeddings that fall together", spread(func(step int) float64 { return max(0.9-0.02*float64(step), 0) }),
			[]AlarmKind{Collapse}},
		{"embeddings that fall nearly together and part again", spread(func(step int) float64 {
			return 0.045 + 0.3*math.Exp(-float64(step)/12) + 0.0004*float64(max(step-70, 0))
		}), nil},
		{"embeddings that begin together and part slowly",
			spread(func(step int) float64 { return 0.001 * float64(step+1) }), nil},
		{"embeddings that never part", spread(func(int) float64 { return 0.02 }), []AlarmKind{Collapse}},
		{"embeddings that are collapsed to noise",
			spread(func(step int) float64 { return 0.02 + 0.01*math.Sin(float64(step)*1.7) }), []AlarmKind{Collapse}},
		{
			"a loss that stays at chance", losses(
				func(step int) float64 { return chance * (1 + 0.002*math.Sin(float64(step)*1.7)) },
			), []AlarmKind{AtChance},
		},
		{"a loss with many positives that falls little",
			losses(func(step int) float64 { return chance * (0.998 + 0.002*math.Sin(float64(step)*1.7)) }), nil},
		{"a loss that leaves chance in the second half of the training", losses(func(step int) float64 {
			if step < total*3/4-10 {
				return chance
			}
			return chance * 0.9
		}), nil},
		{"a loss that falls through chance", losses(func(step int) float64 { return chance + 2 - 0.025*float64(step) }), nil},
		{"a loss that is not a number", losses(func(step int) float64 {
			if step >= 7 {
				return math.NaN()
			}
			return 3
		}), []AlarmKind{NotFinite}},
		{"an infinite gradient", func(step int) Measures {
			m := Measures{Loss: 3, GradientNorm: 1, EmbeddingStd: 0.9}
			if step == 3 {
				m.GradientNorm = math.Inf(1)
			}
			return m
		}, []AlarmKind{NotFinite}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if alarms := watchAll(total, chance, test.of); !slices.Equal(kinds(alarms), test.want) {
				t.Errorf("alarms %v, want %v", alarms, test.want)
			}
		})
	}
}

// A training too short to tell raises nothing; a long one does not wait for a quarter of it.
func TestAlarmsWaitForAWindowOfTheTraining(t *testing.T) {
	for total, want := range map[int]int{minWindow - 1: -1, minWindow: minWindow - 1, 400: 99, 1_000_000: maxWindow - 1} {
		w := watch{total: total}
		got := -1
		for step := 0; step < min(total, 2000) && got < 0; step++ {
			if len(w.see(step, Measures{})) > 0 {
				got = step
			}
		}
		if got != want {
			t.Errorf("in %d steps the alarm is at step %d, want %d", total, got, want)
		}
	}
}

func TestAMethodWithoutNegativesIsNeverAtChance(t *testing.T) {
	alarms := watchAll(100, 0, losses(func(int) float64 { return 0 }))
	if len(alarms) > 0 {
		t.Errorf("alarms %v, want none", alarms)
	}
}

func TestAnAlarmSaysWhatWasSeenAndExpected(t *testing.T) {
	alarms := watchAll(80, math.Log(8), func(int) Measures { return Measures{Loss: math.Log(8), EmbeddingStd: 0.01} })
	for i, want := range []string{"for 20 steps and is 0.010/√D",
		"near 2.0794, what guessing gives, for 61 steps and is 2.0794"} {
		if len(alarms) != 2 || !strings.Contains(alarms[i].Detail, want) {
			t.Fatalf("alarms %v, want %q in number %d of 2", alarms, want, i+1)
		}
	}
}

func TestAResumedWatchRaisesWhatAnUncutOneDoes(t *testing.T) {
	const total = 100
	chance := math.Log(8)
	falling := func(step int) Measures {
		return Measures{Loss: chance, GradientNorm: 1, EmbeddingStd: max(0.9-0.02*float64(step), 0)}
	}
	want := watchAll(total, chance, falling)
	if len(want) != 2 {
		t.Fatalf("alarms %v, want two", want)
	}
	for cut := 1; cut < total; cut++ {
		saves := Checkpoints{Folder: t.TempDir(), Keep: 1}
		var got []Alarm
		see := func(w *watch, from, to int) {
			for step := from; step < to; step++ {
				got = append(got, w.see(step, falling(step))...)
			}
		}
		first := watch{total: total, chance: chance}
		see(&first, 0, cut)
		if _, err := saves.Save(stored(t, 1), first.at(cut)); err != nil {
			t.Fatal(err)
		}
		from, _, err := saves.Restore(stored(t, 0))
		if err != nil || from.Steps != cut {
			t.Fatalf("restored step %d, error %v; want %d", from.Steps, err, cut)
		}
		see(&watch{AlarmState: from.Alarms, total: total, chance: chance}, cut, total)
		if !slices.Equal(got, want) {
			t.Errorf("cut at step %d: alarms %v, want %v", cut, got, want)
		}
	}
}

func TestASpreadThatIsNotANumberIsACollapse(t *testing.T) {
	alarms := watchAll(100, 0, spread(func(int) float64 { return math.NaN() }))
	if !slices.Equal(kinds(alarms), []AlarmKind{Collapse}) {
		t.Errorf("alarms %v, want a collapse", alarms)
	}
}
