package turns

import (
	"fmt"
	"slices"
	"strings"
)

// Task is something that a benchmark measures.
type Task interface{ Name() string }

// Names are the names of tasks, in their order.
func Names[T Task](tasks []T) []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.Name()
	}
	return names
}

// ByName returns the task of that name. The error for an unknown one lists those known.
func ByName[T Task](tasks []T, name string) (T, error) {
	if i := slices.IndexFunc(tasks, func(t T) bool { return t.Name() == name }); i >= 0 {
		return tasks[i], nil
	}
	var none T
	return none, fmt.Errorf("unknown task %q: the tasks are %s", name, strings.Join(Names(tasks), ", "))
}

// Chosen returns the tasks of these names, or all if there are no names.
func Chosen[T Task](tasks []T, names []string) ([]T, error) {
	if len(names) == 0 {
		return tasks, nil
	}
	chosen := make([]T, len(names))
	for i, name := range names {
		var err error
		if chosen[i], err = ByName(tasks, name); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}
