package ablate

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/stats"
)

// Design says which corners are run.
type Design struct {
	// Orders are the orders of the factors whose corners are run; nil where all
	// legal corners are, which is every order.
	Orders [][]int
	// Corners are what is run with every seed: both ends first, then by the
	// number of factors that have changed.
	Corners []int
	// AllOrders is how many orders there are, by legal corners.
	AllOrders float64
}

// Full reports whether every legal corner is run.
func (d Design) Full() bool { return d.Orders == nil }

// orderStream tells the numbers that choose orders from all others of a seed.
const orderStream = 0x6f72646572

// Design chooses the corners for that number of seeds within a budget of runs:
// every legal one if they fit, else those of the factors' order, of its reverse,
// and of orders that are drawn by the seed, each with its reverse (Mitchell et
// al., "Sampling Permutations for Shapley Value Estimation", 2022, §3.1), as many
// as fit. Orders that pass through an illegal corner are not among them.
func (a *Ablation) Design(seeds, budget int, seed uint64) (Design, error) {
	legal := a.Legal()
	_, from := stats.CountOrders(legal)
	d := Design{AllOrders: from[0]}
	full := map[int]bool{}
	for corner, ok := range legal {
		if ok {
			full[corner] = true
		}
	}
	if len(full)*seeds <= budget {
		d.Corners = ordered(full)
		return d, nil
	}
	chosen, corners := map[string]bool{}, map[int]bool{}
	take := func(order []int) bool {
		more := map[int]bool{}
		for _, corner := range passed(order) {
			if !legal[corner] {
				return true // no such order
			}
			if !corners[corner] {
				more[corner] = true
			}
		}
		if chosen[fmt.Sprint(order)] {
			return true
		}
		if (len(corners)+len(more))*seeds > budget {
			return false
		}
		chosen[fmt.Sprint(order)] = true
		d.Orders = append(d.Orders, order)
		for corner := range more {
			corners[corner] = true
		}
		return true
	}
	first := make([]int, len(a.Factors))
	for f := range first {
		first[f] = f
	}
	stream := random.New(seed, orderStream)
	fits := take(first) && take(reversed(first))
	for tries := 0; fits && tries < 1000 && float64(len(d.Orders)) < d.AllOrders; tries++ {
		order := draw(stream, from)
		fits = take(order) && take(reversed(order))
	}
	if len(d.Orders) == 0 {
		need := (len(a.Factors) + 1) * seeds
		return d, fmt.Errorf("a budget of %s is too small: one order of %s has %s, which are %s with %s",
			Counted(budget, "run"), Counted(len(a.Factors), "factor"), Counted(len(a.Factors)+1, "corner"),
			Counted(need, "run"), Counted(seeds, "seed"))
	}
	d.Corners = ordered(corners)
	return d, nil
}

// Counted says how many there are of something: "1 run", "2 runs".
func Counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// draw draws an order, each that is legal with the same probability.
func draw(stream *random.Stream, from []float64) []int {
	var order []int
	for corner, last := 0, len(from)-1; corner != last; {
		at := stream.Float64() * from[corner]
		chosen := -1
		for left := uint(last &^ corner); left != 0; left &= left - 1 {
			f := bits.TrailingZeros(left)
			if from[corner|1<<f] == 0 {
				continue
			}
			chosen = f
			if at -= from[corner|1<<f]; at < 0 {
				break
			}
		}
		order = append(order, chosen)
		corner |= 1 << chosen
	}
	return order
}

// passed are the corners that an order passes through.
func passed(order []int) []int {
	corners := []int{0}
	for _, f := range order {
		corners = append(corners, corners[len(corners)-1]|1<<f)
	}
	return corners
}

func reversed(order []int) []int {
	turned := slices.Clone(order)
	slices.Reverse(turned)
	return turned
}

// ordered sorts corners: both ends first, then by how many factors have changed.
func ordered(corners map[int]bool) []int {
	last := 0
	var all []int
	for corner := range corners {
		all = append(all, corner)
		last = max(last, corner)
	}
	rank := func(corner int) int {
		switch corner {
		case 0:
			return -2
		case last:
			return -1
		}
		return bits.OnesCount(uint(corner))
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	return all
}

// Study makes the runs of a design: seed by seed, so that what is cut has whole seeds.
func (a *Ablation) Study(name string, d Design, seeds []uint64) (*experiment.Study, error) {
	study := &experiment.Study{Name: name, Against: experiment.Defaults().Baselines}
	for _, seed := range seeds {
		for _, corner := range d.Corners {
			plan, err := a.Plan(name, corner, seed)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Label(corner), err)
			}
			study.Plans = append(study.Plans, plan)
		}
	}
	return study, nil
}
