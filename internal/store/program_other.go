//go:build !unix

package store

import (
	"os/exec"
	"runtime/debug"
)

func detach(*exec.Cmd) {}

// boundMemory only asks for thrift: SQLite's own limit is what holds.
func boundMemory(l Limits) { debug.SetMemoryLimit(int64(l.Memory + 2*l.Bytes)) }
