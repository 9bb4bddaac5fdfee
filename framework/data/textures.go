package data

import "math"

// Patterns and how fine they are: together the classes of the data set textures.
var (
	patternKinds = []struct {
		name    string
		texture int // index into TextureNames
	}{{"stripes", 1}, {"checks", 2}, {"dots", 3}}
	finenesses = []struct {
		name   string
		period float64 // as a fraction of the image's width
	}{{"very fine", 0.07}, {"fine", 0.095}, {"coarse", 0.13}, {"very coarse", 0.175}}
)

// periodSpread is how far a period may be from that of its class, as a share:
// those of neighboring classes are 0.3 apart and do not meet.
const periodSpread = 0.1

func textureClasses() (names []string) {
	for _, kind := range patternKinds {
		for _, fine := range finenesses {
			names = append(names, fine.name+" "+kind.name)
		}
	}
	return names
}

func texturesFactory() Factory {
	return generatedFactory("textures",
		"Generated images of stripes, checks and dots, each in four degrees of fineness, which are 12 classes: what tells "+
			"neighboring classes apart is the period alone. Colors and angles are any. Nothing is downloaded.",
		64, textureClasses(), func(params Generated) func(p *painter, label int, dst *Image) {
			return func(p *painter, label int, dst *Image) { p.pattern(label, params.Noise, dst) }
		})
}

// pattern fills the image with the texture of a class in two colors.
func (p *painter) pattern(label int, noise float64, dst *Image) {
	kind, fine := patternKinds[label/len(finenesses)], finenesses[label%len(finenesses)]
	first := p.stream.IntN(len(ColorNames))
	second := (first + 1 + p.stream.IntN(len(ColorNames)-1)) % len(ColorNames)
	light, dark := p.tint(first), p.tint(second)
	period := fine.period * float64(dst.Width) * p.stream.Uniform(1-periodSpread, 1+periodSpread)
	sin, cos := math.Sincos(p.stream.Uniform(0, 2*math.Pi))
	t := texture{kind: kind.texture, ux: float32(cos / period), uy: float32(sin / period), sharp: float32(period),
		zero: float32(p.stream.Float64()), vzero: float32(p.stream.Float64())}
	slope := newSlope(dst.Width, &p.stream)
	p.fill(dst, noise, func(x, y int) [3]float32 { return scaled(mixed(light, dark, t.at(x, y)), slope.at(x, y)) })
}
