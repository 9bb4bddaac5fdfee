// Package memory tells the memory of the process, for benchmarks.
package memory

import (
	"fmt"
	"os"
	"strings"
)

// Peak returns the largest resident memory of the process so far in MiB, 0 where the system does not tell (not Linux).
func Peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
