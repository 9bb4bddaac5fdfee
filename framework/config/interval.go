package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// interval is a range tag: "[0,1]", "(0,inf)", "[2,inf)". A duration's bounds are durations, held in nanoseconds.
type interval struct {
	low, high         float64
	lowOpen, highOpen bool
	text              string
}

func parseInterval(text string, bound func(string) (float64, error)) (*interval, error) {
	fail := func() (*interval, error) {
		return nil, fmt.Errorf("range %q: expected two bounds in brackets, such as [0,1] or (0,inf)", text)
	}
	compact := strings.ReplaceAll(text, " ", "")
	if len(compact) < 5 || !strings.ContainsRune("[(", rune(compact[0])) || !strings.ContainsRune("])",
		rune(compact[len(compact)-1])) {
		return fail()
	}
	lowText, highText, ok := strings.Cut(compact[1:len(compact)-1], ",")
	if !ok {
		return fail()
	}
	r := &interval{text: compact, lowOpen: compact[0] == '(', highOpen: compact[len(compact)-1] == ')'}
	for _, side := range []struct {
		text     string
		infinity int
		open     bool
		to       *float64
	}{{lowText, -1, r.lowOpen, &r.low}, {highText, 1, r.highOpen, &r.high}} {
		switch side.text {
		case "inf", "+inf", "-inf":
			*side.to = math.Inf(side.infinity)
			if strings.HasPrefix(side.text, "-") != (side.infinity < 0) || !side.open {
				return fail()
			}
		default:
			x, err := bound(side.text)
			if err != nil {
				return fail()
			}
			*side.to = x
		}
	}
	if r.low > r.high {
		return fail()
	}
	return r, nil
}

func numberBound(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func durationBound(text string) (float64, error) {
	d, err := time.ParseDuration(text)
	return float64(d), err
}

// contains is false for NaN.
func (r *interval) contains(x float64) bool {
	above := x > r.low || x == r.low && !r.lowOpen
	below := x < r.high || x == r.high && !r.highOpen
	return above && below
}
