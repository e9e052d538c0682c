#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Slots of a log that hold no readable chunk: their records come out again, flagged, wherever they stand, and never in
# place of a live one; what the slot lost stays named, also with a worker; hostile bytes cost little; and neither the
# number of workers nor a merge changes a byte.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose
faulty=./tests/evtriage-fault

needs jq

cat >"$work/scenario" <<'SCENARIO'
at 2024-03-05T09:00:00
set computer=WS01.example channel=powershell pid=7 tid=8
file three.evtx record=1
script id=50000000-0000-4000-8000-000000000001 line="first PSAsyncShell" expect=no
script id=50000000-0000-4000-8000-000000000002 line="second PSAsyncShell" expect=no
chunk
script id=50000000-0000-4000-8000-000000000003 line="third PSAsyncShell" expect=no
script id=50000000-0000-4000-8000-000000000004 line="fourth PSAsyncShell" expect=no
script id=50000000-0000-4000-8000-000000000005 line="fifth PSAsyncShell" expect=no
chunk
script id=50000000-0000-4000-8000-000000000006 line="sixth PSAsyncShell" expect=no
script id=50000000-0000-4000-8000-000000000007 line="seventh PSAsyncShell" expect=no
SCENARIO
"$writer" "$work/scenario" "$work/made" >"$work/writer.out" 2>&1 || not_ok "the log is made" "$(cat "$work/writer.out")"
log=$work/made/three.evtx
chunk=65536
first=4096
second=$((first + chunk))
third=$((second + chunk))
is "three chunks" "$(wc -c <"$log")" $((third + chunk))

total() { jq -r ".Totals.$1" "$work/manifest.json"; }
part() { tail -c "+$(($1 + 1))" "$log" | head -c "$2"; }
zeros() { head -c "$1" /dev/zero; }
junk() { head -c "$1" /dev/zero | tr '\0' '\252'; }
# dumped NAME: $work/live and $work/back are the ids that are live and recovered
dumped() {
	rm -f "$work/manifest.json"
	"$evtriage" dump -q --residual yes --manifest "$work/manifest.json" "$work/$1" >"$work/out" 2>"$work/err"
	jq -r 'select(.Residue | not) | .Event.System.EventRecordID' "$work/out" | tr '\n' ' ' >"$work/live"
	jq -r 'select(.Residue) | .Event.System.EventRecordID' "$work/out" | tr '\n' ' ' >"$work/back"
}
# gives NAME TEXT LIVE RECOVERED
gives() {
	dumped "$1"
	is "$2: live" "$(cat "$work/live")" "$3"
	is "$2: recovered" "$(cat "$work/back")" "$4"
	is "$2: flagged" "$(jq -r 'select(.Residue) | .Residue | [.Class, .Flags[0]] | join(" ")' "$work/out" | sort -u)" \
		"${4:+residual residual}"
	is "$2: totals add up" "$(jq '.Totals | .ResidueFound == .ResidueCopies + .ResidualRead + .ResidueUndecoded + .ResidueLeftOut + .ResidueGivenUp and
		.RecordsSeen == .RecordsWritten + .RecordsLost' "$work/manifest.json")" true
	"$evtriage" dump -q "$work/$1" >"$work/without" 2>/dev/null
	jq -c 'select(.Residue | not)' "$work/out" >"$work/only-live"
	jq -c . "$work/without" >"$work/without.jq"
	same "$2: nothing changes what is live" "$work/only-live" "$work/without.jq"
}

# --- the header of a chunk is gone
{ part 0 $second; zeros 512; part $((second + 512)) $((2 * chunk)); } >"$work/header.evtx"
gives header.evtx "a header wiped" "1 2 3 4 5 6 7 " ""
is "and nothing is a copy of what was read" "$(total ResidueFound)" 0
# and the first record, which has the definitions: the others lean on those of another chunk
{ part 0 $second; zeros $((512 + 600)); part $((second + 512 + 600)) $((2 * chunk)); } >"$work/start.evtx"
gives start.evtx "the first record, too" "1 2 6 7 " "4 5 "
is "what was lost is still named" "$(total RecordsLost) $(jq '[.Notices[] | select(.Kind == "loss")] | length' "$work/manifest.json")" "3 3"
is "and what is found is counted" "$(total ResidueFound) $(total ResidualRead)" "2 2"

# --- a chunk that stands elsewhere: at an odd place, at a multiple of 8, far away, over the edge of a slot
{ part 0 $second; junk 13; part $second $chunk; junk $((chunk - 13)); part $third $chunk; } >"$work/odd.evtx"
gives odd.evtx "a chunk at an odd place" "1 2 6 7 " "3 4 5 "
is "with its place" "$(jq -r 'select(.Residue) | .Residue.Offset' "$work/out" | head -n 1)" $((second + 13 + 512))
is "by its own definitions" "$(jq -r 'select(.Residue) | .Residue.Flags | join("+")' "$work/out" | sort -u)" residual
is "the slots are still named" "$(jq -r '.Notices[] | select(.Reason | test("ElfChnk")) | .Offset' "$work/manifest.json")" $second
{ part 0 $second; junk 1024; part $second $((2 * chunk)); } >"$work/moved.evtx"
gives moved.evtx "all that follows moved by 1,024 bytes" "1 2 " "3 4 5 6 7 "
is "its records are lost where they do not belong, as is what lies in front of them" "$(total RecordsLost)" 7
{ part 0 $second; junk 65000; part $second $((2 * chunk)); } >"$work/edge.evtx"
gives edge.evtx "over the edge of a slot" "1 2 " "3 4 5 6 7 "

# --- records alone: without their chunk, and behind the last slot
{ part 0 $second; junk 77; part $((second + 512)) 20000; junk $((chunk - 20077)); part $third $chunk; } >"$work/stray.evtx"
gives stray.evtx "records without their chunk" "1 2 6 7 " "3 4 5 "
{ part 0 $third; junk 77; part $third 20000; } >"$work/tail.evtx"
gives tail.evtx "a tail" "1 2 3 4 5 " "6 7 "
{ part 0 $third; junk 77; part $((third + 512)) 3000; } >"$work/short.evtx"
gives short.evtx "a short tail" "1 2 3 4 5 " "6 7 "
{ part 0 $((first + chunk)); zeros 512; part $((second + 512)) 65024; junk 77; part $((third + 512)) 3000; } >"$work/both.evtx"
gives both.evtx "a short tail behind a chunk without header" "1 2 3 4 5 " "6 7 "

# --- what is live elsewhere is a copy
{ part 0 $((third + chunk)); junk 5; part $second $chunk; junk $((chunk - 5)); } >"$work/copy.evtx"
gives copy.evtx "a copy" "1 2 3 4 5 6 7 " ""
is "which is counted" "$(total ResidueFound) $(total ResidueCopies)" "3 3"

# --- it takes part as all residue does
run "findings on what was recovered" 0 "$evtriage" scan -q --reader direct -t jsonl "$work/odd.evtx"
is "with the flag" "$(jq -r 'select(.RuleTitle | test("PSAsyncShell")) | [.RecordIds[0], (.Flags | join("+"))] | join(" ")' "$work/out" |
	sort | tr '\n' ';')" "1 ;2 ;3 residual;4 residual;5 residual;6 ;7 ;"
"$evtriage" blocks -q -o "$work/b" "$work/odd.evtx" 2>"$work/err"
is "script blocks come out again" "$(jq -r '.Flags // [] | join("+")' "$work/b/index.jsonl" | sort | uniq -c | tr -s ' \n' ' ')" " 4 3 residual "
rm -f "$work/manifest.json"
"$evtriage" scan -q --residual no --manifest "$work/manifest.json" -t jsonl "$work/odd.evtx" >"$work/out" 2>/dev/null
is "unless residue is left out" "$(jq -r 'select(.RuleTitle | test("PSAsyncShell")) | .RecordIds[0]' "$work/out" | sort | tr '\n' ' ') $(
	total ResidueFound)" "1 2 6 7  0"
"$evtriage" scan -q -t jsonl "$work/odd.evtx" >"$work/out" 2>/dev/null
id=$(jq -r 'select(.Flags | index("residual")) | .FindingId' "$work/out" | head -n 1)
"$evtriage" cite -q -t json "$id" "$work/odd.evtx" >"$work/cite.json" 2>"$work/err"
place() { jq -r ".Records[0].$1" "$work/cite.json"; }
is "it can be cited, with its chunk" "$(place ChunkOffset) $(place ChunkSha256)" \
	"$((second + 13)) $(part $second $chunk | sha256sum | cut -d' ' -f1)"
is "and its bytes" "$(place RecordSha256)" \
	"$(tail -c "+$(($(place RecordOffset) + 1))" "$work/odd.evtx" | head -c "$(place RecordSize)" | sha256sum | cut -d' ' -f1)"

# --- a slot that workers do not survive: reading it (the first two), or looking at it at all (all of them)
# survived NAME FAULT LIVE RECOVERED LOST REASONS
survived() {
	rm -f "$work/manifest.json"
	EVTRIAGE_FAULT=$2 timeout 60 "$faulty" dump -q --reader direct --residual yes --manifest "$work/manifest.json" \
		"$work/$1.evtx" >"$work/out" 2>"$work/err"
	is "$1, $2: exit status 3" $? 3
	is "$1, $2: live" "$(jq -r 'select(.Residue | not) | .Event.System.EventRecordID // .Event.System.EventRecordID["#text"]' "$work/out" |
		tr '\n' ' ')" "$3"
	is "$1, $2: recovered" "$(jq -r 'select(.Residue) | .Event.System.EventRecordID' "$work/out" | tr '\n' ' ')" "$4"
	is "$1, $2: lost" "$(total RecordsLost) $(jq '.Totals.RecordsSeen == .Totals.RecordsWritten + .Totals.RecordsLost' "$work/manifest.json")" \
		"$5 true"
	is "$1, $2: told with its place" "$(jq -r --argjson at $second '.Notices[] | select(.Kind == "loss" and .Offset == $at) | .Reason' \
		"$work/manifest.json" | sed 's/the worker was killed by signal [0-9]*/DEATH/' | tr '\n' '|')" "$6"
}
cp "$log" "$work/whole.evtx"
died="chunk 1 at offset $second: DEATH; nor could libevtx read it|"
gone="chunk given up: the worker that read it did not survive|"
unsearched="nor was it searched for residual records: DEATH|"
survived header "twice:$second" "1 2 6 7 " "3 4 5 " 3 "$died$gone"
survived odd "twice:$second" "1 2 6 7 " "3 4 5 " 0 "$died$gone"
survived whole "twice:$second" "1 2 6 7 " "" 3 "$died$gone"
survived header "place:$second" "1 2 6 7 " "" 3 "$died$unsearched$gone"
survived odd "place:$second" "1 2 6 7 " "" 0 "$died$unsearched$gone"
survived whole "place:$second" "1 2 6 7 " "" 3 "$died$unsearched$gone"
# The other reader reads nothing of a slot without a header: what is lost with that is residue, too.
survived odd crash:2:once "1 2 6 7 " "3 4 5 " 0 "chunk 1 at offset $second: DEATH; read by libevtx instead|"
survived header crash:2:once "1 2 6 7 " "3 4 5 " 3 "chunk 1 at offset $second: DEATH; read by libevtx instead|"
for n in 1 3; do
	EVTRIAGE_FAULT=place:$second timeout 60 "$faulty" dump -q --reader direct --residual yes --threads $n "$work/header.evtx" \
		>"$work/deaths-$n" 2>&1
done
same "deaths are the same with three workers" "$work/deaths-1" "$work/deaths-3"
# In a file of twenty such slots workers are not sent for ever.
{ part 0 $second; for _ in $(seq 20); do junk $chunk; done; } >"$work/twenty.evtx"
rm -f "$work/manifest.json"
EVTRIAGE_FAULT=crash:2 timeout 120 "$faulty" dump -q --reader direct --residual yes --threads 1 --manifest "$work/manifest.json" \
	"$work/twenty.evtx" >"$work/out" 2>"$work/err"
is "of many the rest of the file is given up" "$? $(jq -r '[.Notices[] | select(.Reason | test("^rest of the file, given up"))] | length' \
	"$work/manifest.json") $(jq '[.Notices[] | select(.Reason | test("nor was it searched"))] | length' "$work/manifest.json")" "3 1 5"

# --- hostile bytes: heads of records and chunks everywhere, sizes that lie over one another
hostile() { awk 'BEGIN { for (i = 0; i < 65536 / 16; i++) printf "%s", "'"$1"'" }' | head -c 65535; }
mkdir "$work/logs"
{
	part 0 $second
	for _ in 1 2 3 4; do
		printf x
		hostile 'ElfChnkZ**ZZQQQQ' | tr 'ZQ' '\000\200'
		printf x
		hostile '**ZZ@ZZZ**ZZ@ZZZ' | tr Z '\000'
		printf x
		hostile '**ZZ@QZZQPPZCZZZ' | tr 'ZQPC' '\000\300\001\014'
	done
	part $third $chunk
} >"$work/logs/hostile.evtx"
cp "$work/logs/hostile.evtx" "$work/hostile.evtx"
gives hostile.evtx "hostile bytes" "1 2 6 7 " ""

# --- made-up headers and records in front of a true chunk whose definitions are known by its table alone, since the record
# that has them is gone; and far away a record that needs them
"$writer" --made-up "$work/up" || not_ok "pieces are made up"
number() { part "$1" 4 | od -An -tu4 | tr -d ' '; }
seventh=$((third + 512 + $(number $((third + 516)))))
away() { part $seventh "$(number $((seventh + 4)))"; }
# behind PIECE [HEADER]: a log without a live record, in which the chunk stands behind that piece
behind() {
	part 0 $first
	junk 13
	cat "$work/up/$1"
	if [ "$2" ]; then part $second 124; zeros 4; part $((second + 128)) 384; else part $second 512; fi
	zeros 4
	part $((second + 516)) $((chunk - 516))
	junk $((2 * chunk))
	away
	junk $chunk
}
# met NAME TEXT: what is recovered, with its flags, and the limits of slots
met() {
	dumped "$1"
	is "$2: $1" "$(jq -r '.Residue.Flags |= join("+") | "\(.Event.System.EventRecordID) \(.Residue.Flags)"' "$work/out" | tr '\n' ';')" "$3"
	is "$2: limits of $1" "$(jq -r '.Notices[] | select(.Reason | test("more (templates|than)")) | "\(.Kind) \(.Offset): \(.Reason)"' \
		"$work/manifest.json")" "$4"
	is "$2: totals of $1 add up" "$(jq '.Totals | .ResidueFound == .ResidueCopies + .ResidualRead + .ResidueUndecoded + .ResidueLeftOut + .ResidueGivenUp' \
		"$work/manifest.json")" true
}
all="4 residual;5 residual;7 residual+template-from-elsewhere;"
cut="limit $first: more templates than a chunk can have: those of"
for piece in heads heavy-heads proven-heads records; do
	behind $piece >"$work/logs/up-$piece.evtx"
	behind $piece damaged >"$work/logs/up-$piece-damaged.evtx"
	cp "$work/logs/up-$piece.evtx" "$work/logs/up-$piece-damaged.evtx" "$work/"
done
# Nothing to look at costs nothing, whatever its number; what fits its checksum comes first.
met up-heads.evtx "many headers" "$all" ""
met up-heads-damaged.evtx "many headers" "$all" ""
met up-heavy-heads.evtx "headers that are much work" "$all" "$cut 19 chunk headers and 0 residual records are not all looked at"
# Where that is not enough, it is said.
met up-heavy-heads-damaged.evtx "headers that are much work" "4 residual;5 residual;7 residual+template-built-in;" \
	"$cut 20 chunk headers and 0 residual records are not all looked at"
met up-proven-heads.evtx "headers with checksums that are much work" "4 residual;5 residual;7 residual+template-built-in;" \
	"$cut 20 chunk headers and 0 residual records are not all looked at"
# Records that name a chunk each: those of a header that fits its checksum have a share of their own.
met up-records.evtx "made-up records" "$all" "limit $first: more than 16 chunks in one slot: 24 residual records are not read in theirs"
met up-records-damaged.evtx "made-up records" "4 residual+template-from-elsewhere;5 residual+template-from-elsewhere;7 residual+template-from-elsewhere;" \
	"limit $first: more than 16 chunks in one slot: 26 residual records are not read in theirs"
"$evtriage" dump -q --reader direct --residual yes "$work/up-heavy-heads-damaged.evtx" >/dev/null 2>&1
is "a limit is no loss" $? 0
"$evtriage" dump --reader direct --residual yes "$work/up-heavy-heads-damaged.evtx" 2>&1 >/dev/null |
	grep -c "limit: .*up-heavy-heads-damaged.evtx: at 0x1000: more templates" >"$work/count"
is "and told with file and offset" "$(cat "$work/count")" 1
# A chunk whose definition is much work: bounded in the same way, and 64 of them take no time (they took minutes).
{ part 0 $second; for _ in $(seq 64); do cat "$work/up/names"; done; part $third $chunk; } >"$work/names.evtx"
timeout 60 "$evtriage" dump -q --reader direct --residual yes --manifest "$work/names.json" "$work/names.evtx" >"$work/out" 2>/dev/null
is "long names that are met again and again" "$? $(jq -r .Event.System.EventRecordID "$work/out" | tr '\n' ' ')$(
	jq '[.Notices[] | select(.Reason | test("more templates"))] | length' "$work/names.json")" "0 1 2 6 7 64"
# Records that wear out what may be looked at take it from their own neighbours alone, and that is said.
{ part 0 $first; cat "$work/up/claims"; junk 13; part $second 512; zeros 4; part $((second + 516)) $((chunk - 516))
	junk $((2 * chunk)); away; junk $chunk; } >"$work/logs/claims.evtx"
cp "$work/logs/claims.evtx" "$work/"
met claims.evtx "records that are much work" "$all" \
	"limit $first: more templates than a chunk can have: those of 5 residual records are looked for elsewhere alone"

# --- any number of workers, and shares that are merged: the same
for name in header start odd moved edge stray tail short both copy; do cp "$work/$name.evtx" "$work/logs/"; done
for mode in "dump --residual yes" "scan -t jsonl" "blocks"; do
	for n in 1 2 5; do
		# shellcheck disable=SC2086
		"$evtriage" $mode -q --threads $n "$work/logs" >"$work/threads-$n" 2>"$work/err-$n"
	done
	same "$mode with one worker and with two" "$work/threads-1" "$work/threads-2"
	same "$mode with one worker and with five" "$work/threads-1" "$work/threads-5"
done
set --
shares=
for name in odd moved hostile up-proven-heads up-records; do
	set -- "$@" "$work/logs/$name.evtx"
	shares="$work/share.$name $shares"
	"$evtriage" scan -q --reader direct --partial "$work/share.$name" "$work/logs/$name.evtx" 2>/dev/null
done
rm -f "$work/manifest.json" "$work/merged.json"
"$evtriage" scan -q --reader direct -t jsonl --manifest "$work/manifest.json" "$@" >"$work/one" 2>/dev/null
# shellcheck disable=SC2086
"$evtriage" merge -q --reader direct -t jsonl --manifest "$work/merged.json" $shares >"$work/merged" 2>/dev/null
same "shares that are merged give what one run gives" "$work/one" "$work/merged"
is "in its numbers, too" "$(jq -c .Totals "$work/merged.json")" "$(jq -c .Totals "$work/manifest.json")"
is "what is live in one share is a copy in the other" "$(total ResidueFound) $(total ResidualRead)" "54 3"
finish
