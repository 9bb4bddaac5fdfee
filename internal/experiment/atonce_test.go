package experiment

import (
	"fmt"
	"testing"
)

func TestAtOnce(t *testing.T) {
	const gigabyte = 1 << 30
	for name, c := range map[string]struct {
		train, size, batch, seeds int
		memory                    int64
		shard                     Shard
		threads, want             int
	}{
		"one for each thread":          {train: 8192, size: 16, batch: 64, seeds: 9, memory: 64 * gigabyte, threads: 4, want: 4},
		"no more than there are":       {train: 8192, size: 16, batch: 64, seeds: 3, memory: 64 * gigabyte, threads: 4, want: 3},
		"or than the shard has":        {train: 8192, size: 16, batch: 64, seeds: 5, memory: 64 * gigabyte, shard: Shard{1, 3}, threads: 4, want: 2},
		"or than memory is there for":  {train: 8192, size: 16, batch: 64, seeds: 9, memory: 5 * gigabyte / 2, threads: 8, want: 2},
		"or than large networks allow": {train: 8192, size: 128, batch: 1024, seeds: 9, memory: 24 * gigabyte, threads: 8, want: 1},
		"over in moments":              {train: 64, size: 16, batch: 64, seeds: 9, memory: 64 * gigabyte, threads: 4, want: 1},
		"memory is not known":          {train: 8192, size: 16, batch: 64, seeds: 9, threads: 4, want: 1},
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
