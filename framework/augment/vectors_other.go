//go:build !amd64

package augment

func unpackVectors([]float32, []uint8) int { return 0 }

func combineVectors([]float32, [][]float32, []float32) int { return 0 }

func columnsVectors(_, _ []float32, _ *axis) int { return 0 }

func affineVectors([]float32, float32, float32, int32, int32) int { return 0 }

func solarizeVectors([]float32, float32) int { return 0 }

func normalizeVectors(_, _ []float32, _, _ [3]float32) int { return 0 }

func saturateVectors([]float32, float32, float32, float32, float32, int32, int32) int { return 0 }

func hueVectors([]float32, float32) int { return 0 }
