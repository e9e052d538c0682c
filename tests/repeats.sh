#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records that say what one before said and came to nothing are passed over; one that differs in anything a rule looks at is
# not, wherever the difference stands: each event id below comes three times quietly, then once as its rule wants it.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
fault=./tests/evtriage-fault

needs jq

# thrice LINE QUIET... -- LOUD...: fields of the quiet ones and of the loud one
thrice() {
	line=$1
	shift
	quiet='' loud='' into=quiet
	for field in "$@"; do
		if [ "$field" = -- ]; then
			into=loud
		elif [ "$into" = quiet ]; then
			quiet="$quiet	$field
"
		else
			loud="$loud	$field
"
		fi
	done
	for number in 1 2 3; do
		printf '%s%s	Counter:u32 = %s\n' "event ${line%%|*}
" "$quiet" "$number"
	done
	printf '%s%s	Counter:u32 = 4\n' "event ${line#*|}
" "$loud"
}

{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=Example/Log provider=Example pid=7 tid=8 step=1s'
	echo 'file repeats.evtx record=1'
	thrice '20|20' 'Text = quiet' 'Number:u32 = 1' -- 'Text = quiet' 'Number:u32 = 7'
	thrice '21|21' 'Text = quiet' -- 'Text = x QwertyWord y'
	thrice '22|22' 'Left:u32 = 1' 'Right:u32 = 2' -- 'Left:u32 = 1' 'Right:u32 = 1'
	thrice '23|23 user=text:QwertyWord' 'Text = quiet' -- 'Text = quiet'
	thrice '24|24 computer=QwertyWord.example' 'Text = quiet' -- 'Text = quiet'
	thrice '25|25' 'Logon Type:u32 = 1' -- 'Logon Type:u32 = 7'
	thrice '26|26' 'number:u32 = 1' -- 'number:u32 = 7'
	thrice '27|27 pid=99' 'Text = quiet' -- 'Text = quiet'
	thrice '28|28' 'Number:u32 = 7' -- 'Number:hex32 = 7'
	thrice '29|29' 'Text = quiet' 'Gone:u32 = 1' -- 'Text = quiet'
	thrice '30|30' 'Text = quiet' -- 'Text = quietly'
	thrice '31|31' 'First = ab' 'Second = c' -- 'First = a' 'Second = bc'
	thrice '32|32' 'Key:guid = 11111111-2222-3333-4444-555555555555' -- 'Key:guid = 11111111-2222-3333-4444-555555555556'
	thrice '33|33' 'Text = loud' -- 'Text = loud'
} >"$work/scenario"
"$writer" "$work/scenario" "$work" >/dev/null || finish
mkdir "$work/rules"
# rule NUMBER DETECTION
rule() {
	printf 'title: Rule %s\nstatus: test\nlevel: high\nlogsource: { product: windows }\ndetection:\n  id: { EventID: %s }\n  it: %s\n  condition: %s\n' \
		"$1" "$1" "$2" "${3:-id and it}" >"$work/rules/$1.yml"
}
rule 20 '{ Number: 7 }'
rule 21 '[ qwertyword ]'
rule 22 '{ Left|fieldref: Right }'
rule 23 '[ qwertyword ]'
rule 24 '[ qwertyword ]'
rule 25 '{ LogonType: 7 }'
rule 26 '{ Number: 7 }'
rule 27 '{ Execution_ProcessID: 99 }'
rule 28 "{ Number|startswith: '0x' }"
rule 29 '{ Gone: null }'
rule 30 '{ Text: quietly }'
rule 31 '{ First: a }'
rule 32 "{ Key|contains: '555556' }"
rule 33 '{ Text: loud }'
# A record that came to something is looked at each time.
wanted='20 21 22 23 24 25 26 27 28 29 30 31 32 33(53) 33(54) 33(55) 33 '
found() {
	jq -r '"\(.EventId) \(.RecordIds[0])"' "$1" | sort -n | awk '$2 % 4 == 0 { printf "%s ", $1 } $2 % 4 { printf "%s(%s) ", $1, $2 }'
}

for reader in direct auto libevtx; do
	"$evtriage" scan -q --reader $reader -r "$work/rules" -t jsonl "$work/repeats.evtx" >"$work/out" 2>"$work/err"
	is "what differs is found, reader $reader" "$(found "$work/out")" "$wanted"
done
"$evtriage" scan -q --reader direct --threads 1 -r "$work/rules" -t jsonl --manifest "$work/manifest.json" "$work/repeats.evtx" >"$work/out"
EVTRIAGE_REPEATS=never "$fault" scan -q --reader direct --threads 1 -r "$work/rules" -t jsonl --manifest "$work/never.json" \
	"$work/repeats.evtx" >"$work/never"
is "the same as when all are looked at in full" "$(cat "$work/never")" "$(cat "$work/out")"
counted() { jq -S '[.. | objects | del(.Start, .End, .Arguments) | to_entries[] | select(.value | type == "number")]' "$1"; }
is "counted the same" "$(counted "$work/never.json")" "$(counted "$work/manifest.json")"
# That records are passed over at all: a lie about them is believed, but where a rule asks for what changes with each record.
EVTRIAGE_REPEATS=always "$fault" scan -q --reader direct --threads 1 -r "$work/rules" -t jsonl "$work/repeats.evtx" >"$work/always"
is "records are passed over" "$(found "$work/always")" "27 "

if [ ! -d "$corpus/sigma" ]; then
	skip "no corpus at $corpus"
else
	"$evtriage" scan -q --reader direct -r "$corpus/sigma" -o "$work/all.csv" "$corpus/evtx" 2>/dev/null
	EVTRIAGE_REPEATS=never "$fault" scan -q --reader direct -r "$corpus/sigma" -o "$work/full.csv" "$corpus/evtx" 2>/dev/null
	is "the corpus gives findings" "$([ "$(wc -l <"$work/all.csv")" -gt 5000 ] && echo thousands)" thousands
	same "the same findings in the corpus as when all are looked at in full" "$work/all.csv" "$work/full.csv"
fi
finish
