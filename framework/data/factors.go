package data

import "math"

// Factored is implemented by datasets that know more of a sample than its
// label: what it was made from, or attributes that a table gives. Probes
// measure which of them the features of a network tell. Reach it by [FactorsOf].
type Factored interface {
	// Factors are the factors of variation; the same at each call.
	Factors() []FactorInfo
	// Factor is the value of a factor, an index into Factors, for sample i: an
	// index into its Values if it is discrete, else a number. NaN is an unknown
	// value, or one that the image does not show.
	Factor(i, factor int) float64
}

// FactorInfo describes a factor of variation.
type FactorInfo struct {
	Name   string
	Values []string // the names of the values of a discrete factor; nil for a continuous one
	Unit   string   // of a continuous factor; "" for none
}

// Discrete reports whether the factor has a list of values.
func (f FactorInfo) Discrete() bool { return f.Values != nil }

// FactorsOf returns the factors of a dataset, whatever it is made from, with
// the indices of that dataset; false if it knows none.
func FactorsOf(dataset Dataset) (Factored, bool) {
	found, origin, ok := Find[Factored](dataset)
	if !ok || len(found.Factors()) == 0 {
		return nil, false
	}
	return factored{found, origin}, true
}

type factored struct {
	Factored
	origin func(int) int
}

func (f factored) Factor(i, factor int) float64 { return f.Factored.Factor(f.origin(i), factor) }

// shapeFactor is one of the factors of the dataset shapes, and where it is in ShapeFactors.
type shapeFactor struct {
	FactorInfo
	of func(ShapeFactors) float64
}

// sameAtEveryRotation are the shapes, indices into ShapeNames, whose rotation no image shows.
var sameAtEveryRotation = map[string]bool{"circle": true, "ring": true}

// shapeFactors lists the factors of images with so many colors and textures.
func shapeFactors(colors, textures int) []shapeFactor {
	return []shapeFactor{
		{FactorInfo{Name: "shape", Values: ShapeNames}, func(f ShapeFactors) float64 { return float64(f.Shape) }},
		{FactorInfo{Name: "color", Values: ColorNames[:colors]}, func(f ShapeFactors) float64 { return float64(f.Color) }},
		{FactorInfo{Name: "background", Values: ColorNames[:colors]}, func(f ShapeFactors) float64 {
			return float64(f.Background)
		}},
		{FactorInfo{Name: "texture", Values: TextureNames[:textures]}, func(f ShapeFactors) float64 {
			return float64(f.Texture)
		}},
		{FactorInfo{Name: "size", Unit: "widths of the image"}, func(f ShapeFactors) float64 { return f.Radius }},
		{FactorInfo{Name: "rotation", Unit: "radians"}, func(f ShapeFactors) float64 {
			if sameAtEveryRotation[ShapeNames[f.Shape]] {
				return math.NaN()
			}
			return f.Rotation
		}},
		{FactorInfo{Name: "position_x", Unit: "widths of the image"}, func(f ShapeFactors) float64 { return f.X }},
		{FactorInfo{Name: "position_y", Unit: "widths of the image"}, func(f ShapeFactors) float64 { return f.Y }},
	}
}

// Factors lists what image i is made from: shape, color, background and texture
// with their names; size (the radius of the circle around the shape), rotation
// (unknown for circles and rings) and position as numbers.
func (s *Shapes) Factors() []FactorInfo {
	out := make([]FactorInfo, len(s.factors))
	for i, factor := range s.factors {
		out[i] = factor.FactorInfo
	}
	return out
}

// Factor is the value of a factor of image i; see [Factored].
func (s *Shapes) Factor(i, factor int) float64 { return s.factors[factor].of(s.Drawn(i)) }
