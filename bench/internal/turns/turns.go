// Package turns runs the processes that a benchmark alternates.
package turns

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Run runs a program that prints JSON, which it reads into result. The libraries
// of Python's numerics have so many threads. What cmd.Env has is added to the
// environment of this process.
func Run(cmd *exec.Cmd, threads int, result any) error {
	around := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "OPENBLAS_") || strings.HasPrefix(v, "OMP_") || strings.HasPrefix(v, "MKL_")
	})
	cmd.Env = append(around, cmd.Env...)
	for _, library := range []string{"OMP", "OPENBLAS", "MKL"} {
		cmd.Env = append(cmd.Env, library+"_NUM_THREADS="+strconv.Itoa(threads))
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, result)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}

// Median is the result in the middle by a value; of an even number the higher one.
func Median[T any](results []T, value func(T) float64) T {
	sorted := slices.SortedFunc(slices.Values(results), func(a, b T) int { return cmp.Compare(value(a), value(b)) })
	return sorted[len(sorted)/2]
}
