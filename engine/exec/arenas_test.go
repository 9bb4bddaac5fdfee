package exec

import (
	"testing"
	"unsafe"
)

// TestProgramsTakeTurnsWithAnArena asks for arenas as programs of several sizes do.
func TestProgramsTakeTurnsWithAnArena(t *testing.T) {
	var a arenas
	const small, large = 1000, 2000
	a.open(small)
	a.open(large)
	first := a.get(small)
	a.put(first)
	second := a.get(large)
	if len(a.free) != 0 || len(second) != large {
		t.Errorf("an arena of %d bytes, and %d wait: the small one should have given way", len(second), len(a.free))
	}
	a.put(second)
	third, fourth := a.get(small), a.get(small) // at once
	if unsafe.SliceData(third) != unsafe.SliceData(second) || len(fourth) != small {
		t.Errorf("arenas of %d and %d bytes, not the one that waited and another", len(third), len(fourth))
	}
	a.put(third)
	a.put(fourth)
	if got := a.get(small); len(got) != small {
		t.Errorf("of two arenas the one of %d bytes is taken for %d", len(got), small)
	} else {
		a.put(got)
	}
	a.close(large)
	if len(a.free) != 1 || len(a.free[0]) != small {
		t.Errorf("%d arenas wait after the program of the large one was closed", len(a.free))
	}
	a.put(second) // of an execution that ended later
	a.close(small)
	if len(a.free) != 0 || a.get(0) != nil {
		t.Errorf("%d arenas wait for nobody", len(a.free))
	}
}
