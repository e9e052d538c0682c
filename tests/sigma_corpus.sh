#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Thousands of rules that other people wrote: every file becomes a rule or a limit with its reason, none is invalid.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

if [ ! -d "$corpus/sigma" ]; then
	skip "no rules at $corpus/sigma"
	finish
fi
run "all rule files load" 0 ./tests/rule_counts "$corpus/sigma"
files=$(find "$corpus/sigma" -name '*.yml' -o -name '*.yaml' | wc -l)
listed=$(head -n 4 "$work/out" | awk '{ sum += $NF } END { print sum }')
ready=$(awk '$1 == "loaded" { print $2 }' "$work/out")
is "every file is listed" "$((listed >= files))" 1
is "no rule is invalid" "$(sed -n 's/^[0-9]* invalid: //p' "$work/out" | head -n 5)" ""
is "nine of ten run" "$((ready * 10 >= files * 9))" 1
sed 's/^/# /' "$work/out"
finish
