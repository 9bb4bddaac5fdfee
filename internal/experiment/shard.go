package experiment

import (
	"fmt"
	"strconv"
	"strings"
)

// Shard is a part of the runs of a study: every Of-th from the Number-th on,
// counted from 1. The zero value is all of them.
type Shard struct{ Number, Of int }

// ParseShard reads a shard, such as "2/4".
func ParseShard(text string) (s Shard, err error) {
	number, of, ok := strings.Cut(text, "/")
	if ok {
		if s.Number, err = strconv.Atoi(number); err == nil {
			s.Of, err = strconv.Atoi(of)
		}
	}
	if !ok || err != nil || s.Of < 1 || s.Number < 1 || s.Number > s.Of {
		return s, fmt.Errorf("shard %q: expected the number of the shard and how many there are, such as 2/4", text)
	}
	return s, nil
}

// share is how many of so many points the shard has, at most.
func (s Shard) share(points int) int {
	if s.Of == 0 {
		return points
	}
	return (points + s.Of - 1) / s.Of
}

// of are the points of the shard. Neighbors, which are most often the seeds of
// a setting, come into different shards.
func (s Shard) of(points []point) []point {
	if s.Of == 0 {
		return points
	}
	var own []point
	for i := s.Number - 1; i < len(points); i += s.Of {
		own = append(own, points[i])
	}
	return own
}
