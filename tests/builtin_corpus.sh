#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layouts of our own for residue say what the definitions in real logs say.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

if [ ! -d "$corpus/evtx" ]; then
	skip "no corpus at $corpus: the layouts of our own were not held against real definitions"
	finish
fi
find "$corpus/evtx" -type f -print0 | LC_ALL=C sort -z | xargs -0 ./tests/builtin_corpus >"$work/said" 2>"$work/err"
is "all logs are looked at" $? 0
sed -n 's/^AGREE //p' "$work/said" | sort -u >"$work/ids"
grep -v '^#' "$work/said" | LC_ALL=C sort | uniq -c | sed 's/^/# /'
is "no record is read differently" "$(grep '^#' "$work/said" | head -n 5)" ""
is "each definition of ours was met, and outer ones around another's" "$(wc -l <"$work/ids" | tr -d ' ')" 18
finish
