package eval

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func otherProtocols() []Named {
	return []Named{factorProtocol(), {
		Name: "label-free",
		Doc:  "effective rank, α-ReQ, LiDAR and alignment: measures that need no labels",
		Detail: "Beside RankMe and uniformity, which every evaluation has: the effective rank of the centered features and " +
			"the decay α of their spectrum on the first " +
			"1024 test samples; LiDAR and alignment on 10 random views (recipe simclr, whatever the method was trained on) of " +
			"each of the first 500. " +
			"The paper of LiDAR takes 50 views of 1000.",
		Source: "Roy and Vetterli 2007 (effective rank); Agrawal et al. 2022, NeurIPS (α-ReQ); Thilak et al. 2024, " +
			"arXiv:2312.04000 (LiDAR); " +
			"Wang and Isola 2020, arXiv:2005.10242 (alignment)",
		run: labelFree,
	}}
}

// The sizes that label-free measures are taken on.
const (
	spectrumSamples = 1024
	viewedSamples   = 500
	viewsEach       = 10
)

func labelFree(ctx context.Context, in *Input) ([]*Result, error) {
	n := min(in.Test.Len(), spectrumSamples)
	if n < 3 {
		return nil, nil
	}
	x := Features{in.Test.Dim, in.Test.Data[:n*in.Test.Dim]}
	result := &Result{Protocol: in.onTest("label-free", map[string]string{"samples": strconv.Itoa(n)})}
	measure := func(metric string, of func() (float64, error)) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		value, err := of()
		result.Values = append(result.Values, Value{metric, value})
		return err
	}
	if err := measure("effective_rank", func() (float64, error) { return EffectiveRank(x) }); err != nil {
		return nil, err
	}
	if err := measure("alpha_req", func() (float64, error) { return AlphaReQ(x) }); err != nil {
		return nil, err
	}
	if in.Views == nil {
		return []*Result{result}, nil
	}
	views, err := in.Views(ctx, viewedSamples, viewsEach)
	if err != nil {
		return nil, err
	}
	result.Protocol.Details["viewed"] = strconv.Itoa(views[0].Len())
	result.Protocol.Details["views"] = strconv.Itoa(len(views))
	if err := measure("lidar", func() (float64, error) { return LiDAR(views) }); err != nil {
		return nil, err
	}
	return []*Result{result}, measure("alignment", func() (float64, error) { return Alignment(views[0], views[1]) })
}

// EffectiveRank is that of Roy and Vetterli, "The effective rank: a measure of
// effective dimensionality" (EUSIPCO 2007), of the features less their mean: the
// exponential of the entropy of the singular values divided by their sum. It
// lies between 1 and min(n-1, D); of features that are all the same it is 0.
func EffectiveRank(x Features) (float64, error) {
	if err := x.check("embedded"); err != nil {
		return 0, fmt.Errorf("effective rank: %w", err)
	}
	values, err := spectrum(centered(float64s(x)))
	if err != nil {
		return 0, fmt.Errorf("effective rank: %w", err)
	}
	for i, value := range values {
		values[i] = math.Sqrt(value)
	}
	return entropyRank(values, 0), nil
}

// entropyRank is the exponential of the entropy of values divided by their sum
// and increased by epsilon; 0 if the sum is 0.
func entropyRank(values []float64, epsilon float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	if sum == 0 {
		return 0
	}
	entropy := 0.0
	for _, value := range values {
		if p := value/sum + epsilon; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}

// AlphaReQ is the exponent α of the power law i^-α that the eigenvalues of the
// features' covariance follow, the largest first (Agrawal et al., "α-ReQ:
// Assessing Representation Quality in Self-Supervised Learning by measuring
// eigenspectrum decay", NeurIPS 2022, §2): the slope of a least-squares line
// through (log i, log λᵢ), with the sign changed, over the eigenvalues above
// 1e-10 of the largest. Features generalize best where it is near 1; it is
// large where few directions have all the variance. Of features with fewer
// than two such eigenvalues it is 0.
func AlphaReQ(x Features) (float64, error) {
	if err := x.check("embedded"); err != nil {
		return 0, fmt.Errorf("α-ReQ: %w", err)
	}
	values, err := spectrum(centered(float64s(x)))
	if err != nil {
		return 0, fmt.Errorf("α-ReQ: %w", err)
	}
	largest := values[len(values)-1]
	var ranks, logs []float64
	for i := range values {
		if value := values[len(values)-1-i]; value > 1e-10*largest {
			ranks = append(ranks, math.Log(float64(i+1)))
			logs = append(logs, math.Log(value))
		}
	}
	if len(ranks) < 2 {
		return 0, nil
	}
	_, slope := stat.LinearRegression(ranks, logs, nil, false)
	return -slope, nil
}

// LiDAR is the effective rank of the linear discriminant between samples
// (Thilak et al., "LiDAR: Sensing Linear Probing Performance in Joint Embedding
// SSL Architectures", 2024, arXiv:2312.04000, §3): with the views of a sample
// for a class, the exponential of the entropy of the eigenvalues of
// Σw^-½·Σb·Σw^-½, each divided by their sum and increased by 1e-7. Σb is the
// covariance of the samples' means (divisor n-1), Σw that of the views around
// them (divisor n·(q-1)) plus 1e-4 on the diagonal. It lies between 1 and D.
//
// views holds q matrices [n, D], q and n at least 2: view j of sample i is row i of views[j].
func LiDAR(views []Features) (float64, error) {
	if len(views) < 2 {
		return 0, fmt.Errorf("LiDAR: %d views of each sample, want at least 2", len(views))
	}
	n, dim := views[0].Len(), views[0].Dim
	for j, view := range views {
		if err := view.check(fmt.Sprintf("view %d:", j)); err != nil {
			return 0, fmt.Errorf("LiDAR: %w", err)
		}
		if view.Len() != n || view.Dim != dim || n < 2 {
			return 0, fmt.Errorf("LiDAR: view %d has %d samples of width %d, view 0 %d of %d; want the same, and at least 2 "+
				"samples",
				j, view.Len(), view.Dim, n, dim)
		}
	}
	means := mat.NewDense(n, dim, nil)
	for _, view := range views {
		means.Add(means, float64s(view))
	}
	means.Scale(1/float64(len(views)), means)
	within := mat.NewSymDense(dim, nil)
	for _, view := range views {
		apart := float64s(view)
		apart.Sub(apart, means)
		var outer mat.SymDense
		outer.SymOuterK(1/float64(n*(len(views)-1)), apart.T())
		within.AddSym(within, &outer)
	}
	for j := range dim {
		within.SetSym(j, j, within.At(j, j)+1e-4)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(within) {
		return 0, fmt.Errorf("LiDAR: the covariance of the views is too large for its size to be told from rounding")
	}
	// The eigenvalues are those of L⁻¹·Σb·L⁻ᵀ, with L the Cholesky factor of Σw.
	var lower mat.TriDense
	cholesky.LTo(&lower)
	var whitened mat.Dense // [D, n]
	if err := whitened.Solve(&lower, centered(means).T()); err != nil {
		return 0, fmt.Errorf("LiDAR: %w", err)
	}
	values, err := spectrum(&whitened)
	if err != nil {
		return 0, fmt.Errorf("LiDAR: %w", err)
	}
	return entropyRank(append(values, make([]float64, dim-len(values))...), 1e-7), nil
}
