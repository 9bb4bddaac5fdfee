//go:build xla && linux

// Package xla makes GoMLX's XLA backend of a PJRT plugin. It is built with the
// tag xla; without, New says how to get it.
package xla

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/rounding"
)

// BuiltIn says whether the program has the backend.
const BuiltIn = true

// New loads a plugin, once a process, and makes the backend of the settings that
// a user gave after "xla:": the platform, ours (devices=N, bfloat16), and options of
// GoMLX's XLA backend, separated by commas, such as "cuda,devices=2,visible_devices=2;3".
// Products of float32 are in full precision unless tf32 or bfloat16 is among them.
func New(plugin plugins.Plugin, settings string) (_ compute.Backend, info backend.Info, err error) {
	defer func() { // of what the plugin does not survive in Go
		if cause := recover(); cause != nil {
			err = fmt.Errorf("plugin %s: %v", plugin.Path, cause)
		}
	}()
	given := backend.XLA + ":" + settings
	info = backend.Info{Kind: backend.Kind(given), Devices: backend.Devices(given)}
	if err := backend.CheckDevices(given); err != nil {
		return nil, info, err
	}
	config, err := configOf(plugin, settings)
	if err != nil {
		return nil, info, err
	}
	prepare(plugin, config)
	options := pjrt.NamedValuesMap{}
	if plugin.Platform == backend.CPU && info.Devices > 1 {
		options["cpu_device_count"] = int64(info.Devices)
	}
	b, err := xla.NewWithOptions(config, options)
	if err != nil {
		return nil, info, fmt.Errorf("plugin %s: %w", plugin.Path, err)
	}
	if has := b.NumDevices(); has < info.Devices {
		b.Finalize()
		return nil, info, fmt.Errorf("devices=%d: this process has %d", info.Devices, has)
	}
	info.Device, info.Driver = deviceOf(b), driverOf(plugin)
	if info.Devices > 1 {
		info.Device = fmt.Sprintf("%d × %s", info.Devices, info.Device)
	}
	ours := backend.Without(","+settings, func(setting string) bool { return setting != "" && !isOurs(setting) })
	info.Engine = "XLA by GoMLX (" + plugin.Platform + ours + config[len(plugin.Path):] + ")" // without the path
	if isOn(settings, backend.BFloat16) {
		return rounding.New(b), info, nil
	}
	return b, info, nil
}

// isOn says whether a setting that is on or off is on.
func isOn(settings, name string) bool {
	return strings.Contains(","+settings+",", ","+name+",") || strings.Contains(","+settings+",", ","+name+"=true,")
}

// isOurs says of a setting that GoMLX's backend does not know it.
func isOurs(setting string) bool {
	name, _, _ := strings.Cut(setting, "=")
	return name == "devices" || name == backend.BFloat16
}

// configOf is what GoMLX is told. It guesses the kind of a plugin from its path,
// which it takes apart at commas.
func configOf(plugin plugins.Plugin, settings string) (string, error) {
	_, options, _ := strings.Cut(settings, ",")
	options = backend.Without(options, isOurs)
	isCUDA := plugin.Platform == backend.CUDA
	guess, isCPU := pjrt.IsCUDAName(plugin.Path), strings.Contains(strings.ToUpper(plugin.Path), "CPU")
	if strings.Contains(plugin.Path, ",") || guess != isCUDA || isCPU != (plugin.Platform == backend.CPU) {
		return "", fmt.Errorf("the path of the plugin, %s, must have no comma, and %q, not \"cuda\", \"nvidia\" or \"cpu\" "+
			"otherwise, in it: GoMLX takes it for another; move it with --cache or %s",
			plugin.Path, plugin.Platform, plugins.PathEnv)
	}
	config := plugin.Path
	if isCUDA && !strings.Contains(","+options, ",tf32") {
		config += ",tf32=false"
	}
	if options != "" {
		config += "," + options
	}
	return config, nil
}

// prepare sets what plugins read from the environment, unless the user has.
func prepare(plugin plugins.Plugin, config string) {
	xla.EnableAutoInstall(false)
	if plugin.Platform != backend.CUDA {
		return
	}
	variables := map[string]string{}
	if strings.Contains(config, ",tf32=false") {
		variables["NVIDIA_TF32_OVERRIDE"] = "0" // convolutions by cuDNN, too, are in full precision
	}
	if plugin.Libraries != "" {
		if toolkit, _ := filepath.Glob(filepath.Join(plugin.Libraries, "cu*", "bin", "ptxas")); len(toolkit) > 0 {
			variables["XLA_FLAGS"] = "--xla_gpu_cuda_data_dir=" + filepath.Dir(filepath.Dir(toolkit[0]))
		}
	}
	for name, value := range variables {
		if _, set := os.LookupEnv(name); !set {
			_ = os.Setenv(name, value) // fails for a malformed name only
		}
	}
}

// deviceOf is the first device, which computes, without what is told of processes.
func deviceOf(b *xla.Backend) string {
	device, _, _ := strings.Cut(b.DeviceDescription(0), " [processId=")
	return device
}

// driverOf names the versions of the plugin, and of NVIDIA's driver below it.
func driverOf(plugin plugins.Plugin) string {
	loaded, err := pjrt.GetPlugin(plugin.Path) // which is loaded already
	if err != nil {
		return plugin.From()
	}
	major, minor := loaded.Version()
	driver := fmt.Sprintf("PJRT %d.%d", major, minor)
	if plugin.Version != "" {
		driver += ", " + plugin.Version
	}
	if plugin.Platform == backend.CUDA {
		if version := plugins.Look().Driver; version != "" {
			driver += ", NVIDIA " + version
		}
	}
	return driver
}
