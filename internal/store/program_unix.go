//go:build unix

package store

import (
	"os/exec"
	"runtime/debug"
	"syscall"
)

// detach keeps a Ctrl-C in the terminal from the process: who started it ends it.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// boundMemory gives this process what SQLite may have, as much again for a row
// on its way out of SQLite, a few copies of the result's buffers, and 256 MiB
// for the program and the stacks of its threads.
func boundMemory(l Limits) {
	bound := uint64(2*l.Memory + 3*l.Bytes + 256<<20)
	debug.SetMemoryLimit(int64(l.Memory + 2*l.Bytes))
	// Where the system does not know this limit SQLite's own holds still.
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bound, Max: bound})
}
