#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plans and trees say the same of every record, over generated logs and over real ones: System, payload fields, JSON.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# agree NAME FOLDER
agree() {
	find "$2" -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 ./tests/plan_compare >"$work/out" 2>&1
	is "$1: no log differs" "$(grep -v '^[0-9]* logs, 0 differ' "$work/out" | head -n 20)" ""
}

for text in "$top_srcdir"/testdata/*.scenario; do
	[ -e "$text" ] || continue
	name=$(basename "$text" .scenario)
	mkdir -p "$work/$name"
	scenario "$name" "$work/$name" && agree "$name" "$work/$name"
done
mkdir "$work/broken"
run "broken logs are made" 0 "$writer" --broken "$work/broken"
agree "broken logs" "$work/broken"
if [ -d "$corpus/evtx" ]; then
	agree "real logs" "$corpus/evtx"
	# of 45,841 records 43,851 are read by plans; the others have no template or a shape that is rare
	is "real logs: nine of ten records by plans" "$(awk '$2 == "logs," { exit !($10 > 0.9 * $6) }' "$work/out" && echo yes)" "yes"
	# 14,825 of them say what one before them in the same log said
	is "real logs: records that come again are seen to" "$(awk '$2 == "logs," { exit !($18 > 10000) }' "$work/out" && echo yes)" "yes"
else
	skip "no corpus at $corpus"
fi
finish
