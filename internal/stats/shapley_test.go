package stats

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSharesAreThoseOfBruteForce(t *testing.T) {
	text, err := os.ReadFile("testdata/shapley.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Games []struct {
			Factors, Orders int
			Unknown         []int
			Value, Shares   []float64
			Interactions    []struct {
				I, J  int
				Value float64
			}
		}
	}
	if err := json.Unmarshal(text, &fixture); err != nil {
		t.Fatal(err)
	}
	for _, game := range fixture.Games {
		t.Run(fmt.Sprintf("%d factors without %v", game.Factors, game.Unknown), func(t *testing.T) {
			known := make([]bool, len(game.Value))
			for corner := range known {
				known[corner] = !slices.Contains(game.Unknown, corner)
			}
			orders, err := AllOrders(known)
			if err != nil {
				t.Fatal(err)
			}
			if orders.Count() != float64(game.Orders) {
				t.Errorf("%v orders, want %d", orders.Count(), game.Orders)
			}
			for corner := range game.Value {
				if !known[corner] {
					game.Value[corner] = math.NaN() // never read
				}
			}
			for f, share := range orders.Shares(game.Value) {
				near(t, fmt.Sprintf("share of factor %d", f), share, game.Shares[f], 1e-12)
			}
			for _, pair := range game.Interactions {
				near(t, fmt.Sprintf("interaction of %d and %d", pair.I, pair.J), Interaction(known, game.Value, pair.I, pair.J),
					pair.Value, 1e-12)
			}
		})
	}
}

func every(k int) []bool { return slices.Repeat([]bool{true}, 1<<k) }

// game draws the values of the corners of k factors.
func game(t *rapid.T, k int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-1, 1), 1<<k, 1<<k).Draw(t, "value")
}

func sharesOf(t *rapid.T, k int, value []float64) []float64 {
	orders, err := AllOrders(every(k))
	if err != nil {
		t.Fatal(err)
	}
	return orders.Shares(value)
}

func same(a, b float64) bool { return math.Abs(a-b) <= 1e-12 }

func TestSharesKeepShapleysAxioms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "factors")
		value := game(t, k)
		shares, sum := sharesOf(t, k, value), 0.0
		for _, share := range shares {
			sum += share
		}
		if !same(sum, value[len(value)-1]-value[0]) {
			t.Errorf("efficiency: the shares %v add up to %v, not to %v", shares, sum, value[len(value)-1]-value[0])
		}

		other, both := game(t, k), make([]float64, 1<<k)
		for corner := range both {
			both[corner] = value[corner] + other[corner]
		}
		others := sharesOf(t, k, other)
		for f, share := range sharesOf(t, k, both) {
			if !same(share, shares[f]+others[f]) {
				t.Errorf("additivity: %v, want %v", share, shares[f]+others[f])
			}
		}

		f := rapid.IntRange(0, k-1).Draw(t, "dummy")
		dummy, effect := make([]float64, 1<<k), rapid.Float64Range(-1, 1).Draw(t, "effect")
		for corner := range dummy {
			dummy[corner] = value[corner&^(1<<f)] + effect*float64(corner>>f&1)
		}
		if share := sharesOf(t, k, dummy)[f]; !same(share, effect) {
			t.Errorf("dummy: a factor that adds %v everywhere gets %v", effect, share)
		}

		i := (f + 1) % k
		alike := make([]float64, 1<<k)
		for corner := range alike { // the value knows only how many of f and i have changed
			turned := corner &^ (1<<f | 1<<i)
			switch bits.OnesCount(uint(corner & (1<<f | 1<<i))) {
			case 1:
				turned |= 1 << f
			case 2:
				turned |= 1<<f | 1<<i
			}
			alike[corner] = value[turned]
		}
		if of := sharesOf(t, k, alike); !same(of[f], of[i]) {
			t.Errorf("symmetry: factors that do the same get %v and %v", of[f], of[i])
		}
		if got := Interaction(every(k), dummy, f, i); !same(got, 0) {
			t.Errorf("a factor that adds the same everywhere interacts by %v", got)
		}
	})
}

func TestEverySampleOfOrdersAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "factors")
		value := game(t, k)
		var orders [][]int
		for range rapid.IntRange(1, 4).Draw(t, "orders") {
			first := make([]int, k)
			for f := range first {
				first[f] = f
			}
			orders = append(orders, rapid.Permutation(first).Draw(t, "order"))
		}
		some, err := SomeOrders(k, orders)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for corner := range value {
			if !some.Uses(corner) {
				value[corner] = math.NaN()
			}
		}
		for _, share := range some.Shares(value) {
			sum += share
		}
		if !same(sum, value[len(value)-1]-value[0]) {
			t.Errorf("the shares add up to %v, not to %v", sum, value[len(value)-1]-value[0])
		}
	})
}

func TestOrdersThatCannotBe(t *testing.T) {
	if _, err := AllOrders([]bool{true, false, false, true}); !errors.Is(err, ErrNoOrder) {
		t.Errorf("error %v, want that there is no order", err)
	}
	for _, known := range [][]bool{nil, {true}, {true, true, true}} {
		if _, err := AllOrders(known); err == nil {
			t.Errorf("%d corners are accepted", len(known))
		}
	}
	for _, orders := range [][][]int{nil, {{0}}, {{0, 0}}, {{0, 2}}, {{0, 1, 0}}} {
		if _, err := SomeOrders(2, orders); err == nil {
			t.Errorf("%v are accepted as orders of 2 factors", orders)
		}
	}
	if got := Interaction([]bool{true, false, true, true}, make([]float64, 4), 0, 1); !math.IsNaN(got) {
		t.Errorf("an interaction of an unknown corner is %v", got)
	}
}
