package attention

import "math"

// forwardRow computes one query row in float64: output and the log of the partition sum.
func (a *Problem) forwardRow(out []float32, q []float32, k, v Heads, b, h, row int, scores []float64) float32 {
	g := h / a.group()
	maximum := math.Inf(-1)
	for j := range scores {
		scores[j] = a.score(q, k.at(b, g, j), b, h, row, j)
		maximum = max(maximum, scores[j])
	}
	clear(out)
	if math.IsInf(maximum, -1) {
		return float32(maximum)
	}
	var sum float64
	for _, s := range scores {
		sum += math.Exp(s - maximum)
	}
	lse := maximum + math.Log(sum)
	for j, s := range scores {
		weight := float32(math.Exp(s - lse))
		for d, x := range v.at(b, g, j)[:a.Dim] {
			out[d] += weight * x
		}
	}
	return float32(lse)
}

// score is the scaled, biased and masked score of one query and key.
func (a *Problem) score(q, k []float32, b, h, row, col int) float64 {
	if a.hidden(b, h, row, col) {
		return math.Inf(-1)
	}
	var dot float64
	for d, x := range q[:a.Dim] {
		dot += float64(x) * float64(k[d])
	}
	dot *= float64(a.scale())
	for _, bias := range a.Biases {
		dot += float64(bias.Data[bias.Strides.offset(b, h, row)+col*bias.Strides.Key])
	}
	return dot
}

// hidden reports whether a query must not see a key.
func (a *Problem) hidden(b, h, row, col int) bool {
	return a.Causal && col > row ||
		a.KVLengths != nil && col >= int(a.KVLengths[b]) ||
		a.QueryLengths != nil && row >= int(a.QueryLengths[b]) ||
		a.Mask != nil && !a.Mask[a.MaskStrides.offset(b, h, row)+col*a.MaskStrides.Key]
}

func portableForward(a *Problem, out Heads, lse []float32, q, k, v Heads, b, h int) {
	scores := make([]float64, a.KVLen)
	for i := range a.QueryLen {
		lse[i] = a.forwardRow(out.at(b, h, i)[:a.Dim], q.at(b, h, i), k, v, b, h, i, scores)
	}
}

// portableGradient adds the gradients of one query head to dk and dv and sets those of its queries.
func portableGradient(a *Problem, dq, dk, dv, q, k, v, out Heads, lse []float32, dout Heads, b, h int) {
	g := h / a.group()
	for i := range a.QueryLen {
		grad, query, dquery := dout.at(b, h, i)[:a.Dim], q.at(b, h, i)[:a.Dim], dq.at(b, h, i)[:a.Dim]
		clear(dquery)
		if math.IsInf(float64(lse[i]), -1) {
			continue
		}
		var delta float64 // Σ_j p_j dp_j = dout · out
		for d, x := range out.at(b, h, i)[:a.Dim] {
			delta += float64(x) * float64(grad[d])
		}
		for j := range a.KVLen {
			key, value := k.at(b, g, j)[:a.Dim], v.at(b, g, j)[:a.Dim]
			s := a.score(query, key, b, h, i, j)
			if math.IsInf(s, -1) {
				continue
			}
			weight := math.Exp(s - float64(lse[i]))
			var dp float64
			for d, x := range value {
				dp += float64(x) * float64(grad[d])
			}
			ds := float32(weight * (dp - delta) * float64(a.scale()))
			dkey, dvalue := dk.at(b, g, j)[:a.Dim], dv.at(b, g, j)[:a.Dim]
			for d := range key {
				dquery[d] += ds * key[d]
				dkey[d] += ds * query[d]
				dvalue[d] += float32(weight) * grad[d]
			}
		}
	}
}
