package plugins

import (
	"runtime"

	"github.com/kontrast-ml/kontrast/internal/backend"
)

// Wheel is a file of Python's package index.
type Wheel struct {
	Project string `json:"project"`
	Version string `json:"version"`
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Bytes   int64  `json:"bytes"` // 0 if unknown
}

// Set is what a platform's plugin is made of.
type Set struct {
	Platform string
	License  string
	Wheels   []Wheel // the first has the plugin
}

// Bytes is the size of all wheels.
func (s Set) Bytes() (total int64) {
	for _, wheel := range s.Wheels {
		total += wheel.Bytes
	}
	return total
}

// Pinned are the wheels that are known to work together on this machine's
// kind of processor; without any, there is no plugin for it.
func Pinned(platform string) Set { return pinnedFor(platform, runtime.GOOS, runtime.GOARCH) }

func pinnedFor(platform, system, processor string) Set {
	set := Set{Platform: platform}
	if system != "linux" || processor != "amd64" {
		return set
	}
	switch platform {
	case backend.CPU:
		set.License, set.Wheels = "Apache-2.0", pinnedCPU
	case backend.CUDA:
		set.License, set.Wheels = "Apache-2.0 for the plugin, NVIDIA's for its libraries", pinnedCUDA
	}
	return set
}

// pinnedCPU is XLA's own plugin for CPUs, as the authors of LAMMPS' interface to JAX build it.
var pinnedCPU = []Wheel{
	{
		"lammps-jax-pjrt-cpu", "0.11.2", "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
		"1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1", 62711338,
	},
}

// pinnedCUDA is JAX's plugin, and what jax-cuda13-plugin[with-cuda] 0.12.0.1
// asks for beside it: NVIDIA's libraries, the newest of November 2026.
var pinnedCUDA = []Wheel{
	{
		"jax-cuda13-pjrt", "0.12.0.1", "jax_cuda13_pjrt-0.12.0.1-py3-none-manylinux_2_27_x86_64.whl",
		"5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90", 134922808,
	},
	{
		"nvidia-cublas", "13.10.0.20",
		"nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl",
		"dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84", 444289903,
	},
	{
		"nvidia-cuda-cupti", "13.5.25",
		"nvidia_cuda_cupti-13.5.25-py3-none-manylinux_2_25_x86_64.whl",
		"9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650", 12592974,
	},
	{
		"nvidia-cuda-nvcc", "13.5.37",
		"nvidia_cuda_nvcc-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		"f5c4f7ead5d964fb4af42bbf1e6d3ec3c1e6e9d83b53749f691d387e7fcaa3a7", 47028279,
	},
	{
		"nvidia-cuda-runtime", "13.5.37",
		"nvidia_cuda_runtime-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		"df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d", 2504024,
	},
	{
		"nvidia-cudnn-cu13", "9.28.1.4",
		"nvidia_cudnn_cu13-9.28.1.4-py3-none-manylinux_2_27_x86_64.whl",
		"a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec", 516817937,
	},
	{
		"nvidia-cufft", "12.5.0.14",
		"nvidia_cufft-12.5.0.14-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		"b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad", 165072555,
	},
	{
		"nvidia-cusolver", "12.4.1.2",
		"nvidia_cusolver-12.4.1.2-py3-none-manylinux_2_27_x86_64.whl",
		"b3b8e02fd2f2df869369af075dc3a179d43f6f7b85e94632a7dce556697be044", 260003940,
	},
	{
		"nvidia-cusparse", "12.9.4.2",
		"nvidia_cusparse-12.9.4.2-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		"072667e58c851a318738f5527a12eb225cbf058803f2ea451c722d8cf8edddec", 230422857,
	},
	{
		"nvidia-nccl-cu13", "2.32.3",
		"nvidia_nccl_cu13-2.32.3-py3-none-manylinux_2_27_x86_64.whl",
		"1459723080ac889d73a26edfa3e04383a7928ab31ac8f0ec43b3ea9548b04ff3", 305100071,
	},
	{
		"nvidia-nvjitlink", "13.5.37",
		"nvidia_nvjitlink-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		"280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb", 46642491,
	},
	{
		"nvidia-cuda-nvrtc", "13.5.37",
		"nvidia_cuda_nvrtc-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		"86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc", 58185930,
	},
	{
		"nvidia-nvshmem-cu13", "3.8.0",
		"nvidia_nvshmem_cu13-3.8.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		"81a4d1f666543e6d34df6d2ff940c7da1435e34e186aab6f3c2b48861b64ef38", 182092449,
	},
	{
		"nvidia-nvvm", "13.5.37",
		"nvidia_nvvm-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		"c41bfa362e407405163f103c2229f0765f8cc2ed7d148b754dc77f228bf7e070", 75141406,
	},
}
