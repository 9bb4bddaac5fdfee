package exec

import (
	"runtime"
	"slices"
	"sync"
)

// arenas are the memory that executions work in. Programs take turns with it, as they seldom run at once: a training
// step and evaluations of several batch sizes need as much as the largest of them. What lies in an arena means nothing
// after an execution.
type arenas struct {
	mu      sync.Mutex
	free    [][]byte
	needs   map[int]int // how many open programs need an arena of a size
	largest int         // of those sizes
}

// open says that a program is going to ask for arenas of a size.
func (a *arenas) open(size int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.needs == nil {
		a.needs = map[int]int{}
	}
	a.needs[size]++
	a.largest = max(a.largest, size)
}

// close says that a program asks for no more. Arenas that are larger than what the others need are dropped.
func (a *arenas) close(size int) {
	a.mu.Lock()
	if a.needs[size]--; a.needs[size] == 0 {
		delete(a.needs, size)
	}
	a.largest = 0
	for other := range a.needs {
		a.largest = max(a.largest, other)
	}
	before := bytesIn(a.free)
	a.free = slices.DeleteFunc(a.free, func(arena []byte) bool { return len(arena) > a.largest })
	dropped := before - bytesIn(a.free)
	a.mu.Unlock()
	collectGarbage(dropped)
}

// get returns an arena of undefined content with that many bytes or more. If none is large enough the largest gives way
// to one that is.
func (a *arenas) get(size int) []byte {
	if size == 0 {
		return nil
	}
	a.mu.Lock()
	slices.SortFunc(a.free, func(x, y []byte) int { return len(x) - len(y) })
	at := slices.IndexFunc(a.free, func(arena []byte) bool { return len(arena) >= size })
	if at >= 0 {
		found := a.free[at]
		a.free = slices.Delete(a.free, at, at+1)
		a.mu.Unlock()
		return found
	}
	dropped := 0
	if last := len(a.free) - 1; last >= 0 {
		dropped = len(a.free[last])
		a.free = slices.Delete(a.free, last, last+1)
	}
	a.mu.Unlock()
	collectGarbage(dropped)
	return allocate(size)
}

// put takes an arena back.
func (a *arenas) put(arena []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(arena) > 0 && len(arena) <= a.largest {
		a.free = append(a.free, arena)
	}
}

// clear drops the arenas that are not in use.
func (a *arenas) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free = nil
}

func bytesIn(of [][]byte) (bytes int) {
	for _, arena := range of {
		bytes += len(arena)
	}
	return bytes
}

// collectGarbage runs the garbage collector if much was dropped: by itself it would wait until as much again is in use.
func collectGarbage(dropped int) {
	const worth = 64 << 20
	if dropped >= worth {
		runtime.GC()
	}
}
