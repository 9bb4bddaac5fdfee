package pool

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pin ties the calling goroutine, a helper, to one processor if the pool has a
// thread for every processor that the process may use. Otherwise Linux tends to
// wake helpers on the caller's processor, where the two share it for
// milliseconds while another one is idle. A pool with fewer threads is left to
// the scheduler.
func pin(worker, threads int) {
	var allowed unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil || threads < allowed.Count() {
		return
	}
	left := worker % allowed.Count()
	for processor := 0; ; processor++ {
		if !allowed.IsSet(processor) {
			continue
		}
		if left == 0 {
			runtime.LockOSThread() // and let the thread end with the goroutine
			var one unix.CPUSet
			one.Set(processor)
			_ = unix.SchedSetaffinity(0, &one) // a refusal costs speed only
			return
		}
		left--
	}
}
