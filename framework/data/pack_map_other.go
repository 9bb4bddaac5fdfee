//go:build !unix

package data

import "os"

// mapped is a part of a file.
func mapped(file *os.File, offset, size int64) ([]byte, error) {
	part := make([]byte, size)
	_, err := file.ReadAt(part, offset)
	return part, err
}
