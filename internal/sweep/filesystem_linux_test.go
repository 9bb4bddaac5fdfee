package sweep

import (
	"strings"
	"testing"
)

func TestNetworkFileSystemsAreRefused(t *testing.T) {
	for number, name := range map[uint32]string{0x6969: "NFS", 0xff534d42: "CIFS", 0x0bd00bd0: "Lustre"} {
		err := checkFileSystem("/mnt/sweeps", number)
		if err == nil || !strings.Contains(
			err.Error(), "folder /mnt/sweeps is on a network file system ("+name+"), where SQLite loses data",
		) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const ext4 = 0xef53
	if err := checkFileSystem("/", ext4); err != nil {
		t.Error(err)
	}
	if err := CheckLocal(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := CheckLocal("/nowhere"); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
