//go:build linux || darwin || freebsd

package data

import "golang.org/x/sys/unix"

// stampOf is the stamp of what lies at a path, or of what a link there leads to.
func stampOf(path string) (stamp, error) {
	var info unix.Stat_t
	err := unix.Stat(path, &info)
	for err == unix.EINTR {
		err = unix.Stat(path, &info)
	}
	if err != nil {
		return stamp{}, err
	}
	return stamp{
		Node: info.Ino, Bytes: info.Size, Modified: info.Mtim.Nano(), Changed: info.Ctim.Nano(),
	}, nil
}
