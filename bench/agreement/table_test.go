package main

import "testing"

func TestWorstIsMeasuredByTheLargestDistanceUntilThen(t *testing.T) {
	d := distances{Ours: []float64{1, 6, 2, 50}, Self: []float64{2, 1, 8, 1}}
	for steps, want := range map[int]float64{1: 0.5, 2: 3, 3: 3, 4: 6.25, 100: 6.25} {
		if got := d.worst(steps); got != want {
			t.Errorf("over %d steps: %v, want %v", steps, got, want)
		}
	}
}

func TestDINOsRowsNeedItsCode(t *testing.T) {
	chosen, err := chooseRows(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range chosen {
		if r.official {
			t.Errorf("%s is chosen", r.name)
		}
	}
	if all, err := chooseRows(nil, true); err != nil || len(all) != len(chosen)+2 {
		t.Errorf("%d rows with DINO's code and %d without (%v), want two more", len(all), len(chosen), err)
	}
	if _, err := chooseRows([]string{"simclear"}, true); err == nil {
		t.Error("an unknown row is no error")
	}
}

// TestRowsCanBeMade builds every method and backbone, and their schedules.
func TestRowsCanBeMade(t *testing.T) {
	for _, r := range rows() {
		method, err := r.method()
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		if _, err := r.network(); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if _, err := r.schedules(method, length(100)); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}
