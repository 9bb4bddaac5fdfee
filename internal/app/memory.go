package app

import (
	"math"
	"os"
	"strconv"
	"strings"
)

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
