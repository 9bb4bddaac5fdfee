package figure

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// roundTicks labels round numbers, about as many as given. Large numbers are
// written in thousands or millions, small ones with an exponent.
type roundTicks int

// Ticks implements plot.Ticker.
func (n roundTicks) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return []plot.Tick{{Value: low, Label: short(low)}}
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
	unit, divisor := "", 1.0
	switch largest := max(math.Abs(low), math.Abs(high)); {
	case largest >= 1e9 || largest < 1e-3:
		exponent := int(math.Floor(math.Log10(largest)))
		unit, divisor = "e"+strconv.Itoa(exponent), math.Pow(10, float64(exponent))
	case largest >= 1e6:
		unit, divisor = "M", 1e6
	case largest >= 1e4:
		unit, divisor = "k", 1e3
	}
	decimals := max(0, -int(math.Floor(math.Log10(step/divisor)+1e-9)))
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ {
		value := i * step
		label := strconv.FormatFloat(value/divisor, 'f', decimals, 64) + unit
		if i == 0 {
			label = "0"
		}
		ticks = append(ticks, plot.Tick{Value: value, Label: label})
	}
	return ticks
}

// short writes a number in few digits: 0.25, 3e-4, 1.2e6.
func short(x float64) string {
	text := strconv.FormatFloat(x, 'g', 4, 64)
	text = strings.Replace(text, "e-0", "e-", 1)
	return strings.Replace(strings.Replace(text, "e+0", "e", 1), "e+", "e", 1)
}
