#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Both readers agree on every record, element by element, or the difference is in the table of libevtx's known errors
# (evtx/opinion.c, evtx/compare.c); anything else fails.  Over the evidence we generate, and over real logs.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# agree NAME FOLDER
agree() {
	find "$2" -type f -print0 | LC_ALL=C sort -z | xargs -0 ./tests/compare_readers -v >"$work/opinions" 2>&1
	status=$?
	grep -v '^#' "$work/opinions" | awk '{ n = $1; $1 = ""; all[$0] += n } END { for (k in all) print all[k] k }' |
		LC_ALL=C sort -rn >"$work/sums"
	sed "s/^/# $1: /" "$work/sums"
	is "$1: no crash" "$(grep -c crash "$work/sums")" 0
	is "$1: nothing but known errors" "$(grep '^#' "$work/opinions" | head -n 5)" ""
	is "$1: and the program says so" "$status" 0
	if grep -q "^[1-9][0-9]* agree" "$work/sums"; then ok "$1: records agree"; else not_ok "$1: records agree"; fi
}

for text in "$top_srcdir"/testdata/*.scenario; do
	name=$(basename "$text" .scenario)
	mkdir -p "$work/$name"
	scenario "$name" "$work/$name" && agree "$name" "$work/$name"
done
if [ -d "$corpus/evtx" ]; then
	agree "real logs" "$corpus/evtx"
else
	skip "no corpus at $corpus: both readers were not held against each other on real logs"
fi
finish
