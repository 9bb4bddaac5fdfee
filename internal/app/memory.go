package app

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// memory is how many bytes the process may take; 0 for unknown.
func (o Options) memory() int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	return machineMemory()
}

// KeepWithin makes the garbage collector keep the process within so many bytes, as far as it can: near them it
// collects more often than at twice what is in use. 0 changes nothing, nor does it where the user has set GOMEMLIMIT.
func KeepWithin(bytes int64) {
	if bytes > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes / 10 * 9) // the rest is for what is not Go's
	}
}

// machineMemory is how much memory this process can have, in bytes: that of
// the machine or of the control group it is in (cgroup v2). 0 if the system
// does not say, as outside of Linux.
func machineMemory() int64 {
	limit := int64(math.MaxInt64)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if kilobytes, ok := memTotal(string(text)); ok {
			limit = kilobytes << 10
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // else it is "max"
			limit = min(limit, bytes)
		}
	}
	if limit == math.MaxInt64 {
		return 0
	}
	return limit
}

// memTotal finds the line "MemTotal: N kB".
func memTotal(meminfo string) (kilobytes int64, ok bool) {
	for line := range strings.Lines(meminfo) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemTotal:" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
