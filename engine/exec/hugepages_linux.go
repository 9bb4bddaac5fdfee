package exec

import (
	"syscall"
	"unsafe"
)

const (
	hugePage = 2 << 20
	// adviseHuge is the least memory for which huge pages are asked.
	adviseHuge = 2 * hugePage
)

// preferHugePages asks the kernel to back the memory by huge pages, of which the processor needs fewer entries in its
// table of translations: kernels walk many megabytes, and write to dozens of places at once. Nothing depends on it.
func preferHugePages(memory []byte) {
	if len(memory) < adviseHuge {
		return
	}
	skip := int(-uintptr(unsafe.Pointer(&memory[0])) % hugePage)
	whole := (len(memory) - skip) / hugePage * hugePage
	_ = syscall.Madvise(memory[skip:skip+whole], syscall.MADV_HUGEPAGE)
}
