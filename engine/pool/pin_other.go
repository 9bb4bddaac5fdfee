//go:build !linux

package pool

func pin(worker, threads int) {}
