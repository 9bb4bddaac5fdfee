//go:build unix

package data

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapped is a part of a file, mapped into memory for as long as the process lives.
func mapped(file *os.File, offset, size int64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	before := offset % int64(os.Getpagesize())
	all, err := unix.Mmap(int(file.Fd()), offset-before, int(size+before), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return all[before:], nil
}
