#!/bin/sh
# Runs GoMLX's own tests on the engine. They run from our module, with a copy of GoMLX whose test utilities import the
# engine as well (go test -overlay does not reach into the module cache).
# The tests of exceptions.txt, which the Go backend fails too, are left out.
# usage: run.sh [package pattern...]   environment: BACKEND (kontrast; "go" for GoMLX's Go backend), FLAGS (for go test)
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cp -r "$(go list -m -f '{{.Dir}}' github.com/gomlx/gomlx)" "$dir/gomlx"
chmod -R u+w "$dir/gomlx"
cat > "$dir/gomlx/support/testutil/kontrast_engine.go" <<GO
package testutil

import _ "github.com/kontrast-ml/kontrast/engine" // registers the backend "kontrast"
GO
# XLA is not needed, and its installation needs the network.
grep -rl 'xla\.AutoInstall()' "$dir/gomlx" --include='*.go' |
	xargs sed -i 's/xla\.AutoInstall()/func() error { _ = xla.AutoInstall; return nil }()/'
cp go.mod go.sum "$dir/"
go mod edit -replace "github.com/gomlx/gomlx=$dir/gomlx" "$dir/go.mod"
skip=$(grep -v '^#' engine/gomlxtest/exceptions.txt | paste -sd '|')
[ $# -gt 0 ] || set -- core/graph/... ml/...
for pattern; do
	GOMLX_BACKEND=${BACKEND:-kontrast} \
		go test -modfile "$dir/go.mod" -mod=mod -skip "$skip" ${FLAGS:-} "github.com/gomlx/gomlx/$pattern" || failed=1
done
exit ${failed:-0}
