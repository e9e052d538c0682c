#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Partial results come from other machines: a damaged one is refused with a word, and nothing is written; one of other
# rules, another version or other options does not fit.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

scenario joining "$work/logs" || finish
rules=$top_srcdir/testdata/golden/rules
"$evtriage" scan -q -r "$rules" --partial "$work/p" "$work/logs" 2>/dev/null
is "a partial result is written" "$(head -c 7 "$work/p")" EVTPART
run "and can be merged" 0 "$evtriage" merge -q -r "$rules" -o "$work/t.csv" --force "$work/p"
cp "$work/t.csv" "$work/whole.csv"
run "with other rules it cannot" 1 "$evtriage" merge -q -r default -o "$work/u.csv" "$work/p"
is "which is said" "$(grep -c 'other rules' "$work/err")" 1
run "nor with another reader" 1 "$evtriage" merge -q --reader direct -r "$rules" -o "$work/u.csv" "$work/p"
run "nor with a log" 1 "$evtriage" merge -q -r "$rules" -o "$work/u.csv" "$(find "$work/logs" -name '*.evtx' | head -n 1)"
run "--partial and -o do not go together" 2 "$evtriage" scan -q --partial "$work/q" -o "$work/u.csv" "$work/logs"
run "the same one twice is one" 0 "$evtriage" merge -q -r "$rules" -o "$work/t.csv" --force "$work/p" "$work/p"
same "and gives the same" "$work/t.csv" "$work/whole.csv"
run "it is not replaced" 1 "$evtriage" scan -q -r "$rules" --partial "$work/p" "$work/logs"
run "nor written over by what is merged from it" 1 "$evtriage" merge -q -r "$rules" -o "$work/p" -t csv --force "$work/p"

size=$(wc -c <"$work/p")
bad=
try() {
	(
		# (a sanitizer reserves more address space than there is)
		# shellcheck disable=SC3045 # dash and bash have it
		grep -q '^#define SANITIZED 1' config.h || ulimit -v 4000000
		timeout 60 "$evtriage" merge -q -r "$rules" -o "$work/bad.csv" "$work/bad" >"$work/out" 2>"$work/err"
	)
	status=$?
	[ $status -eq 1 ] && [ -s "$work/err" ] && [ ! -e "$work/bad.csv" ] || bad="$bad $1($status)"
	rm -f "$work/bad.csv"
}
for at in 0 4 7 8 12 13 20 100 1000 5000 $((size / 2)) $((size - 40)) $((size - 33)) $((size - 1)); do
	[ "$at" -lt "$size" ] || continue
	head -c "$at" "$work/p" >"$work/bad"
	try "cut:$at"
done
for at in 0 8 9 10 11 12 16 30 60 90 120 150 200 300 500 1000 3000 9000 $((size / 3)) $((size / 2)) $((size - 20)); do
	[ "$at" -lt "$size" ] || continue
	{
		head -c "$at" "$work/p"
		printf '\377'
		tail -c "+$((at + 2))" "$work/p"
	} >"$work/bad"
	cmp -s "$work/p" "$work/bad" || try "changed:$at"
done
{
	cat "$work/p"
	printf 'more'
} >"$work/bad"
try longer
is "damaged ones are refused" "$bad" ""
finish
