#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Thousands of rules that other people wrote: every file becomes a rule, or stands in a closed list with a reason that is
# true: a placeholder without values, another product, or no event log at all.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

if [ ! -d "$corpus/sigma" ]; then
	skip "no rules at $corpus/sigma"
	finish
fi
run "all rule files load" 0 "$evtriage" rules check -q -r "$corpus/sigma"
files=$(find "$corpus/sigma" -name '*.yml' -o -name '*.yaml' | wc -l)
grep -v '^  ' "$work/out" >"$work/rules"
is "every file is listed" "$(wc -l <"$work/rules")" "$files"

# Without the folder, and with the part of a reason that is always the same.
sed -n '/^loaded/!s|^\([a-z ]*[a-z]\)  *.*: \([^:]*\)$|\1: \2|p' "$work/rules" | sed "s/; --.*//; s/'[a-z_]*'/NAME/" |
	LC_ALL=C sort | uniq -c | awk '{ $1 = ""; print substr($0, 2) }' >"$work/reasons"
cat >"$work/closed" <<'END'
not applicable: only a tracing session of Microsoft-Windows-Kernel-File does
not runnable: the placeholder %known_cdcs% has no values
other product: no event log is known for category NAME
other product: the rule is for product NAME
END
same "and what does not run has one of these reasons" "$work/reasons" "$work/closed"
is "a placeholder is missing in" "$(grep -c '^not runnable' "$work/rules")" 2
is "no event log holds" "$(grep -c '^not applicable' "$work/rules")" "$(find "$corpus/sigma" -path '*file_rename*.yml' | wc -l)"
is "other products are never windows" "$(grep '^other product' "$work/rules" | grep -c '/windows/')" 0
echo 10.0.0.1 >"$work/cdcs"
run "with values for the placeholder" 0 "$evtriage" rules check -q --expand "known_cdcs=$work/cdcs" -r "$corpus/sigma"
is "all rules for Windows run" "$(grep -c '^not runnable' "$work/out")" 0

# How many of the rules for process creations hold on Security 4688: a static analysis found 104 that never do.
is "rules that cannot hold on Security 4688" "$(grep -c 'security-4688: cannot hold' "$work/out")" 104
awk '{ sub(/  .*/, ""); print }' "$work/rules" | sort | uniq -c | sed 's/^/# /'
finish
