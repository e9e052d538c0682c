#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Finding evidence: by signature, each file once, nothing special opened, one clear line for everything that is not read.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

scenario quiet "$work/made" || finish
log=$(find "$work/made" -type f | LC_ALL=C sort | head -n 1)

# files FOLDER...: how many logs were read
files() {
	"$evtriage" info -t jsonl "$@" 2>"$work/err" | grep -c '"Path"'
}

mkdir "$work/names"
cp "$log" "$work/names/Security-2024.evtx.bak"
cp "$log" "$work/names/noname"
cp "$log" "$work/names/x.evtx_data"
printf 'text\n' >"$work/names/notes.txt"
is "the signature decides, not the name" "$(files "$work/names")" 3

mkdir "$work/twice"
cp "$log" "$work/twice/a.evtx"
ln "$work/twice/a.evtx" "$work/twice/b.evtx"
ln -s a.evtx "$work/twice/c.evtx"
ln -s .. "$work/twice/loop"
is "hard links, links and loops: read once" "$(files "$work/twice")" 1
is "a repeated argument: read once" "$(files "$work/twice/a.evtx" "$work/twice/c.evtx" "$work/twice/./a.evtx")" 1

mkdir "$work/special"
cp "$log" "$work/special/a.evtx"
mkfifo "$work/special/fifo"
is "a FIFO in a folder is left alone" "$(files "$work/special")" 1
run "and named with -v" 0 timeout 20 "$evtriage" -v -t csv "$work/special"
is "by its kind" "$(grep -c 'fifo.*FIFO' "$work/err")" 1
run "a FIFO as argument is a loss" 1 timeout 20 "$evtriage" -t csv "$work/special/fifo"

run "standard input" 0 sh -c "'$evtriage' dump - <'$log'"
cp "$work/out" "$work/stdin.jsonl"
run "the same from the file" 0 "$evtriage" dump "$log"
same "gives the same records" "$work/out" "$work/stdin.jsonl"

: >"$work/empty.evtx"
run "an empty file alone: failed" 1 "$evtriage" "$work/empty.evtx"
is "in one line that says why" "$(grep -c 'empty.evtx.*empty file' "$work/err")" 1
run "an empty file beside a good one: loss" 3 "$evtriage" -t csv "$work/empty.evtx" "$log"
run "a text file alone" 1 "$evtriage" "$work/names/notes.txt"
is "says what is missing" "$(grep -c 'notes.txt.*ElfFile' "$work/err")" 1
run "a vanished file beside a good one" 3 "$evtriage" -t csv "$work/vanished" "$log"
is "is named with the reason" "$(grep -c 'vanished.*No such file' "$work/err")" 1
head -c 4096 "$log" >"$work/header.evtx"
run "a header alone is an empty log" 0 "$evtriage" info "$work/header.evtx"
if [ "$(id -u)" -ne 0 ]; then
	mkdir "$work/closed"
	chmod 0 "$work/closed"
	run "a folder without rights" 3 "$evtriage" -t csv "$work/closed" "$log"
	chmod 700 "$work/closed"
else
	skip "a folder without rights: root has them all"
fi

# Every prefix at 1 KiB steps: totals add up, and what is whole is read.
size=$(wc -c <"$log")
bad=
whole=0
at=5120
while [ "$at" -lt "$size" ] && [ "$at" -lt 80000 ]; do
	head -c "$at" "$log" >"$work/cut.evtx"
	"$evtriage" info -t jsonl "$work/cut.evtx" >"$work/out" 2>"$work/err"
	status=$?
	sums=$(jq -r 'select(.Path) | "\(.RecordsSeen) \(.RecordsWritten + .RecordsLost) \(.RecordsWritten)"' "$work/out")
	# shellcheck disable=SC2086
	set -- $sums
	[ "$1" = "$2" ] && [ "$3" -ge "$whole" ] || bad="$bad $at:$sums"
	case $status in 0 | 3) whole=$3 ;; *) bad="$bad $at:status=$status" ;; esac
	at=$((at + 1024))
done
is "every prefix: totals add up, records never become fewer" "$bad" ""
finish
