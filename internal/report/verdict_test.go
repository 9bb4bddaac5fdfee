package report

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/compare"
)

func TestHeadingsTellProtocolsApart(t *testing.T) {
	of := func(kind, protocol string) Comparison {
		pairs := []compare.Pair{{Table: compare.Table{Kind: kind}}}
		return Comparison{Protocol: protocol, Metric: "top1", Dataset: "shapes", Pairs: pairs}
	}
	all := []Comparison{
		of("knn", "knn k=20 distance=cosine train→test last"), of("knn", "knn k=200 distance=cosine train→test last"),
		of("factor", "factor factor=shape train→test last"), of("factor", "factor factor=color train→test last"),
		of("linear", "linear train→test last"), {Protocol: "knn"},
	}
	for i, want := range []string{"knn k=20 ", "knn k=200 ", "factor shape ", "factor color ", "linear ", ""} {
		if got := all[i].kind(all); got != want {
			t.Errorf("%s: %q, want %q", all[i].Protocol, got, want)
		}
	}
}
