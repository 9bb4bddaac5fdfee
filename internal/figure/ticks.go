package figure

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// roundTicks labels round numbers, about as many as given.
type roundTicks int

// Ticks implements plot.Ticker.
func (n roundTicks) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 4, 64)}}
	}
	rough := (high - low) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, nice := range []float64{1, 2, 5} {
		if nice*power >= rough {
			step = nice * power
			break
		}
	}
	decimals, unit, divisor := max(0, -int(math.Floor(math.Log10(step)+1e-9))), "", 1.0
	if largest := max(math.Abs(low), math.Abs(high)); largest >= 1e6 {
		unit, divisor, decimals = "M", 1e6, max(0, 6-int(math.Log10(step)))
	} else if largest >= 1e4 {
		unit, divisor, decimals = "k", 1e3, max(0, 3-int(math.Log10(step)))
	}
	var ticks []plot.Tick
	for i := math.Ceil(low / step); i*step <= high+step*1e-9; i++ {
		value := i * step
		label := strconv.FormatFloat(value/divisor, 'f', decimals, 64) + unit
		if i == 0 {
			label = "0"
		}
		ticks = append(ticks, plot.Tick{Value: value, Label: label})
	}
	return ticks
}
