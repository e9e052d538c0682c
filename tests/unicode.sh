#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A NUL, half a surrogate pair and characters beyond the first plane lose nothing that stands behind them: in no output,
# in no place where text can stand, under neither reader where libevtx gives the record at all.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

{
	echo 'set computer=WS01.example pid=7 tid=8'
	echo 'at 2024-03-05T09:00:00'
	echo 'file hard.evtx'
	number=1
	while read -r name text; do
		printf 'text %s := front %s BEHIND-%s\n' "$name" "$text" "$name"
		echo "script id=30000000-0000-4000-8000-00000000000$number channel=powershell text=$name"
		printf 'event 4688\n\tCommandLine <- %s\n' "$name"
		printf 'event 400\n\tHostApplication <- %s\n' "$name"
		printf 'event 4103\n\t+Value := front %s BEHIND-%s\n' "$text" "$name"
		number=$((number + 1))
	done <<'TEXTS'
NUL \0
HIGH \ud83d
LOW \ude00
SWAPPED \ude00\ud83d
PLANES \U{1F600}\U{10FFFF}
MARK \ufeff\ufffe\uffff
TEXTS
	printf '%s\n' 'text END := front BEHIND-END \ud83d' 'script id=30000000-0000-4000-8000-000000000007 channel=powershell text=END'
} >"$work/hard.scenario"
mkdir "$work/texts"
"$writer" --texts "$work/texts" "$work/hard.scenario" "$work/logs" >"$work/writer.out" 2>&1 ||
	not_ok "the log is made" "$(cat "$work/writer.out")"

# told READER: each output into $work/READER.*
told() {
	for suffix in csv json jsonl txt; do
		"$evtriage" search -q --reader "$1" -o "$work/$1.$suffix" front "$work/logs" 2>"$work/err"
	done
	"$evtriage" dump -q --reader "$1" -o "$work/$1.dump.jsonl" "$work/logs" 2>"$work/err"
	"$evtriage" dump -q --reader "$1" -o "$work/$1.dump.xml" "$work/logs" 2>"$work/err"
	"$evtriage" blocks -q --reader "$1" -o "$work/$1.blocks" "$work/logs" 2>"$work/err"
}

# behind READER NAME...: what is missing of the four places of each text, by output
behind() {
	reader=$1
	shift
	for name; do
		for suffix in csv jsonl dump.jsonl; do
			count=$(grep -c "BEHIND-$name" "$work/$reader.$suffix")
			[ "$count" -eq 4 ] || echo "$suffix $name $count"
		done
		count=$(jq --arg text "BEHIND-$name" '[.[] | select(tostring | contains($text))] | length' "$work/$reader.json")
		[ "$count" -eq 4 ] || echo "json $name $count"
		for suffix in txt dump.xml; do
			count=$(grep -a -o "BEHIND-$name" "$work/$reader.$suffix" | wc -l)
			# (a NUL divides the strings of a classic record, and the table shows where the first match lies)
			[ "$suffix $name $count" = "txt NUL 3" ] || [ "$count" -ge 4 ] || echo "$suffix $name $count"
		done
		count=$(cat "$work/$reader.blocks"/*.txt | grep -a -o "BEHIND-$name" | wc -l)
		[ "$count" -eq 1 ] || echo "blocks $name $count"
	done
}

told direct
is "the direct reader: nothing is lost in any output" "$(behind direct NUL HIGH LOW SWAPPED PLANES MARK)" ""
told libevtx
is "libevtx: nothing is lost of the records that it gives" "$(behind libevtx NUL HIGH LOW SWAPPED PLANES MARK)" ""
run "libevtx: what it does not give" 3 "$evtriage" dump -v --reader libevtx "$work/logs"
is "is named, record by record" "$(grep -c 'loss: .*hard.evtx: record 25 at 0x[0-9a-f]*: libevtx' "$work/err")" 1
is "and given by the direct reader" "$(grep -c BEHIND-END "$work/direct.dump.jsonl")" 1

# Everything is valid UTF-8 without control characters, but exact where it says so.
for file in "$work"/direct.csv "$work"/direct.json "$work"/direct.jsonl "$work"/direct.dump.jsonl "$work"/direct.dump.xml \
	"$work"/direct.txt; do
	iconv -f UTF-8 -t UTF-16 "$file" >/dev/null 2>"$work/iconv"
	is "${file##*direct.} is UTF-8" "$?" 0
	is "${file##*direct.} has no control characters" "$(LC_ALL=C tr -d '\n\t' <"$file" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
done
jq -c . "$work/direct.jsonl" "$work/direct.dump.jsonl" >/dev/null 2>"$work/err"
is "JSON lines are JSON" "$?" 0
jq -r 'select(.ScriptBlockId == "30000000-0000-4000-8000-000000000004") | .TextUtf16' "$work/direct.jsonl" |
	base64 -d | od -An -v -tx2 | tr -d '\n' >"$work/units"
is "TextUtf16 has the exact units" "$(grep -o '0020 de00 d83d 0020' "$work/units")" "0020 de00 d83d 0020"
is "and there is one only where something was replaced" \
	"$(jq -r 'select(.TextUtf16) | .ScriptBlockId // empty' "$work/direct.jsonl" | sort -u | cut -c 36 | tr -d '\n')" 2347

# Script blocks: the scenario's own text, byte for byte, or its exact units beside it.
wrong=
for text in "$work"/texts/*.txt; do
	cmp -s "$text" "$work/direct.blocks/WS01.example_$(basename "$text")" || wrong="$wrong ${text##*/}"
done
is "every script block is the scenario's text" "$wrong" ""
is "those that UTF-8 cannot hold have their UTF-16 beside them" "$(find "$work/direct.blocks" -name '*.utf16le' | wc -l | tr -d ' ')" 4
od -An -v -tx2 "$work"/direct.blocks/*4.utf16le | tr -d '\n' >"$work/units"
is "with every unit" "$(grep -o '0020 de00 d83d 0020' "$work/units")" "0020 de00 d83d 0020"
finish
