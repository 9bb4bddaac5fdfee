// Command steps measures training steps on the engine: forward, backward and update of a backbone with a linear
// classifier. With -backend it measures another GoMLX backend. It prints milliseconds a step, the median of several.
//
// compare.sh in the same directory alternates it with PyTorch.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the backend "go"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	_ "github.com/kontrast-ml/kontrast/engine" // the backend "kontrast"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// task is one line of the table.
type task struct {
	name, backbone string
	size, batch    int
	optimizer      optim.Optimizer
}

var tasks = []task{
	{"resnet20", "resnet20", 32, 128, optim.SGD{}},
	{"resnet18", "resnet18", 32, 32, optim.SGD{}},
	{"resnet50", "resnet50", 224, 8, optim.SGD{}},
	{"vit-ti", "vit-ti", 32, 64, optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true}},
	{"vit-s", "vit-s", 224, 8, optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true}},
}

func main() {
	log.SetFlags(0)
	name := flag.String("task", "resnet20", "resnet20, resnet18, resnet50, vit-ti or vit-s")
	threads := flag.Int("threads", 2, "number of threads")
	steps := flag.Int("steps", 10, "number of steps measured, after two that are not")
	backend := flag.String("backend", "", "GoMLX backend configuration; empty is the engine")
	profile := flag.String("profile", "", "write a CPU profile to this file")
	forward := flag.Bool("forward", false, "measure the forward pass only")
	flag.Parse()
	i := slices.IndexFunc(tasks, func(t task) bool { return t.name == *name })
	if i < 0 {
		log.Fatalf("steps: no task %q: use resnet20, resnet18, resnet50, vit-ti or vit-s", *name)
	}
	runtime.GOMAXPROCS(*threads)
	config := *backend
	if config == "" {
		config = fmt.Sprintf("kontrast:threads=%d", *threads)
	}
	b, err := compute.NewWithConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Finalize()
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	median, compile, err := tasks[i].measure(b, *steps, *forward)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %.2f ms/step %.1f images/s (first step %.0f ms, %.0f MB)\n", *name, median, float64(tasks[i].batch)*1000/median, compile, residentMB())
}

const classes = 10

// measure returns the median time of a step and the time of the first, with compilation, in milliseconds.
func (t task) measure(b compute.Backend, steps int, forward bool) (median, first float64, err error) {
	images := make([]float32, t.batch*t.size*t.size*3)
	for i := range images {
		images[i] = float32(math.Sin(float64(i) * 1.7))
	}
	labels := make([]int32, t.batch)
	for i := range labels {
		labels[i] = int32(i % classes)
	}
	x := tensors.FromFlatDataAndDimensions(images, t.batch, t.size, t.size, 3)
	y := tensors.FromFlatDataAndDimensions(labels, t.batch)

	store := model.NewStore()
	if err := nn.SetSeed(store, 1); err != nil {
		return 0, 0, err
	}
	backbone, err := t.network()
	if err != nil {
		return 0, 0, err
	}
	exec, err := model.NewExec(b, store, func(scope *model.Scope, x, y *graph.Node) *graph.Node {
		return t.step(scope, backbone, x, y, forward)
	})
	if err != nil {
		return 0, 0, err
	}
	var times []float64
	for i := range steps + 2 {
		start := time.Now()
		out, err := exec.Exec(x, y)
		if err != nil {
			return 0, 0, err
		}
		loss := tensors.ToScalar[float32](out[0])
		elapsed := float64(time.Since(start).Microseconds()) / 1000
		if i == 0 {
			first = elapsed
		}
		if math.IsNaN(float64(loss)) {
			return 0, 0, fmt.Errorf("%s: the loss is not a number after %d steps", t.name, i+1)
		}
		if i >= 2 {
			times = append(times, elapsed)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], first, nil
}

func (t task) network() (backbones.Backbone, error) {
	for _, f := range backbones.Builtin() {
		if f.Name == t.backbone {
			return f.New(f.Defaults(), t.size, 3)
		}
	}
	return nil, fmt.Errorf("no backbone %q", t.backbone)
}

// step builds forward, backward and update.
func (t task) step(scope *model.Scope, backbone backbones.Backbone, x, y *graph.Node, forward bool) *graph.Node {
	g := x.Graph()
	store := scope.Store()
	store.SetTraining(g, true)
	features := backbone.Embed(scope.At("backbone"), x)
	logits := nn.Linear(scope.At("head"), features, classes, nn.LinearConfig{})
	logProb := graph.LogSoftmax(logits, -1)
	loss := graph.Neg(graph.ReduceAllMean(graph.ReduceSum(graph.Mul(graph.OneHot(y, classes, logits.DType()), logProb), -1)))
	if forward {
		return loss
	}
	var params []optim.Param
	var nodes []*graph.Node
	for v := range store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, optim.Param{Var: v})
			nodes = append(nodes, v.NodeValue(g))
		}
	}
	for i, grad := range graph.Gradient(loss, nodes...) {
		params[i].Grad = grad
	}
	scalar := func(x float32) *graph.Node { return graph.Scalar(g, logits.DType(), x) }
	t.optimizer.Update(scope.At("optimizer"), g, params, optim.Hyper{
		LR: scalar(1e-3), WeightDecay: scalar(1e-4), Momentum: scalar(0.9),
	})
	return loss
}

// residentMB returns the peak memory of the process, where the system tells.
func residentMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
