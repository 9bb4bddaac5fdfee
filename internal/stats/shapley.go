package stats

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// MostFactors is how many factors a difference is shared out among at most.
const MostFactors = 16

// ErrNoOrder says that no order of the factors leads from the first corner to
// the last one through corners that are known.
var ErrNoOrder = errors.New("no order of the factors passes through known corners only")

// Orders are orders in which the factors of a difference change, one after the
// other, from the first level to the second. A corner is a set of factors that
// have changed: bit f of its number is set if factor f has. Corner 0 is where
// the orders begin; they end where all bits are set.
type Orders struct {
	factors int
	steps   [][]step // by factor
	count   float64
}

// step is a change of one factor at a corner, with the share of the orders that make it there.
type step struct {
	before uint32
	weight float64
}

// AllOrders are all orders of k factors that pass through known corners only;
// known has a value for each of the 2^k corners. Where all are known they give
// Shapley's value (Shapley, "A Value for n-Person Games", 1953). With corners
// left out they give the value under restricted orders (Faigle and Kern, "The
// Shapley Value for Cooperative Games under Precedence Constraints", 1992). The
// error is [ErrNoOrder] if there is none.
func AllOrders(known []bool) (*Orders, error) {
	k := bits.Len(uint(len(known))) - 1
	if len(known) == 0 || len(known) != 1<<k || k < 1 || k > MostFactors {
		return nil, fmt.Errorf("%d corners: expected a power of two, of 1 to %d factors", len(known), MostFactors)
	}
	to, from := CountOrders(known)
	total := from[0]
	if total == 0 {
		return nil, ErrNoOrder
	}
	o := &Orders{factors: k, steps: make([][]step, k), count: total}
	for corner := range known {
		for f := range k {
			if after := corner | 1<<f; after != corner && to[corner] > 0 && from[after] > 0 {
				o.steps[f] = append(o.steps[f], step{uint32(corner), to[corner] * from[after] / total})
			}
		}
	}
	return o, nil
}

// CountOrders counts, for every corner, the orders through known corners that
// lead to it, and those that lead from it to the last one: 0 for corners that
// are not known.
func CountOrders(known []bool) (to, from []float64) {
	last := len(known) - 1
	to, from = make([]float64, len(known)), make([]float64, len(known))
	for corner := range known {
		if !known[corner] {
			continue
		}
		if corner == 0 {
			to[corner] = 1
		}
		for left := uint(corner); left != 0; left &= left - 1 {
			to[corner] += to[corner&^(1<<bits.TrailingZeros(left))]
		}
	}
	for corner := last; corner >= 0; corner-- {
		if !known[corner] {
			continue
		}
		if corner == last {
			from[corner] = 1
		}
		for left := uint(last &^ corner); left != 0; left &= left - 1 {
			from[corner] += from[corner|1<<bits.TrailingZeros(left)]
		}
	}
	return to, from
}

// SomeOrders are the orders given, each a permutation of 0 to k-1, all with the
// same weight: the estimate of Shapley's value by sampled permutations (Castro,
// Gómez and Tejada, "Polynomial Calculation of the Shapley Value Based on
// Sampling", 2009).
func SomeOrders(k int, orders [][]int) (*Orders, error) {
	if k < 1 || k > MostFactors {
		return nil, fmt.Errorf("orders of %d factors: expected 1 to %d", k, MostFactors)
	}
	if len(orders) == 0 {
		return nil, ErrNoOrder
	}
	shares := make([]map[uint32]float64, k)
	for f := range shares {
		shares[f] = map[uint32]float64{}
	}
	for _, order := range orders {
		corner := uint32(0)
		for _, f := range order {
			if f < 0 || f >= k || corner>>f&1 == 1 {
				return nil, fmt.Errorf("%v is no order of %d factors", order, k)
			}
			shares[f][corner] += 1 / float64(len(orders))
			corner |= 1 << f
		}
		if len(order) != k {
			return nil, fmt.Errorf("%v is no order of %d factors", order, k)
		}
	}
	o := &Orders{factors: k, steps: make([][]step, k), count: float64(len(orders))}
	for f, of := range shares {
		for corner := range uint32(1) << k {
			if weight, found := of[corner]; found {
				o.steps[f] = append(o.steps[f], step{corner, weight})
			}
		}
	}
	return o, nil
}

// Count is the number of orders.
func (o *Orders) Count() float64 { return o.count }

// Uses reports whether an order passes through the corner.
func (o *Orders) Uses(corner int) bool {
	for f, steps := range o.steps {
		for _, s := range steps {
			if int(s.before) == corner || int(s.before)|1<<f == corner {
				return true
			}
		}
	}
	return false
}

// Shares shares out value[last] - value[0] among the factors: each gets what
// its change adds, averaged over the orders. The shares add up to the
// difference. Values are by corner; those that no order passes through don't count.
func (o *Orders) Shares(value []float64) []float64 {
	shares := make([]float64, o.factors)
	for f, steps := range o.steps {
		for _, s := range steps {
			shares[f] += s.weight * (value[int(s.before)|1<<f] - value[s.before])
		}
	}
	return shares
}

// Interaction is by how much factors i and j together change the value more
// than each by itself, averaged over the levels of the others with the weights
// of the Shapley interaction index (Grabisch and Roubens, "An Axiomatic Approach
// to the Concept of Interaction among Players in Cooperative Games", 1999, eq.
// 5). Where corners are not known, the weights of those that are left are made
// to add up to 1; NaN if none is left.
func Interaction(known []bool, value []float64, i, j int) float64 {
	k := bits.Len(uint(len(known))) - 1
	both := 1<<i | 1<<j
	sum, total := 0.0, 0.0
	for corner := range known {
		if corner&both != 0 || !known[corner] || !known[corner|1<<i] || !known[corner|1<<j] || !known[corner|both] {
			continue
		}
		weight := 1 / (float64(k-1) * binomial(k-2, bits.OnesCount(uint(corner))))
		total += weight
		sum += weight * (value[corner|both] - value[corner|1<<i] - value[corner|1<<j] + value[corner])
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

func binomial(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}
