package sweep

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// networks are the numbers that statfs(2) gives for file systems of a network,
// from the kernel's linux/magic.h and the file systems' own sources.
var networks = map[uint32]string{
	0x6969: "NFS", 0xfe534d42: "SMB", 0xff534d42: "CIFS", 0x517b: "SMB", 0x01021997: "9P", 0x00c36400: "Ceph",
	0x5346414f: "AFS", 0x6b414653: "AFS", 0x73757245: "Coda", 0x0bd00bd0: "Lustre", 0x47504653: "GPFS",
	0x19830326: "BeeGFS", 0x7461636f: "OCFS2", 0x01161970: "GFS2", 0xaad7aaea: "PanFS", 0x20030528: "OrangeFS",
	0x786f4256: "VirtualBox shared folder", 0xbacbacbc: "VMware shared folder",
}

// CheckLocal is an error if a folder is on a file system of a network, where
// SQLite's locks and shared memory don't hold.
func CheckLocal(folder string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return fmt.Errorf("folder %s: %w", folder, err)
	}
	return checkFileSystem(folder, uint32(stat.Type))
}

// free is what a file system has left for a folder.
func free(folder string) (bytes uint64, known bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, false
	}
	return stat.Bavail * uint64(stat.Bsize), true
}

func checkFileSystem(folder string, number uint32) error {
	if name, found := networks[number]; found {
		return fmt.Errorf("folder %s is on a network file system (%s), where SQLite loses data: its locks don't hold "+
			"between hosts", folder, name)
	}
	return nil
}
