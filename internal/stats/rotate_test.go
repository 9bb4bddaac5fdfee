package stats

import (
	"github.com/kontrast-ml/kontrast/framework/random"
	"gonum.org/v1/gonum/mat"
)

// rotate turns all vectors by one random rotation and scales them.
func rotate(e Embeddings, seed uint64, scale float64) Embeddings {
	stream := random.New(seed)
	draws := make([]float64, e.d*e.d)
	for i := range draws {
		draws[i] = stream.Normal()
	}
	var qr mat.QR
	qr.Factorize(mat.NewDense(e.d, e.d, draws))
	var q, turned mat.Dense
	qr.QTo(&q)
	turned.Mul(e.x, &q)
	turned.Scale(scale, &turned)
	return Embeddings{e.n, e.d, &turned}
}

func transpose(e Embeddings) *mat.Dense { return mat.DenseCopyOf(e.x.T()) }
