#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every column has its entry in evtriage-timeline(5), in the order of the table, and no entry is without a column.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
page=$top_srcdir/man/evtriage-timeline.5

sed -n 's/^[[:space:]]*\[COLUMN_[A-Z0-9_]*\] = { "\([A-Za-z0-9]*\)".*/\1/p' "$top_srcdir/src/subject/columns.c" >"$work/columns"
sed -n '/^\.Sh COLUMNS/,/^\.Ss/s/^\.It Cm //p' "$page" >"$work/entries"

if [ "$(wc -l <"$work/columns")" -ge 40 ]; then ok "columns.c is understood"; else not_ok "columns.c is understood"; fi
while read -r name; do
	if grep -qx "$name" "$work/entries"; then ok "$name is in the manual"; else not_ok "$name is in the manual"; fi
done <"$work/columns"
same "the manual has the same columns in the same order" "$work/columns" "$work/entries"

# Every text that can stand in Flags, as the sources have them.
{
	sed -n 's/.*draft_flag(d, SLICE("\([^"]*\)")).*/\1/p' "$top_srcdir"/src/subject/*.c
	sed -n 's/.*draft_flag(d, draft_join(d, SLICE("\([^"]*\):").*/\1:N/p' "$top_srcdir"/src/subject/*.c
	sed -n 's/^[[:space:]]*{ BLOCK_[A-Z_]*, "\([^"]*\)" },/\1/p' "$top_srcdir"/src/subject/block.c
	sed -n 's/.*buf_append_text(&flags, "\(libevtx: \)");/\1WORDS/p' "$top_srcdir"/src/scan/opinion_columns.c
	sed -n '/^record_flag_name/,/^}/s/[^"]*"\([a-z-]*\)"[^"]*/\1\n/gp' "$top_srcdir"/evtx/record.c
	echo lone-surrogate
} | grep . | sort -u >"$work/flags"
sed -n '/^\.Sh FLAGS/,/^\.Sh VALUES/s/^\.It Cm //p' "$page" | sort -u >"$work/flag_entries"
same "the manual has every flag, and no other" "$work/flags" "$work/flag_entries"
if command -v mandoc >/dev/null; then
	is "mandoc has nothing to say" "$(mandoc -Tlint -Wwarning "$page" 2>&1)" ""
else
	skip "mandoc is not installed"
fi
finish
