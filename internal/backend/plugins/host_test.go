package plugins

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLookFindsGPUsAndTheirDriver(t *testing.T) {
	root := t.TempDir()
	if h := look(root); h.GPUs != 0 || h.Driver != "" {
		t.Errorf("a machine without GPUs has %+v", h)
	}
	// As the open and the closed kernel module say it.
	for text, want := range map[string]string{
		"NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\n":                "535.129.03",
		"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22-I3)\n": "580.65.06",
		"nothing": "",
	} {
		for name, content := range map[string]string{
			"dev/nvidia0": "", "dev/nvidia1": "", "dev/nvidiactl": "", "proc/driver/nvidia/version": text,
		} {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if h := look(root); h.GPUs != 2 || h.Driver != want {
			t.Errorf("%q: %+v, want 2 GPUs and driver %q", text, h, want)
		}
	}
}

func TestDevicesThatTheMachineHasNot(t *testing.T) {
	for _, test := range []struct {
		gpus  int
		given string
		right bool
	}{
		{2, "xla:cuda,visible_devices=1", true}, {2, "xla:cuda,visible_devices=0;1,tf32", true},
		{2, "xla:cuda,visible_devices=0;2", false}, {2, "xla:cuda", true},
		{0, "xla:cuda,visible_devices=1", true}, // that there is none at all, the driver says
	} {
		if err := (Host{GPUs: test.gpus}).CheckVisible(test.given); (err == nil) != test.right {
			t.Errorf("%s on %d GPUs: %v", test.given, test.gpus, err)
		}
	}
}

func TestOlder(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{{"2.36", "2.27", false}, {"2.9", "2.27", true}, {"580.65.06", "580", false}, {"535.129.03", "580", true}, {"2.27", "2.27", false}} {
		if got := Older(test.a, test.b); got != test.want {
			t.Errorf("%s is older than %s: %t", test.a, test.b, got)
		}
	}
}
