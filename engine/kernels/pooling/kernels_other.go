//go:build !amd64

package pooling

func (g *Plan) maxVectors(y, x []float32, pixels []int32) int             { return 0 }
func (g *Plan) maxGradVectors(dx, x, y, dy []float32, pixels []int32) int { return 0 }
