package plugins

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Host is what plugins need of a machine.
type Host struct {
	Glibc  string // version of the C library, such as "2.36"; empty if it is another or unknown
	GPUs   int    // device files of NVIDIA's GPUs
	Driver string // version of NVIDIA's kernel driver; empty for none
}

// LeastDriver is the oldest driver that CUDA 13 runs on
// (https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/: minor version compatibility).
const LeastDriver = "580"

// Look says what this machine has.
func Look() Host { return look("/") }

func look(root string) Host {
	var h Host
	if out, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output(); err == nil {
		h.Glibc = strings.TrimSpace(strings.TrimPrefix(string(out), "glibc "))
	}
	gpus, _ := filepath.Glob(filepath.Join(root, "dev/nvidia[0-9]*"))
	h.GPUs = len(gpus)
	if text, err := os.ReadFile(filepath.Join(root, "proc/driver/nvidia/version")); err == nil {
		h.Driver = driverVersion(string(text))
	}
	return h
}

// CheckVisible is the error of a backend with visible_devices=I;J that the machine has not.
func (h Host) CheckVisible(given string) error {
	for setting := range strings.SplitSeq(given, ",") {
		list, found := strings.CutPrefix(setting, "visible_devices=")
		if !found || h.GPUs == 0 {
			continue
		}
		for number := range strings.SplitSeq(list, ";") {
			if i, err := strconv.Atoi(number); err == nil && i >= h.GPUs {
				return fmt.Errorf("there is no GPU %d: this machine has %d, of which the first is 0", i, h.GPUs)
			}
		}
	}
	return nil
}

// driverLine is what the kernel module says of itself, in /proc/driver/nvidia/version.
var driverLine = regexp.MustCompile(`Kernel Module.*?\s(\d{3,}(?:\.\d+)+)`)

func driverVersion(text string) string {
	if match := driverLine.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// Older compares versions number by number: "9.2" is older than "10".
func Older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		var x, y int
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if i < len(bs) {
			y, _ = strconv.Atoi(bs[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// manylinux is the part of a wheel's name that says which C library it was built for (PEP 600).
var manylinux = regexp.MustCompile(`manylinux_(\d+)_(\d+)_`)

// LeastGlibc is the oldest C library that the wheels of a set run on, as their names say; empty if they don't.
func (s Set) LeastGlibc() (least string) {
	for _, wheel := range s.Wheels {
		oldest := ""
		for _, match := range manylinux.FindAllStringSubmatch(wheel.File, -1) {
			if version := match[1] + "." + match[2]; oldest == "" || Older(version, oldest) {
				oldest = version
			}
		}
		if oldest != "" && (least == "" || Older(least, oldest)) {
			least = oldest
		}
	}
	return least
}
