package pooling

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out pooling_amd64.s -stubs stubs_amd64.go -pkg pooling

// vectors returns how many whole vectors n channels have and how many channels these are.
func (g *Plan) vectors(n int) (vectors, channels int) {
	switch g.level {
	case cpu.AVX512:
		return n / 16, n / 16 * 16
	case cpu.AVX2:
		return n / 8, n / 8 * 8
	}
	return 0, 0
}

func (g *Plan) maxVectors(y, x []float32, pixels []int32) int {
	n, done := g.vectors(len(y))
	switch {
	case n == 0:
	case g.level == cpu.AVX512:
		maxWindowAVX512(&y[0], &x[0], &pixels[0], len(pixels), n)
	default:
		maxWindowAVX2(&y[0], &x[0], &pixels[0], len(pixels), n)
	}
	return done
}

func (g *Plan) maxGradVectors(dx, x, y, dy []float32, pixels []int32) int {
	n, done := g.vectors(len(y))
	switch {
	case n == 0:
	case g.level == cpu.AVX512:
		maxGradWindowAVX512(&dx[0], &x[0], &y[0], &dy[0], &pixels[0], len(pixels), n)
	default:
		maxGradWindowAVX2(&dx[0], &x[0], &y[0], &dy[0], &pixels[0], len(pixels), n)
	}
	return done
}
