# The commands of a contributor. CI runs `.ci/run`, which calls the same.

.PHONY: test lint generate build

build:
	go build ./...

test:
	go test ./...

lint:
	gofmt -l . | (! grep .)
	go vet ./...
	go tool staticcheck ./...

generate:
	go generate ./...
	go tool wire ./internal/app
