package stats

import (
	"math"
	"slices"
)

// Holm adjusts the p-values of one family of tests so that the chance of any
// false rejection stays below the level, whatever their dependence (Holm, "A
// Simple Sequentially Rejective Multiple Test Procedure", 1979). NaN stands for
// a test that could not be made: it stays NaN and does not count.
func Holm(p []float64) []float64 {
	adjusted := slices.Clone(p)
	var order []int
	for i, value := range p {
		if !math.IsNaN(value) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	largest := 0.0
	for rank, i := range order {
		largest = math.Max(largest, math.Min(1, p[i]*float64(len(order)-rank)))
		adjusted[i] = largest
	}
	return adjusted
}

// Letters returns the compact letter display of n rows in order (Piepho, "An
// Algorithm for a Letter-Based Representation of All-Pairwise Comparisons",
// 2004, insert and absorb): rows that share a letter are not told apart, and
// rows that differ share none. The first row has an "a". Beyond z the letters
// go on with "aa".
func Letters(n int, differ func(i, j int) bool) []string {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	groups := [][]bool{all} // of rows that share a letter
	for i := range n {
		for j := range i {
			if differ(j, i) {
				groups = split(groups, j, i)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b []bool) int { // by their first rows
		for i := range a {
			if a[i] != b[i] {
				if a[i] {
					return -1
				}
				return 1
			}
		}
		return 0
	})
	letters := make([]string, n)
	for g, group := range groups {
		for i, in := range group {
			if in {
				letters[i] += letter(g)
			}
		}
	}
	return letters
}

// split parts every group that holds both rows, and drops groups that others hold.
func split(groups [][]bool, i, j int) [][]bool {
	var parted [][]bool
	for _, group := range groups {
		if !group[i] || !group[j] {
			parted = append(parted, group)
			continue
		}
		for _, without := range []int{i, j} {
			part := slices.Clone(group)
			part[without] = false
			parted = append(parted, part)
		}
	}
	var kept [][]bool
	for k, group := range parted {
		absorbed := false
		for l, other := range parted {
			if k != l && holds(other, group) && (!holds(group, other) || l < k) {
				absorbed = true
			}
		}
		if !absorbed {
			kept = append(kept, group)
		}
	}
	return kept
}

func holds(group, part []bool) bool {
	for i := range part {
		if part[i] && !group[i] {
			return false
		}
	}
	return true
}

func letter(number int) string {
	name := ""
	for ; number >= 0; number = number/26 - 1 {
		name = string(rune('a'+number%26)) + name
	}
	return name
}
