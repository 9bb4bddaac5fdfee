package weights

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
	"github.com/kontrast-ml/kontrast/internal/weights/weightstest"
)

// images are the two that the features are of: sin(0.37 i + (0.001 i² mod 7)),
// i counting through [2, 3, size, size].
func images(size int) *tensors.Tensor {
	out := make([]float32, 2*size*size*3)
	for i := range out {
		x := float64(i)
		channel, pixel := i/(size*size), i%(size*size)
		image := channel / 3
		out[(image*size*size+pixel)*3+channel%3] = float32(math.Sin(math.Mod(x*0.37+0.001*x*x, 7)))
	}
	return tensors.FromFlatDataAndDimensions(out, 2, size, size, 3)
}

func TestFeaturesAreThoseOfTheProgramThatWroteTheFile(t *testing.T) {
	folder, all := weightstest.Unpack(t)
	factories := map[string]backbones.Factory{}
	for _, f := range backbones.Builtin() {
		factories[f.Name] = f
	}
	for _, c := range all {
		t.Run(strings.Trim(c.File+" "+c.Encoder, " "), func(t *testing.T) {
			source, err := Open(filepath.Join(folder, c.File), "", c.Encoder)
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			if n := source.Network; n.Layout != c.Layout || n.Role != c.Role || n.Method != c.Method {
				t.Errorf("found %s %q by %q, want %s %q by %q", n.Layout, n.Role, n.Method, c.Layout, c.Role, c.Method)
			}
			is, err := source.Backbone()
			if err != nil {
				t.Fatal(err)
			}
			if is.Name != c.Backbone {
				t.Errorf("the backbone is %s, want %s", is, c.Backbone)
			}
			factory := factories[is.Name]
			params := factory.Defaults()
			maps.Copy(is.Params, c.Params)
			text, err := json.Marshal(is.Params)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := config.Parse("parameters", text)
			if err != nil {
				t.Fatal(err)
			}
			if err := config.Decode(doc.Root(), params); err != nil {
				t.Fatal(err)
			}
			backbone, err := factory.New(params, c.Size, 3)
			if err != nil {
				t.Fatal(err)
			}
			backend := testbackend.New(t)
			variables, err := Variables(backend, backbone, c.Size)
			if err != nil {
				t.Fatal(err)
			}
			fitted, err := source.Fit(variables)
			if err != nil {
				t.Fatal(err)
			}
			store := model.NewStore()
			for path, value := range fitted.Values {
				if _, err := store.CreateVariable("/"+path, value); err != nil {
					t.Fatal(err)
				}
			}
			result := model.MustCallOnce(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
				return backbone.Embed(root, x)
			}, images(c.Size))
			got := tensors.MustCopyFlatData[float32](result)
			scale := 0.0
			for _, row := range c.Features {
				for _, want := range row {
					scale = math.Max(scale, math.Abs(want))
				}
			}
			at := 0
			for i, row := range c.Features {
				for j, want := range row {
					if math.Abs(float64(got[at])-want) > 1e-4*scale {
						t.Fatalf("feature %d of image %d is %g, want %g", j, i, got[at], want)
					}
					at++
				}
			}
			if at != len(got) {
				t.Errorf("%d features, want %d", len(got), at)
			}
		})
	}
}

// Each layout that the help lists has a checkpoint among those whose features are compared.
func TestEveryLayoutHasACheckpoint(t *testing.T) {
	_, all := weightstest.Unpack(t)
	for _, layout := range layouts.Layouts {
		if !slices.ContainsFunc(all, func(c weightstest.Checkpoint) bool { return c.Layout == layout.Name }) {
			t.Errorf("no checkpoint is of the layout %s", layout.Name)
		}
	}
}

func TestWholeModulesAreRefusedWithAdvice(t *testing.T) {
	folder, _ := weightstest.Unpack(t)
	for _, name := range []string{"module.pth", "module_legacy.pth"} {
		_, err := Open(filepath.Join(folder, name), "", "")
		if !errors.Is(err, tensorfile.ErrUnreadable) || !strings.Contains(err.Error(), "state_dict()") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
