//go:build unix

package crew

import (
	"os/exec"
	"syscall"
)

// apart keeps a Ctrl-C in the terminal from the process: who started it asks it to end.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
