package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holderOf says which other process has a lock for writing on a database or on
// the memory beside it that its readers and writers share, such as
// ": sqlite3, process 4711"; empty if the system does not tell.
func holderOf(path string) string {
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	files := map[string]bool{}
	for _, name := range []string{path, path + "-shm"} {
		if info, err := os.Stat(name); err == nil {
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				files[strconv.FormatUint(stat.Ino, 10)] = true
			}
		}
	}
	for line := range strings.Lines(string(locks)) {
		// 1: POSIX  ADVISORY  WRITE 4711 fd:00:2531452 120 120
		fields := strings.Fields(line)
		if len(fields) != 8 || fields[1] != "POSIX" || fields[3] != "WRITE" {
			continue
		}
		pid, err := strconv.Atoi(fields[4])
		_, file, found := strings.Cut(fields[5], ":")
		_, file, inner := strings.Cut(file, ":")
		if err != nil || pid <= 0 || pid == processID || !found || !inner || !files[file] {
			continue
		}
		if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil {
			return fmt.Sprintf(": %s, process %d", strings.TrimSpace(string(name)), pid)
		}
	}
	return ""
}
