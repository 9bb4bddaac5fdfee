package loss

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestNegativeCosineAndNormalizedMSEGolden(t *testing.T) {
	eachCase(t, "loss_byol_simsiam", func(c reference) {
		c.check("loss", []string{"p1", "p2", "z1", "z2"}, func(in nodes) results {
			if c.text("kind") == "byol" {
				return results{"loss": sum(NormalizedMSE(in["p1"], in["z2"]), NormalizedMSE(in["p2"], in["z1"]))}
			}
			return results{"loss": mean(NegativeCosine(in["p1"], in["z2"]), NegativeCosine(in["p2"], in["z1"]))}
		})
	})
}

func TestReSSLGolden(t *testing.T) {
	eachCase(t, "loss_ressl", func(c reference) {
		c.check("loss", []string{"q", "k", "queue"}, func(in nodes) results {
			return results{"loss": ReSSL(in["q"], in["k"], in["queue"],
				scalar(in["q"], c.number("temperature_q")), scalar(in["q"], c.number("temperature_k")))}
		})
	})
}

func TestInfoNCEOfCLIPGolden(t *testing.T) {
	eachCase(t, "loss_clip", func(c reference) {
		c.check("loss", []string{"image", "text", "log_logit_scale"}, func(in nodes) results {
			image, text := nn.L2Normalize(in["image"]), nn.L2Normalize(in["text"])
			temperature := graph.Exp(graph.Neg(in["log_logit_scale"]))
			return results{"loss": mean(
				InfoNCE(image, text, others(image, text), temperature), InfoNCE(text, image, others(text, image), temperature))}
		})
	})
}

func TestSigLIPGolden(t *testing.T) {
	eachCase(t, "loss_siglip", func(c reference) {
		c.check("loss", []string{"image", "text", "log_logit_scale", "logit_bias"}, func(in nodes) results {
			image, text := nn.L2Normalize(in["image"]), nn.L2Normalize(in["text"])
			return results{"loss": SigLIP(image, text, others(image, text), in["log_logit_scale"], in["logit_bias"], nil)}
		})
	})
}

func TestDCLGolden(t *testing.T) {
	eachCase(t, "loss_dcl", func(c reference) {
		c.check("loss", []string{"out0", "out1"}, func(in nodes) results {
			temperature := scalar(in["out0"], c.number("temperature"))
			z0, z1 := nn.L2Normalize(in["out0"]), nn.L2Normalize(in["out1"])
			direction := func(a, b *graph.Node) *graph.Node {
				far := graph.Concatenate([]*graph.Node{others(a, a), others(a, b)}, 1)
				if c.text("kind") == "dclw" {
					return DCLW(a, b, far, temperature, c.number("sigma"))
				}
				return DCL(a, b, far, temperature)
			}
			return results{"loss": mean(direction(z0, z1), direction(z1, z0))}
		})
	})
}

func TestBarlowTwinsGolden(t *testing.T) {
	eachCase(t, "loss_barlow_twins", func(c reference) {
		c.check("loss", []string{"z1", "z2"}, func(in nodes) results {
			loss := BarlowTwins(in["z1"], in["z2"], c.number("lambda_offdiag"))
			if _, scaled := c.Params["scale_loss"]; scaled {
				loss = graph.MulScalar(loss, c.number("scale_loss"))
			}
			return results{"loss": loss}
		})
	})
}

func TestVICRegGolden(t *testing.T) {
	eachCase(t, "loss_vicreg", func(c reference) {
		c.check("loss", []string{"z1", "z2"}, func(in nodes) results {
			weights := VICRegWeights{c.number("sim_coeff"), c.number("std_coeff"), c.number("cov_coeff")}
			if c.text("variant") == "solo-learn" {
				weights.Variance *= 2 // does not halve the sum over the views
			}
			return results{"loss": VICReg(in["z1"], in["z2"], weights)}
		})
	})
}

func TestTiCoGolden(t *testing.T) {
	eachCase(t, "loss_tico", func(c reference) {
		dim := c.Output(c.t, "C_after_step0").Shape
		covariance := golden.Tensor{Shape: dim, Data: make([]float64, dim[0]*dim[1])}
		for i := range c.steps() {
			a, b := step("z_a", i), step("z_b", i)
			c.checkWith(step("loss", i), map[string]golden.Tensor{
				a: c.Input(c.t, a), b: c.Input(c.t, b), "covariance": covariance,
			}, func(in nodes) results {
				loss, after := TiCo(in[a], in[b], in["covariance"], c.number("beta"), c.number("rho"))
				return results{step("loss", i): loss, step("C_after", i): after}
			})
			covariance = c.Output(c.t, step("C_after", i))
		}
	})
}

func TestKoLeoGolden(t *testing.T) {
	eachCase(t, "loss_koleo", func(c reference) {
		c.check("loss", []string{"x"}, func(in nodes) results { return results{"loss": KoLeo(in["x"])} })
	})
}

func TestWMSEGolden(t *testing.T) {
	eachCase(t, "loss_wmse", func(c reference) {
		c.check("loss", []string{"input"}, func(in nodes) results {
			views := graph.Split(in["input"], 0, golden.Decode[int](c.t, c.Params, "views"))
			epsilon := c.number("eps")
			out := results{"whitened_view0": Whiten(views[0], epsilon)}
			if c.text("variant") == "solo-learn" {
				out["loss"] = NormalizedMSE(Whiten(views[0], epsilon), Whiten(views[1], epsilon))
			} else {
				out["loss"] = WMSE(views, epsilon)
			}
			return out
		})
	})
}

// otherLabels are the cosines of anchors with the views of samples of other labels.
func otherLabels(anchors *graph.Node, views []*graph.Node, labels *graph.Node) *graph.Node {
	same := SameSample(anchors.Graph(), rows(anchors))
	if labels != nil {
		same = SameLabel(labels)
	}
	far := make([]*graph.Node, len(views))
	for i, view := range views {
		cosines := Similarities(anchors, view)
		far[i] = graph.Where(same, graph.ConstAs(cosines, Excluded), cosines)
	}
	return graph.Concatenate(far, 1)
}

func TestSupConGolden(t *testing.T) {
	eachCase(t, "loss_supcon", func(c reference) {
		labels := golden.Decode[[]int32](c.t, c.Params, "labels")
		c.check("loss", []string{"features"}, func(in nodes) results {
			features := in["features"] // [N, views, D]
			views := graph.Split(features, 1, features.Shape().Dimensions[1])
			for i := range views {
				views[i] = nn.L2Normalize(graph.Squeeze(views[i], 1))
			}
			var labelNodes *graph.Node
			if len(labels) > 0 {
				labelNodes = graph.Const(features.Graph(), labels)
			}
			temperature := scalar(features, c.number("temperature"))
			inside := c.text("variant") == "solo-learn"
			base, anchors := temperature, views
			if !inside {
				base = scalar(features, c.number("base_temperature"))
				if c.text("contrast_mode") == "one" {
					anchors = views[:1]
				}
			}
			var terms []*graph.Node
			for _, of := range anchors {
				terms = append(terms, SupCon(of, views, labelNodes, otherLabels(of, views, labelNodes), temperature, base, inside))
			}
			loss := mean(terms...)
			if inside { // solo-learn does not divide by the number of an anchor's positives
				loss = graph.Sub(loss, scalar(loss, meanLogPositives(labels, len(views))))
			}
			return results{"loss": loss}
		})
	})
}

// meanLogPositives is the mean over the anchors of all views of the logarithm of the number of their positives.
func meanLogPositives(labels []int32, views int) float64 {
	total := 0.0
	for _, own := range labels {
		same := 0
		for _, other := range labels {
			if own == other {
				same++
			}
		}
		total += math.Log(float64(same*views-1)) / float64(len(labels))
	}
	return total
}
