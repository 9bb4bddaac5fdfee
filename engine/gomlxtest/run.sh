#!/bin/sh
# Runs GoMLX's own tests on the engine, package by package, without those of exceptions.txt. They run from our module, with
# a copy of GoMLX whose test utilities import the engine as well: go test -overlay refuses files in the module cache.
#
# usage: run.sh [-verify] [package pattern...]   the patterns are of packages of GoMLX: core/graph/... ml/... if left out
#   -verify      run the exceptions, and nothing else, on GoMLX's Go backend: each must fail there too, or have that backend
#                among those that its source excludes
# environment: BACKEND (kontrast), TIMEOUT of a package (10m), FLAGS (more for go test)
set -eu
cd "$(dirname "$0")/../.."
verify=
if [ "${1:-}" = -verify ]; then
	verify=1
	shift
fi
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
[ $# -gt 0 ] || set -- core/graph/... ml/...
packages=$(for pattern; do echo "github.com/gomlx/gomlx/$pattern"; done |
	xargs go list -modfile "$dir/go.mod" -mod=mod -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}')
grep -v '^#' engine/gomlxtest/exceptions.txt > "$dir/exceptions"

test_package() { # of $1, events to $2, with the flags that follow
	package=$1 events=$2
	shift 2
	# shellcheck disable=SC2086
	GOMLX_BACKEND=$backend go test -json -timeout "${TIMEOUT:-10m}" -modfile "$dir/go.mod" -mod=mod "$@" ${FLAGS:-} "$package" > "$events"
}
count() { grep -c "\"Action\":\"$1\".*\"Test\":" "$2" || true; }

failed=0
if [ -z "$verify" ]; then
	backend=${BACKEND:-kontrast}
	skip=$(sed 's/^excludes-go //' "$dir/exceptions" | paste -sd '|')
	for package in $packages; do
		verdict=ok
		test_package "$package" "$dir/events" -skip "$skip" || verdict=FAIL failed=1
		printf '%-4s %s: %s passed, %s skipped, %s failed\n' "$verdict" "${package#github.com/gomlx/gomlx/}" \
			"$(count pass "$dir/events")" "$(count skip "$dir/events")" "$(count fail "$dir/events")"
		[ $verdict = ok ] || sed -n 's/.*"Action":"\(fail\|output\)".*"Test":"\([^"]*\)".*"Output":"\(.*\)"}/  \2: \3/p' "$dir/events" | tail -n 60
	done
	exit $failed
fi

backend=go
while read -r name; do
	excluded=
	case $name in "excludes-go "*) excluded=1 name=${name#excludes-go } ;; esac
	if [ -n "$excluded" ]; then
		# The test's source, from its declaration to its end.
		if grep -rlE "^func $name\\(" "$dir/gomlx" --include='*_test.go' |
			xargs sed -n "/^func $name(/,/^}/p" | grep -q '}, .*"go"'; then
			echo "excludes the Go backend: $name"
		else
			echo "DOES NOT EXCLUDE the Go backend: $name"
			failed=1
		fi
		continue
	fi
	# One at a time: many of them panic, which ends the test run of their package.
	fails=
	for package in $packages; do
		root=${name%%/*}
		grep -rqs "func ${root%%\$*}" "$dir/gomlx/${package#github.com/gomlx/gomlx/}" --include='*_test.go' || continue
		test_package "$package" "$dir/events" -run "$name" || fails=1
	done
	if [ -n "$fails" ]; then
		echo "fails on the Go backend too: $name"
	else
		echo "PASSES on the Go backend: $name"
		failed=1
	fi
done < "$dir/exceptions"
exit $failed
