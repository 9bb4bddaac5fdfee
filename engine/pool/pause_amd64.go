package pool

//go:generate go run ./asm -out pause_amd64.s

// pause tells the processor that this is a spin loop (PAUSE).
func pause()
