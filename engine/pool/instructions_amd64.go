package pool

//go:generate go run ./asm -out instructions_amd64.s -stubs stubs_amd64.go -pkg pool
