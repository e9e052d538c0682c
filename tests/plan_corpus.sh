#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Thousands of real rules over thousands of real records: the compiled plan tells what the walk over every tree tells.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

if [ ! -d "$corpus/sigma" ] || [ ! -d "$corpus/evtx" ]; then
	skip "no rules and logs at $corpus"
	finish
fi
find "$corpus/evtx" -type f | LC_ALL=C sort >"$work/logs"
if xargs -d '\n' ./tests/plan_corpus "$corpus/sigma" <"$work/logs" >"$work/facts" 2>"$work/differ"; then
	agreed=1
else
	agreed=0
fi
is "plan and walk agree" "$agreed" 1
sed 's/^/# /' "$work/facts" "$work/differ"
is "some rules hold" "$(awk '{ print ($7 + 0 > 1000) }' "$work/facts")" 1
is "some events need not be built" "$(awk '{ print ($9 + 0 > 1000) }' "$work/facts")" 1
finish
