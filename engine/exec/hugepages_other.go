//go:build !linux

package exec

func preferHugePages([]byte) {}
