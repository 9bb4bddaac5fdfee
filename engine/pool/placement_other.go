//go:build !(linux && amd64)

package pool

// Elsewhere helpers are left to the scheduler of the operating system.

func processors(threads int) []int { return nil }

func currentProcessor() int { return 0 }

func moveAwayFrom(processor, worker int, processors []int) {}

func lockToThread() {}
