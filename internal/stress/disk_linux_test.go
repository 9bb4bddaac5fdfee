package stress

import (
	"fmt"
	"syscall"
	"testing"
)

// fillDisk gives a folder a disk of its own that is soon full, which takes
// rights, and says whether it has.
func fillDisk(t *testing.T, folder string, bytes int) bool {
	if syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)) != nil {
		return false
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	return true
}
