package backend

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// OnDevices is a backend that computes on the given devices, as many as
// [Devices] says; none leaves the choice to the backend. GPUs are numbered from 0 among
// those that the process sees. The processor is one device, 0; xla:cpu,devices=N makes
// N of it.
func OnDevices(given string, devices []int) (string, error) {
	if len(devices) == 0 {
		return given, nil
	}
	n := Devices(given)
	if len(devices) != n {
		return "", fmt.Errorf("devices %s: one run is computed on %d (with --backend xla:cpu,devices=N or "+
			"xla:cuda,devices=N on N, and by compare and worker several runs at once)", List(devices), n)
	}
	for i, device := range devices {
		if device < 0 || slices.Contains(devices[:i], device) {
			return "", fmt.Errorf("devices %s: expected different numbers, 0 for the first device", List(devices))
		}
	}
	name, settings, _ := strings.Cut(given, ":")
	if name != XLA || Platform(settings) != CUDA {
		if device := slices.Max(devices); device >= n {
			return "", fmt.Errorf("it has no device %d: it computes on the processor, which is %s", device, processor(n))
		}
		return given, nil
	}
	if strings.Contains(","+settings, ",visible_devices=") {
		return "", fmt.Errorf("devices %s and visible_devices=: both choose devices; leave one out", List(devices))
	}
	return given + ",visible_devices=" + strings.ReplaceAll(List(devices), ",", ";"), nil
}

func processor(n int) string {
	if n == 1 {
		return "device 0"
	}
	return fmt.Sprintf("devices 0 to %d", n-1)
}

// List are the numbers of devices as a user gives them: "0,1".
func List(devices []int) string {
	var b strings.Builder
	for i, device := range devices {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(device))
	}
	return b.String()
}
