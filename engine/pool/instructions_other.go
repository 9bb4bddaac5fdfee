//go:build !amd64

package pool

import "runtime"

func pause() { runtime.Gosched() }
