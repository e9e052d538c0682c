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
run "a header alone is a log without records" 0 "$evtriage" info "$work/header.evtx"
is "that says what is missing, and where" "$(grep -c 'limit: .*header.evtx: at 0x1000: cut short: end expected at 0x[0-9a-f]*' "$work/err")" 1
head -c 8 "$log" >"$work/eight.evtx"
run "a signature alone cannot be read" 1 "$evtriage" -t csv "$work/eight.evtx"
is "and says how much is missing" "$(grep -c 'loss: .*eight.evtx.*8 bytes, need 128' "$work/err")" 1
head -c 30000 "$log" >"$work/cut.evtx"
run "a log that was cut" 0 "$evtriage" -t csv "$work/cut.evtx"
is "says so in one line" "$(grep -c 'limit: .*cut.evtx: at 0x7530: cut short' "$work/err")" 1
{
	cat "$log"
	printf 'no chunk%065528d' 7
	tail -c +4097 "$log"
} >"$work/foreign.evtx"
run "64 KiB of something else in a log" 0 "$evtriage" -t csv "$work/foreign.evtx"
is "are named with their offset" \
	"$(grep -c "limit: .*foreign.evtx: at $(printf '0x%x' "$(wc -c <"$log")"): chunk signature ElfChnk expected" "$work/err")" 1

# Standard input again: named twice, a file that is named as well, a pipe.
# shellcheck disable=SC2094 # it is only read
"$evtriage" dump -q "$log" - - <"$log" >"$work/out" 2>"$work/err"
same "standard input that is a file named already is read once" "$work/out" "$work/stdin.jsonl"
"$evtriage" dump -q - - <"$log" >"$work/out" 2>"$work/err"
same "standard input named twice is read once" "$work/out" "$work/stdin.jsonl"
# shellcheck disable=SC2002 # a pipe is what is tested
run "standard input from a pipe" 0 sh -c "cat '$log' | '$evtriage' dump -q - -"
same "gives the same records" "$work/out" "$work/stdin.jsonl"
run "standard input that is no log" 1 sh -c "echo text | '$evtriage' -"
is "says what is missing" "$(grep -c 'loss: -: no event log: the signature ElfFile' "$work/err")" 1

# Without evidence there is one line of reason, not a page of zeros.
mkdir "$work/links"
ln -s "$log" "$work/links/a.evtx"
run "a folder of links alone" 1 "$evtriage" -t csv "$work/links"
is "says that something was left alone" "$(cat "$work/err")" \
	"evtriage: there is no event log in what was named; left alone: 1 (-v names them)"

# Names are bytes: nothing in them reaches a terminal or breaks a line, and the manifest can give them back.
mkdir "$work/odd"
odd=$(printf 'a\nb\033[31m\377.evtx')
cp "$log" "$work/odd/$odd"
: >"$work/odd/$(printf 'e\nf\033[2J.evtx')"
run "odd names" 3 "$evtriage" --manifest "$work/odd.json" -t table "$work/odd"
is "no control byte on standard error" "$(LC_ALL=C tr -d '\n' <"$work/err" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
is "one line for the empty one" "$(grep -c 'loss: .*odd/e.*f.*evtx: empty file' "$work/err")" 1
is "the manifest has the bytes" "$(jq -r '.Inputs[0].PathBase64' "$work/odd.json" | base64 -d)" "$work/odd/$odd"
cat >"$work/any.yml" <<'RULE'
title: Any block
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|re: '(?s).' }, condition: s }
RULE
"$evtriage" -q -t jsonl -r "$work/any.yml" "$work/odd" >"$work/odd.jsonl" 2>/dev/null
is "so has each finding" "$(jq -r .EvidenceBase64 "$work/odd.jsonl" | sort -u | base64 -d)" "$work/odd/$odd"
"$evtriage" blocks -q "$work/odd" >"$work/odd.index" 2>/dev/null
is "and each script block" "$(jq -r .EvidenceBase64 "$work/odd.index" | sort -u | base64 -d)" "$work/odd/$odd"

# Rights are those of the caller: as root the test runs the program as somebody else.
as_nobody() {
	if [ "$(id -u)" -ne 0 ]; then "$@"; else setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; fi
}
if as_nobody true 2>/dev/null; then
	mkdir "$work/rights" "$work/rights/closed" "$work/rights/open"
	chmod 755 "$work"
	cp "$evtriage" "$work/rights/evtriage"
	cp "$log" "$work/rights/closed"
	cp "$log" "$work/rights/open/a.evtx"
	cp "$log" "$work/rights/open/secret.evtx"
	chmod 0 "$work/rights/closed" "$work/rights/open/secret.evtx"
	if as_nobody test -x "$work/rights/evtriage"; then
		run "a folder and a file without rights" 3 as_nobody "$work/rights/evtriage" -t csv "$work/rights"
		is "the folder is named" "$(grep -c 'loss: .*rights/closed: cannot read the folder: Permission denied' "$work/err")" 1
		is "the file is named" "$(grep -c 'loss: .*open/secret.evtx: cannot open: Permission denied' "$work/err")" 1
		run "a file without rights alone" 1 as_nobody "$work/rights/evtriage" -t csv "$work/rights/open/secret.evtx"
		chmod 755 "$work/rights/open"
		if grep -q '^#define SANITIZED 1' config.h; then
			skip "a bound on address space: sanitizer build"
		else
			run "a bound on address space below the worker's own" 0 \
				as_nobody sh -c "ulimit -v 900000; exec '$work/rights/evtriage' -q -t csv '$work/rights/open/a.evtx'"
		fi
		run "an output in a folder without rights" 1 \
			as_nobody "$work/rights/evtriage" -q -o "$work/rights/closed/x.csv" "$work/rights/open/a.evtx"
		is "says so" "$(grep -c 'closed/x.csv.*Permission denied' "$work/err")" 1
	else
		skip "rights: the folder of this test is closed to others"
	fi
	chmod 700 "$work/rights/closed"
else
	skip "rights: root, and no setpriv to become somebody else"
fi

# Every prefix at 1 KiB steps: totals add up, and what is whole is read.
size=$(wc -c <"$log")
bad=
whole=0
at=1024
while [ "$at" -lt "$size" ] && [ "$at" -lt 80000 ]; do
	head -c "$at" "$log" >"$work/cut.evtx"
	"$evtriage" info -t jsonl "$work/cut.evtx" >"$work/out" 2>"$work/err"
	status=$?
	sums=$(jq -r 'select(.Path) | "\(.RecordsSeen) \(.RecordsWritten + .RecordsLost) \(.RecordsWritten)"' "$work/out")
	# shellcheck disable=SC2086
	set -- $sums
	[ "$1" = "$2" ] && [ "$3" -ge "$whole" ] || bad="$bad $at:$sums"
	[ "$(grep -c 'limit:.*cut.evtx: at .* cut short' "$work/err")" -eq 1 ] || bad="$bad $at:untold"
	case $status in 0 | 3) whole=$3 ;; *) bad="$bad $at:status=$status" ;; esac
	at=$((at + 1024))
done
is "every prefix: totals add up, records never become fewer" "$bad" ""
finish
