#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two independent ways of counting agree, file by file: the reader's records and losses, and a scan for signatures
# that knows nothing of the reader.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# agree NAME FOLDER
agree() {
	find "$2" -type f -name '*.evtx' | LC_ALL=C sort >"$work/list"
	if [ ! -s "$work/list" ]; then
		skip "$1: no logs in $2"
		return
	fi
	tr '\n' '\0' <"$work/list" | xargs -0 ./tests/count_records >"$work/scanned" 2>&1
	tr '\n' '\0' <"$work/list" | xargs -0 ./tests/read_counts >"$work/read" 2>&1
	is "$1: the same files" "$(wc -l <"$work/read")" "$(wc -l <"$work/list")"
	is "$1: the same counts" "$(diff "$work/scanned" "$work/read" | head -n 20)" ""
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
else
	skip "no corpus at $corpus"
fi
finish
