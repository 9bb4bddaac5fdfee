package experiment

import (
	"fmt"
	"testing"
)

func TestAtOnce(t *testing.T) {
	const gigabyte = 1 << 30
	type machine struct {
		memory  int64
		threads int
	}
	type runs struct{ train, size, batch, seeds int }
	small := runs{train: 8192, size: 16, batch: 64, seeds: 9}
	for name, c := range map[string]struct {
		machine
		runs
		shard Shard
		want  int
	}{
		"one for each thread":          {machine{64 * gigabyte, 4}, small, Shard{}, 4},
		"no more than there are":       {machine{64 * gigabyte, 4}, runs{8192, 16, 64, 3}, Shard{}, 3},
		"or than the shard has":        {machine{64 * gigabyte, 4}, runs{8192, 16, 64, 5}, Shard{1, 3}, 2},
		"or than memory is there for":  {machine{5 * gigabyte / 2, 8}, small, Shard{}, 2},
		"or than large networks allow": {machine{24 * gigabyte, 8}, runs{8192, 128, 1024, 9}, Shard{}, 1},
		"over in moments":              {machine{64 * gigabyte, 4}, runs{64, 16, 64, 9}, Shard{}, 1},
		"memory is not known":          {machine{0, 4}, small, Shard{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t)
			r.Memory = c.memory
			text := fmt.Sprintf("dataset: {name: shapes, train: %d, size: %d}\ntrain: {epochs: 2, batch_size: %d}\n"+
				"grid: {method: [toy], backbone: [resnet8], seed: [", c.train, c.size, c.batch)
			for seed := range c.seeds {
				text += fmt.Sprintf("%d, ", seed+1)
			}
			study := resolveStudy(t, text+"]}")
			study.Shard = c.shard
			if got := r.AtOnce(t.Context(), study, c.threads); got != c.want {
				t.Errorf("%d runs at once, want %d", got, c.want)
			}
		})
	}
}
