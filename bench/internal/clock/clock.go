// Package clock tells the processor time of the process, for benchmarks on machines that are busy with other things.
package clock

import (
	"syscall"
	"time"
)

// Processor is the time that the process has used of all processors so far, of its own code and of the system's.
func Processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // which has no other causes than the arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
