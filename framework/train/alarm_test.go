package train

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// watchAll shows a watch the measures of every step and returns the kinds raised, with their steps.
func watchAll(w *watch, of func(step int) Measures) (kinds []AlarmKind, steps []int) {
	for step := range w.total {
		for _, alarm := range w.see(step, of(step)) {
			kinds, steps = append(kinds, alarm.Kind), append(steps, alarm.Step)
		}
	}
	return kinds, steps
}

func TestAlarms(t *testing.T) {
	chance := math.Log(256)
	spread := Measures{Loss: 3, GradientNorm: 1, EmbeddingStd: 0.9}
	for _, test := range []struct {
		name string
		of   func(step int) Measures
		want []AlarmKind
	}{
		{"a healthy training", func(int) Measures { return spread }, nil},
		{"embeddings that fall together", func(step int) Measures {
			m := spread
			m.EmbeddingStd = max(0.9-0.02*float64(step), 0)
			return m
		}, []AlarmKind{Collapse}},
		{"embeddings that begin close together and spread", func(step int) Measures {
			m := spread
			m.EmbeddingStd = min(0.01*float64(step+1), 0.9)
			return m
		}, nil},
		{"embeddings that never spread", func(int) Measures { return Measures{Loss: 3, EmbeddingStd: 0.02} }, []AlarmKind{Collapse}},
		{"a loss that stays at chance", func(int) Measures { return Measures{Loss: chance * 1.001, EmbeddingStd: 0.9} }, []AlarmKind{AtChance}},
		{"a loss that leaves chance early", func(step int) Measures {
			m := spread
			if step < 20 {
				m.Loss = chance
			}
			return m
		}, nil},
		{"a loss that is not a number", func(step int) Measures {
			m := spread
			if step >= 7 {
				m.Loss = math.NaN()
			}
			return m
		}, []AlarmKind{NotFinite}},
		{"an infinite gradient", func(step int) Measures {
			m := spread
			if step == 3 {
				m.GradientNorm = math.Inf(1)
			}
			return m
		}, []AlarmKind{NotFinite}},
	} {
		t.Run(test.name, func(t *testing.T) {
			kinds, steps := watchAll(&watch{total: 100, chance: chance}, test.of)
			if !slices.Equal(kinds, test.want) {
				t.Errorf("alarms %v at steps %v, want %v", kinds, steps, test.want)
			}
		})
	}
}

func TestAMethodWithoutNegativesIsNeverAtChance(t *testing.T) {
	kinds, _ := watchAll(&watch{total: 100}, func(int) Measures { return Measures{Loss: 0, EmbeddingStd: 1} })
	if len(kinds) > 0 {
		t.Errorf("alarms %v, want none", kinds)
	}
}

func TestAnAlarmSaysWhatWasSeenAndExpected(t *testing.T) {
	w := &watch{total: 40, chance: math.Log(8)}
	var details []string
	for step := range 40 {
		for _, alarm := range w.see(step, Measures{Loss: math.Log(8), EmbeddingStd: 0.01}) {
			details = append(details, alarm.Detail)
		}
	}
	for i, want := range []string{"standard deviation is 0.010/√D", "guessing gives ln(K+1) = 2.0794"} {
		if len(details) != 2 || !strings.Contains(details[i], want) {
			t.Fatalf("details %q, want %q in number %d of 2", details, want, i+1)
		}
	}
}

func TestAResumedWatchRaisesWhatAnUncutOneDoes(t *testing.T) {
	falling := func(step int) Measures {
		return Measures{Loss: math.Log(8), GradientNorm: 1, EmbeddingStd: max(0.9-0.02*float64(step), 0)}
	}
	uncut := watch{total: 100, chance: math.Log(8)}
	wantKinds, wantSteps := watchAll(&uncut, falling)
	if len(wantKinds) != 2 {
		t.Fatalf("alarms %v, want two", wantKinds)
	}
	for cut := 1; cut < 100; cut++ {
		saves := Checkpoints{Folder: t.TempDir(), Keep: 1}
		first := watch{total: 100, chance: math.Log(8)}
		var kinds []AlarmKind
		var steps []int
		see := func(w *watch, from, to int) {
			for step := from; step < to; step++ {
				for _, alarm := range w.see(step, falling(step)) {
					kinds, steps = append(kinds, alarm.Kind), append(steps, alarm.Step)
				}
			}
		}
		see(&first, 0, cut)
		if _, err := saves.Save(stored(t, 1), first.at(cut)); err != nil {
			t.Fatal(err)
		}
		from, _, err := saves.Restore(stored(t, 0))
		if err != nil || from.Steps != cut {
			t.Fatalf("restored step %d, error %v; want %d", from.Steps, err, cut)
		}
		see(&watch{AlarmState: from.Alarms, total: 100, chance: math.Log(8)}, cut, 100)
		if !slices.Equal(kinds, wantKinds) || !slices.Equal(steps, wantSteps) {
			t.Errorf("cut at step %d: alarms %v at steps %v, want %v at %v", cut, kinds, steps, wantKinds, wantSteps)
		}
	}
}

func TestASpreadThatIsNotANumberIsACollapse(t *testing.T) {
	kinds, _ := watchAll(&watch{total: 100}, func(int) Measures { return Measures{Loss: 3, EmbeddingStd: math.NaN()} })
	if !slices.Equal(kinds, []AlarmKind{Collapse}) {
		t.Errorf("alarms %v, want a collapse", kinds)
	}
}
