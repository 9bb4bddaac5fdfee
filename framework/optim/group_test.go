package optim

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func TestGroupsByNameAndAxes(t *testing.T) {
	store := model.NewStore()
	for _, test := range []struct {
		path, name string
		dims       []int
		decayed    bool
		listed     bool // among what timm does not decay
	}{
		{"/backbone/blocks/0/mlp/fc1", "weight", []int{4, 8}, true, false},
		{"/backbone/blocks/0/mlp/fc1", "bias", []int{8}, false, false},
		{"/backbone/norm", "scale", []int{8}, false, false},
		{"/backbone", "cls_token", []int{8}, true, true},
		{"/backbone", "pos_embed", []int{4, 8}, true, true},
		{"/decoder", "mask_token", []int{8}, true, false},
		{"/predictor/mask", "token", []int{8}, true, false},
		{"", "temperature", nil, false, false},
	} {
		v := store.Scope(test.path).VariableWithValue(test.name, tensors.FromShape(shapes.Make(dtypes.Float32, test.dims...)))
		if got := !(Config{}).Group(v).NoDecay; got != test.decayed {
			t.Errorf("%s/%s is decayed: %t, want %t", test.path, test.name, got, test.decayed)
		}
		if got := !(Config{DecayAll: true}).Group(v).NoDecay; !got {
			t.Errorf("%s/%s is not decayed where all are", test.path, test.name)
		}
		if got := IsClassOrPosition(v); got != test.listed {
			t.Errorf("%s/%s is a class token or a position: %t, want %t", test.path, test.name, got, test.listed)
		}
	}
}
