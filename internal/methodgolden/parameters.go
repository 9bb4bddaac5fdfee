package methodgolden

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// orders are the places of the parameters in the fill.
func orders(t *testing.T, c *golden.Case) map[string]uint64 {
	t.Helper()
	orders := map[string]uint64{}
	for _, p := range c.Filled(t, "parameters") {
		orders[p.Name] = p.Order
	}
	return orders
}

// setParameters starts the encoder from the reference's parameters, and the momentum encoder from copies of them.
func (tr Training) setParameters(t *testing.T, c *golden.Case, store *model.Store, seed uint64) {
	t.Helper()
	values := map[string]golden.Tensor{}
	for _, p := range c.Filled(t, "parameters") {
		values[p.Name] = tr.parameterLayout(p.Name, p.Tensor(seed))
		if !slices.Contains(tr.Ignore, p.Name) {
			tr.set(t, store, tr.path(t, p.Name), values[p.Name])
		}
	}
	for _, copied := range golden.Decode[[]struct {
		Name   string `json:"name"`
		CopyOf string `json:"copy_of"`
	}](t, c.Params, "ema_parameters") {
		tr.set(t, store, tr.path(t, copied.Name), values[copied.CopyOf])
	}
}

// path is where the variable of a reference's name lies.
func (tr Training) path(t *testing.T, name string) string {
	t.Helper()
	best, found := "", false
	for prefix := range tr.Rename {
		if strings.HasPrefix(name, prefix) && len(prefix) >= len(best) {
			best, found = prefix, true
		}
	}
	if !found {
		t.Fatalf("no path for the reference's parameter %q", name)
	}
	return "/" + tr.Rename[best] + strings.ReplaceAll(name[len(best):], ".", "/")
}

func (tr Training) set(t *testing.T, store *model.Store, path string, value golden.Tensor) {
	t.Helper()
	if _, err := store.CreateVariable(
		path, tensors.FromFlatDataAndDimensions(value.Float32(), value.Shape...),
	); err != nil {
		t.Fatal(err)
	}
}

func tensorOf(t testing.TB, store *model.Store, path string) golden.Tensor {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("there is no variable %s", path)
	}
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	out := golden.Tensor{Shape: v.Shape().Dimensions}
	if value.DType() == dtypes.Int32 {
		for _, x := range tensors.MustCopyFlatData[int32](value) {
			out.Data = append(out.Data, float64(x))
		}
		return out
	}
	for _, x := range tensors.MustCopyFlatData[float32](value) {
		out.Data = append(out.Data, float64(x))
	}
	return out
}

// parameterLayout turns OIHW into HWIO, (out, in) into (in, out), and the scales (out, 1) of weight norm into (out).
// Tokens (1, 1, width) and tables of positions (1, L, width) lose their first axes of 1.
func (tr Training) parameterLayout(name string, x golden.Tensor) golden.Tensor {
	for len(x.Shape) > 1 && x.Shape[0] == 1 && (len(x.Shape) == 3 || strings.HasSuffix(name, "token")) {
		x.Shape = x.Shape[1:]
	}
	switch {
	case slices.Contains(tr.Plain, name):
	case strings.HasSuffix(name, "weight_g"):
		x.Shape = x.Shape[:1]
	case len(x.Shape) == 4:
		return x.Permute(2, 3, 1, 0)
	case len(x.Shape) == 2:
		return x.Permute(1, 0)
	}
	return x
}

// referenceLayout undoes parameterLayout.
func (tr Training) referenceLayout(name string, x golden.Tensor) golden.Tensor {
	switch {
	case slices.Contains(tr.Plain, name):
	case len(x.Shape) == 4:
		return x.Permute(3, 2, 0, 1)
	case len(x.Shape) == 2:
		return x.Permute(1, 0)
	}
	return x
}
