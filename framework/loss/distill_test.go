package loss

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestSinkhornGolden(t *testing.T) {
	eachCase(t, "loss_swav_sinkhorn", func(c reference) {
		c.check("", []string{"scores"}, func(in nodes) results {
			return results{"Q": Sinkhorn(in["scores"], c.number("epsilon"), golden.Decode[int](c.t, c.Params, "iterations"))}
		})
	})
}

// swapped is [Distillation] of each target, those of the first crops, by every other crop.
func swapped(targets, crops []*graph.Node, temperature *graph.Node) *graph.Node {
	var of, by []*graph.Node
	for crop, scores := range crops {
		logits := graph.Div(scores, temperature)
		for other, target := range targets {
			if other != crop {
				of, by = append(of, target), append(by, logits)
			}
		}
	}
	return Distillation(of, by)
}

func TestDistillationOfSwAVGolden(t *testing.T) {
	eachCase(t, "loss_swav_swapped", func(c reference) {
		inputs := []string{"scores"}
		queued := c.number("queue_length") > 0
		if queued {
			inputs = []string{"scores", "queue", "prototypes", "embeddings"}
		}
		batch := golden.Decode[int](c.t, c.Params, "batch")
		out := c.check("loss", inputs, func(in nodes) results {
			epsilon, iterations := c.number("epsilon"), golden.Decode[int](c.t, c.Params, "iterations")
			crops := graph.Split(in["scores"], 0, rows(in["scores"])/batch)
			out := results{}
			var codes []*graph.Node
			for i := range 2 {
				if !queued {
					codes = append(codes, Sinkhorn(crops[i], epsilon, iterations))
				} else {
					queue := graph.Squeeze(graph.SliceAxis(in["queue"], 0, graph.AxisElem(i)), 0)
					codes = append(codes, SinkhornWithQueue(Similarities(queue, in["prototypes"]), crops[i], epsilon, iterations))
					out[fmt.Sprint("queue", i)] = Shift(queue, graph.Split(in["embeddings"], 0, 2)[i])
				}
				out[fmt.Sprint("Q", i)] = codes[i]
			}
			out["loss"] = swapped(codes, crops, scalar(in["scores"], c.number("temperature")))
			return out
		})
		if queued {
			after := c.Output(c.t, "queue_after")
			golden.Near(c.t, "queues", slices.Concat(out["queue0"], out["queue1"]), after, lossTolerance)
		}
	})
}

func TestSinkhornOfFarScoresIsFinite(t *testing.T) {
	c := reference{&golden.Case{}, t}
	scores := golden.Tensor{Shape: []int{3, 2}, Data: []float64{1, -1, -40, -60, 30, -1}}
	out := c.checkWith("", map[string]golden.Tensor{"scores": scores}, func(in nodes) results {
		return results{"codes": Sinkhorn(in["scores"], 0.05, 3)}
	})
	for _, v := range out["codes"] {
		if !(v >= 0 && v <= 1.00001) {
			t.Errorf("codes %v, want numbers in [0, 1]", out["codes"])
			break
		}
	}
}

func TestDistillationOfDINOGolden(t *testing.T) {
	eachCase(t, "loss_dino", func(c reference) {
		center := c.Input(c.t, "center_initial")
		warmup := golden.Decode[int](c.t, c.Params, "warmup_teacher_temp_epochs")
		temperature := optim.Linear{
			From: c.number("warmup_teacher_temp"), To: c.number("teacher_temp"), Steps: warmup, Form: optim.DINO,
		}
		epochs := golden.Decode[[]int](c.t, c.Params, "epochs")
		for i := range c.steps() {
			student, teacher := step("student", i), step("teacher", i)
			c.checkWith(step("loss", i), map[string]golden.Tensor{
				student: c.Input(c.t, student), teacher: c.Input(c.t, teacher), "center": center,
			}, func(in nodes) results {
				students := graph.Split(in[student], 0, golden.Decode[int](c.t, c.Params, "ncrops"))
				targets := graph.Split(in[teacher], 0, 2)
				for view, outputs := range targets {
					targets[view] = Sharpened(outputs, in["center"], scalar(in[student], temperature.At(epochs[i])))
				}
				loss := swapped(targets, students, scalar(in[student], c.number("student_temp")))
				after := UpdateMean(in["center"], in[teacher], scalar(in[student], c.number("center_momentum")))
				return results{step("loss", i): loss, step("center_after", i): after}
			})
			center = c.Output(c.t, step("center_after", i))
		}
	})
}

// The reference has rows for the masked tokens only; here they are put in their places among all tokens.
func TestIBOTGolden(t *testing.T) {
	eachCase(t, "loss_ibot", func(c reference) {
		width := c.Output(c.t, "center_after_step0").Shape[1]
		center := golden.Tensor{Shape: []int{1, width}, Data: make([]float64, width)}
		for i := range c.steps() {
			mask := c.Input(c.t, step("mask", i))
			images, tokens := mask.Shape[0], mask.Shape[1]*mask.Shape[2]
			spread := func(x golden.Tensor) golden.Tensor {
				all := golden.Tensor{Shape: []int{images, tokens, width}}
				for _, masked := range mask.Data {
					if masked == 0 {
						all.Data = append(all.Data, make([]float64, width)...)
						continue
					}
					all.Data = append(all.Data, x.Data[:width]...)
					x.Data = x.Data[width:]
				}
				return all
			}
			student, teacher := step("student", i), step("teacher", i)
			full := reference{&golden.Case{Outputs: c.Outputs, Grads: encode(c.t, student, spread(c.Grad(c.t, student)))}, c.t}
			full.checkWith(step("loss", i), map[string]golden.Tensor{
				student: spread(c.Input(c.t, student)), teacher: spread(c.Input(c.t, teacher)), "center": center,
				"mask": {Shape: []int{images, tokens}, Data: mask.Data}, "masked teachers": c.Input(c.t, teacher),
			}, func(in nodes) results {
				loss := IBOT(in[student], in[teacher], in["mask"], in["center"],
					scalar(in[student], c.number("student_temp")), scalar(in[student], c.number("teacher_temp")))
				after := UpdateMean(in["center"], in["masked teachers"], scalar(in[student], c.number("center_momentum")))
				return results{step("loss", i): loss, step("center_after", i): after}
			})
			center = c.Output(c.t, step("center_after", i))
		}
	})
}

func TestMSNGolden(t *testing.T) {
	eachCase(t, "loss_msn", func(c reference) {
		c.check("loss", []string{"anchors", "targets", "prototypes"}, func(in nodes) results {
			config := MSNConfig{
				TargetTemperature: c.number("sharpen_temperature"),
				Iterations:        golden.Decode[int](c.t, c.Params, "sinkhorn_iterations"),
				EntropyWeight:     c.number("regularization_weight"),
			}
			return results{
				"loss": MSN(in["anchors"], in["targets"], in["prototypes"], scalar(in["anchors"], c.number("temperature")), config),
			}
		})
	})
}
