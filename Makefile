# A contributor's commands. They call the steps of .ci/run, which CI runs whole.

.PHONY: help build test stress stress-sweep lint generate check

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## compile everything, vet it, and vet the engine for arm64
	.ci/run build

test: ## run the tests by the command that README.md gives
	.ci/run tests

stress: ## kill, damage, attack and misuse the program for some minutes; a short part is among the tests
	KONTRAST_STRESS=1 go test -count 1 -timeout 60m ./internal/stress

stress-sweep: ## 300 runs by workers that are killed and stopped, on SQLite and PostgreSQL, against compare
	KONTRAST_STRESS=1 go test -count 1 -timeout 150m -v -run TestASweepByWorkersThatDie ./internal/stress

lint: ## check formatting, go.mod and staticcheck's findings
	.ci/run format tidy lint

generate: ## write what is generated: assembly, wiring, docs/methods
	go generate ./...
	go tool wire ./internal/app

check: ## all that CI runs
	.ci/run
