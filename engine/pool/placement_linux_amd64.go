package pool

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Linux tends to wake a helper on the caller's processor, where the two share it
// for milliseconds while another one is idle. So when the pool has just as many
// threads as the process may use processors, a helper that finds itself on the
// caller's processor moves to another one and stays there. Other pools are left
// to the scheduler.

// processors returns the processors that the process may use if there are as
// many as threads; else nil.
func processors(threads int) []int {
	var allowed unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil || threads != allowed.Count() || threads == 1 ||
		threads > runtime.GOMAXPROCS(0) {
		return nil
	}
	var list []int
	for i := 0; len(list) < allowed.Count(); i++ {
		if allowed.IsSet(i) {
			list = append(list, i)
		}
	}
	return list
}

// currentProcessor returns the processor that the caller runs on.
func currentProcessor() int { return int(processorID()) }

// moveAwayFrom moves the calling goroutine, a helper that is locked to its thread,
// away from a processor.
func moveAwayFrom(processor, worker int, processors []int) {
	var others []int
	for _, p := range processors {
		if p != processor {
			others = append(others, p)
		}
	}
	if len(others) == 0 {
		return
	}
	var one unix.CPUSet
	one.Set(others[(worker-1)%len(others)])
	_ = unix.SchedSetaffinity(0, &one) // a refusal costs speed only
}

// lockToThread ties the calling goroutine to its thread, which ends with it.
func lockToThread() { runtime.LockOSThread() }
