// Package weights gives kontrast's backbones the weights of other programs:
// tensorfile reads their files, layouts finds the network in one and names its
// parts, and Fit, here, gives each variable of a backbone its value.
package weights

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
	"github.com/kontrast-ml/kontrast/internal/weights/torchlayout"
)

// Fitted are the values of all variables of a backbone, and what of a file they are.
type Fitted struct {
	Values map[string]*tensors.Tensor // by the path of the variable
	// Taken counts the tensors of the file that are used.
	Taken int
	// LeftOut are the tensors of the network that the backbone has no place for,
	// such as the classifier's.
	LeftOut []string
	// Positions says how position embeddings were resized; empty for not at all.
	Positions string
}

// ErrMisfit says that weights are not those of a backbone.
var ErrMisfit = errors.New("does not fit")

// Fit gives the variables of a backbone, of those dimensions by path, the values
// of a network. Position embeddings of another number of patches are resized.
// It is an error if a variable finds no value or one of another shape; the error
// wraps [ErrMisfit] and lists all such variables.
func Fit(network *layouts.Network, arrays map[string]layouts.Array, variables map[string][]int) (*Fitted, error) {
	plan, used := map[string]layouts.Array{}, map[string]bool{}
	fitted := &Fitted{Values: map[string]*tensors.Tensor{}}
	var missing, misshapen []string
	for _, path := range sorted(variables) {
		name, want := torchlayout.Form(path, variables[path])
		array, has := arrays[name]
		if !has {
			missing = append(missing, name)
			continue
		}
		used[name] = true
		array, resized, ok := fit(array, name, want, variables)
		if !ok {
			misshapen = append(misshapen, fmt.Sprintf("%s is %v, expected %v", strings.Join(array.From, "+"), array.Shape, want))
			continue
		}
		fitted.Positions = cmp.Or(fitted.Positions, resized)
		fitted.Taken += len(array.From)
		plan[path] = array
	}
	for name, array := range arrays {
		if !used[name] {
			fitted.LeftOut = append(fitted.LeftOut, array.From...)
		}
	}
	slices.Sort(fitted.LeftOut)
	if len(missing)+len(misshapen) > 0 {
		return nil, misfit(network, missing, misshapen, fitted.LeftOut)
	}
	for path, array := range plan {
		values, err := array.Read()
		if err != nil {
			return nil, err
		}
		if want := array.Len(); len(values) != want {
			return nil, fmt.Errorf("tensor %s has %d values, expected %d", strings.Join(array.From, "+"), len(values), want)
		}
		fitted.Values[path] = torchlayout.Restore(path, variables[path], values)
	}
	return fitted, nil
}

func sorted(variables map[string][]int) []string {
	var paths []string
	for path := range variables {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// misfit says what is wrong with a network for a backbone.
func misfit(network *layouts.Network, missing, misshapen, unused []string) error {
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, fmt.Sprintf("%d missing: %s", len(missing), some(missing)))
	}
	if len(misshapen) > 0 {
		parts = append(parts, fmt.Sprintf("%d of another shape: %s", len(misshapen), some(misshapen)))
	}
	if len(unused) > 0 {
		parts = append(parts, "without a place are "+some(unused))
	}
	return fmt.Errorf("%s %w the backbone: %s", network.Title(), ErrMisfit, strings.Join(parts, "; "))
}

const shown = 8

// some are the first of a list.
func some(names []string) string {
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// classTokens is how many tokens of a vision transformer are no patches.
func classTokens(variables map[string][]int) int {
	if _, has := variables["cls_token"]; has {
		return 1
	}
	return 0
}

// fit makes an array one of the shape that is wanted, if it is the same but for
// axes of length one, as class tokens have them, or a table of positions.
func fit(
	array layouts.Array, name string, want []int, variables map[string][]int,
) (_ layouts.Array, resized string, ok bool) {
	if slices.Equal(array.Shape, want) {
		return array, "", true
	}
	if slices.Equal(long(array.Shape), long(want)) {
		array.Shape = want
		return array, "", true
	}
	if name != "pos_embed" && name != "attnpool.positional_embedding" {
		return array, "", false
	}
	class := classTokens(variables)
	if name != "pos_embed" {
		class = 1 // the mean of the patches
	}
	_, registers := variables["register_tokens"]
	return resizePositions(array, want, class, registers)
}

// long are the axes of more than one.
func long(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
}
