//go:build !amd64

package micro

func pairColumns(dst, src *float32, rows, cols, ldd, lds int) { panic(noKernel) }

func pairRows(dst, src *float32, rows, cols, ldd, lds int) { panic(noKernel) }

func pairRowsOfBFloat16(dst *float32, src *uint16, rows, cols, ldd, lds int) { panic(noKernel) }
