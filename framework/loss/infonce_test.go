package loss

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// infoNCEOver are the logits of MoCo's queries for keys that get no gradient and a queue of unit vectors.
func infoNCEOver(queries, keys, queue, temperature *graph.Node) (anchors, positives, negatives, _ *graph.Node) {
	q := nn.L2Normalize(queries)
	return q, graph.StopGradient(nn.L2Normalize(keys)), Similarities(q, graph.StopGradient(queue)), temperature
}

func TestInfoNCEGolden(t *testing.T) {
	eachCase(t, "loss_moco_infonce", func(c reference) {
		queue := c.Input(c.t, "queue_initial").Permute(1, 0) // the reference keeps keys in columns
		if labels := c.Output(c.t, "labels_step0").Ints(); slices.Max(labels) != 0 {
			c.t.Errorf("the reference has its positives in columns %v, ours are in column 0", labels)
		}
		pointer := golden.Tensor{DType: "int64", Data: []float64{0}}
		for i := range c.steps() {
			q, k := step("q", i), step("k", i)
			out := c.checkWith(step("loss", i), map[string]golden.Tensor{
				q: c.Input(c.t, q), k: c.Input(c.t, k), "queue": queue, "pointer": pointer,
			}, func(in nodes) results {
				temperature := scalar(in[q], c.number("temperature"))
				after, next := EnqueueFIFO(in["queue"], nn.L2Normalize(in[k]), in["pointer"])
				return results{
					step("loss", i):      InfoNCE(infoNCEOver(in[q], in[k], in["queue"], temperature)),
					step("logits", i):    InfoNCELogits(infoNCEOver(in[q], in[k], in["queue"], temperature)),
					step("ptr_after", i): next,
					"queue":              after,
				}
			})
			after := c.Output(c.t, step("queue_after", i)).Permute(1, 0)
			golden.Near(c.t, "queue", out["queue"], after, lossTolerance)
			queue, pointer.Data = after, c.Output(c.t, step("ptr_after", i)).Data
		}
	})
}

// The reference drops what reaches beyond the end of its bank and goes on at 0.
// MoCo's own code refuses a queue that is not a multiple of the batch, and so
// does EnqueueFIFO. The case of 10 keys and batches of 4 thus compares losses
// alone: its bank_after and ptr_after are only what the next step starts from.
func TestInfoNCEWithBankGolden(t *testing.T) {
	eachCase(t, "loss_ntxent_memory_bank", func(c reference) {
		bank := c.Input(c.t, "bank_initial")
		pointer := golden.Tensor{DType: "int64", Data: []float64{0}}
		for i := range c.steps() {
			q, k := step("out0", i), step("out1", i)
			c.checkWith(step("loss", i), map[string]golden.Tensor{
				q: c.Input(c.t, q), k: c.Input(c.t, k), "bank": bank, "pointer": pointer,
			}, func(in nodes) results {
				out := results{
					step("loss", i): InfoNCE(infoNCEOver(in[q], in[k], in["bank"], scalar(in[q], c.number("temperature")))),
				}
				enqueue := EnqueueCut
				if bank.Shape[0]%rows(in[k]) == 0 {
					enqueue = EnqueueFIFO
				}
				out[step("bank_after", i)], out[step("ptr_after", i)] = enqueue(in["bank"], nn.L2Normalize(in[k]), in["pointer"])
				return out
			})
			bank, pointer.Data = c.Output(c.t, step("bank_after", i)), c.Output(c.t, step("ptr_after", i)).Data
		}
	})
}

// others are the cosines of each anchor with the keys of the other samples, [N, N].
func others(anchors, keys *graph.Node) *graph.Node {
	return withoutDiagonal(Similarities(anchors, keys), Excluded)
}

// mocoV3 is one direction of MoCo v3's loss: 2T times InfoNCE over the batch's keys.
func mocoV3(queries, keys, temperature *graph.Node) *graph.Node {
	q, k := nn.L2Normalize(queries), graph.StopGradient(nn.L2Normalize(keys))
	return graph.Mul(InfoNCE(q, k, others(q, k), temperature), graph.MulScalar(temperature, 2))
}

func TestInfoNCEOfMoCoV3Golden(t *testing.T) {
	eachCase(t, "loss_mocov3", func(c reference) {
		c.check("loss", []string{"q1", "q2", "k1", "k2"}, func(in nodes) results {
			temperature := scalar(in["q1"], c.number("temperature"))
			first, second := mocoV3(in["q1"], in["k2"], temperature), mocoV3(in["q2"], in["k1"], temperature)
			return results{"loss": sum(first, second), "term_q1k2": first, "term_q2k1": second}
		})
	})
}

// nnclr is one direction of NNCLR's loss: InfoNCE from the neighbors to the predictions.
func nnclr(neighbors, predictions, temperature *graph.Node) *graph.Node {
	from, to := graph.StopGradient(nn.L2Normalize(neighbors)), nn.L2Normalize(predictions)
	return InfoNCE(from, to, others(from, to), temperature)
}

func TestInfoNCEOfNNCLRGolden(t *testing.T) {
	eachCase(t, "loss_nnclr", func(c reference) {
		c.check("loss", []string{"z1", "z2", "p1", "p2", "queue"}, func(in nodes) results {
			temperature := scalar(in["z1"], c.number("temperature"))
			nn1, index1 := Neighbors(in["z1"], in["queue"])
			nn2, index2 := Neighbors(in["z2"], in["queue"])
			return results{
				"loss":      mean(nnclr(nn1, in["p2"], temperature), nnclr(nn2, in["p1"], temperature)),
				"nn_index1": index1, "nn_index2": index2,
			}
		})
	})
}
