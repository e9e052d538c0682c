# SPDX-License-Identifier: Apache-2.0
# The few lines every shell test shares: TAP on standard output, a folder of its own, the programs under test.
# Source it from the build folder; $top_srcdir is set by make.
# shellcheck shell=sh
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
# shellcheck disable=SC2034
evtriage=./evtriage
writer=./tests/writer/evtx-write
# shellcheck disable=SC2034
corpus=${EVTRIAGE_CORPUS:-$top_srcdir/../shared/corpus}
tap_count=0
tap_failed=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# For tests in which workers die on purpose, hundreds of times: where a sanitizer reports each death, finding the names
# of functions takes a second every time.
deaths_on_purpose() {
	ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}symbolize=0"
	export ASAN_OPTIONS
}

ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	for tap_line; do printf '%s\n' "$tap_line" | sed 's/^/# /'; done
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - # SKIP $1"
}

# needs PROGRAM...: a test that is nothing without them ends here
needs() {
	for tap_program; do
		command -v "$tap_program" >/dev/null && continue
		skip "$tap_program is not installed"
		finish
	done
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}

# same NAME FILE FILE
same() {
	if tap_diff=$(cmp "$2" "$3" 2>&1); then ok "$1"; else not_ok "$1" "$tap_diff"; fi
}

# run NAME STATUS COMMAND...: standard output to $work/out, standard error to $work/err
run() {
	tap_name=$1
	tap_wanted=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	tap_status=$?
	if [ "$tap_status" -eq "$tap_wanted" ]; then
		ok "$tap_name"
	else
		not_ok "$tap_name" "status $tap_status, wanted $tap_wanted: $*" "$(head -n 5 "$work/err")"
	fi
}

# scenario NAME FOLDER: builds testdata/NAME.scenario
scenario() {
	"$writer" "$top_srcdir/testdata/$1.scenario" "$2" >"$work/writer.out" 2>&1 || {
		not_ok "scenario $1 is built" "$(tail -n 5 "$work/writer.out")"
		return 1
	}
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit $?
}
