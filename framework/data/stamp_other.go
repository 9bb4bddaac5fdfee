//go:build !(linux || darwin || freebsd)

package data

import "os"

// stampOf is the stamp of what lies at a path, or of what a link there leads to.
func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{Bytes: info.Size(), Modified: info.ModTime().UnixNano()}, nil
}
