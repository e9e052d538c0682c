#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shares of the evidence on several machines: whatever one has that another one needs - a deleted part of a script block,
# the template of a deleted record, the live record that a deleted one repeats - a merge gives the bytes of one run.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose

needs jq

# --- evidence: one folder a machine
made() {
	cat >"$work/$1.scenario"
	"$writer" "$work/$1.scenario" "$work/$1" >"$work/writer.out" 2>&1 || not_ok "$1 is made" "$(cat "$work/writer.out")"
}
long=$(head -c 1500 /dev/zero | tr '\0' x)
eight() {
	for n in 1 2 3 4 5 6 7 8; do
		echo "script id=30000000-0000-4000-8000-0000000000$1$n line=\"block $n $long\" expect=no"
	done
}
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=powershell pid=7 tid=8 template=4f13e858-7e73-5e62-55dd-5ae8981b7af9'
	echo 'text short = 0123456789abcdefghij'
	# two parts live here, the third one deleted there; the same deleted record there and elsewhere
	echo 'file gap.evtx record=100'
	echo 'script id=50000000-0000-4000-8000-000000000001 text=short split=8 parts=1,3 expect=no'
	echo 'event 4104 record=109'
	echo 'file filler.evtx record=200 slack'
	echo 'script id=50000000-0000-4000-8000-000000000002 line=live expect=no'
	echo residue
	echo 'script id=50000000-0000-4000-8000-000000000001 text=short split=8 parts=2 record=101 expect=no'
	echo live
	echo 'copy filler.evtx filler-again.evtx'
	# deleted here, live there
	echo 'file copy.evtx record=300 slack'
	echo 'script id=50000000-0000-4000-8000-000000000003 line=live expect=no'
	echo residue
	echo 'script id=50000000-0000-4000-8000-000000000004 line=twice record=400 time=2024-03-05T11:00:00 expect=no'
	echo live
	echo 'file original.evtx record=400'
	echo 'script id=50000000-0000-4000-8000-000000000004 line=twice record=400 time=2024-03-05T11:00:00 expect=no'
	# its first chunk will be cut off, so what is left of it in the second one has lost its definitions
	echo 'file orphans.evtx record=500 slack'
	eight 1
	echo chunk
	echo 'set computer=DC01.example channel=security template=-'
	echo 'event 4688'
	echo 'file donor.evtx record=600'
	echo 'set computer=WS01.example channel=powershell template=4f13e858-7e73-5e62-55dd-5ae8981b7af9'
	echo 'script id=30000000-0000-4000-8000-000000000031 line=donor expect=no'
	# an edited log
	echo 'file hidden.evtx record=700'
	echo 'script id=40000000-0000-4000-8000-000000000001 line="before" expect=no'
	echo 'script id=40000000-0000-4000-8000-000000000002 line="hidden PSAsyncShell" expect=no'
	echo hide
	echo 'script id=40000000-0000-4000-8000-000000000003 line="behind" expect=no record=701'
	# residue in more chunks than one piece of it may have
	echo 'file many.evtx record=1000'
	for n in $(seq 1 20); do
		echo "script id=60000000-0000-4000-8000-0000000000$((n + 10)) line=\"many $n\" expect=no"
		echo residue
		echo "script id=60000000-0000-4000-8000-0000000001$((n + 10)) line=\"gone $n\" expect=no"
		echo live
		[ "$n" -eq 20 ] || echo chunk
	done
	# lost but for their bytes
	echo 'file image.evtx record=2000'
	echo 'script id=70000000-0000-4000-8000-000000000001 line="in an image" expect=no'
	echo 'file stray.evtx record=2100'
	echo 'script id=70000000-0000-4000-8000-000000000002 line="without a chunk" expect=no'
} | made all
for machine in a b c d e f g; do mkdir -p "$work/logs/$machine"; done
cd "$work/all" || exit 99
{ head -c 4096 orphans.evtx && tail -c +69633 orphans.evtx; } >"$work/logs/g/orphans.evtx"
mv gap.evtx original.evtx "$work/logs/a"
mv filler.evtx hidden.evtx "$work/logs/b"
mv copy.evtx filler-again.evtx "$work/logs/c"
mv donor.evtx many.evtx "$work/logs/d"
cd - >/dev/null || exit 99
"$writer" --broken "$work/logs/e" >/dev/null 2>&1
# where libevtx runs out of memory in it depends on what was read before, but for a build with a heap for libevtx
grep -q '^#define LIBRARY_HEAP' config.h || rm -f "$work/logs/e/bomb-array.evtx"
scenario joining "$work/logs/f" || finish
# and no log: a chunk at an odd place, records that have lost their chunk, for --carve
{ head -c 70001 /dev/zero; tail -c +4097 "$work/all/image.evtx"; head -c 1500000 /dev/zero; tail -c +4097 "$work/all/image.evtx"; } >"$work/logs/a/image"
tail -c +4609 "$work/all/stray.evtx" >"$work/logs/c/stray"
cat >"$work/rules.yml" <<'RULE'
title: Any block
name: block
level: low
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|re: '(?s).' }, condition: s }
---
title: Edited
name: edited
level: medium
logsource: { service: evtriage-log }
detection: { s: { Fact|re: '.' }, condition: s }
---
title: Many
level: high
correlation: { type: event_count, rules: [block, edited], group-by: [Computer], timespan: 1d, condition: { gte: 3 }, generate: true }
RULE
build=$(pwd)

# one ARGUMENTS...: all of the evidence in one run
one() {
	rm -rf "$work/one"
	mkdir "$work/one"
	(cd "$work/one" && timeout 120 "$build/$evtriage" scan "$@" -r ../rules.yml -o o.csv -o o.jsonl --manifest o.json ../logs 2>err; echo $? >status)
	normalise one
}
# parts ARGUMENTS...: a partial result of each machine
parts() {
	rm -rf "$work"/part.* "$work/two"
	mkdir "$work/two"
	for machine in a b c d e f g; do
		(cd "$work/two" && timeout 120 "$build/$evtriage" scan -q "$@" -r ../rules.yml --partial "../part.$machine" "../logs/$machine" >/dev/null 2>&1)
	done
}
# merge PROGRAM ARGUMENTS...
merge() {
	program=$1
	shift
	rm -rf "$work/two"
	mkdir "$work/two"
	(cd "$work/two" && timeout 120 "$build/$program" merge -r ../rules.yml -o o.csv -o o.jsonl --manifest o.json "$@" 2>err; echo $? >status)
	normalise two
}
normalise() {
	jq -S 'del(.Run, .Arguments, .Options, .Command)' "$work/$1/o.json" >"$work/$1/o.json.txt" 2>/dev/null
	grep '^evtriage: ' "$work/$1/err" >"$work/$1/err.txt"
}
differences() {
	for kind in o.csv o.jsonl o.json.txt err.txt status; do
		cmp -s "$work/one/$kind" "$work/two/$kind" || printf ' %s' "$kind"
	done
}
told() { jq -r "$1" "$work/one/o.jsonl" | LC_ALL=C sort | uniq -c | sed 's/^ *//' | tr '\n' ';'; }
total() { jq -r ".Totals | [$1] | tostring" "$work/${2:-one}/o.json"; }

# --- the evidence shows what it is meant to
one
is "a part deleted on another machine fills a gap" "$(told 'select(.ScriptBlockId | test("^50000000.*01$")) |
	[.Parts, (.Flags | tostring), (.Sources | map(split("/")[2:4] | join("/")) | unique | tostring)] | join(" ")')" \
	'1 3/3 ["residual"] ["a/gap.evtx@6600","b/filler.evtx@6592"];'
is "a record is decoded by a template of another machine" "$(told 'select(.Evidence | test("orphans")) |
	select(.Flags | index("template-from-elsewhere")) | .Computer')" "7 WS01.example;"
is "a log was edited" "$(told 'select(.Channel == "evtriage/log" and (.Evidence | test("b/hidden"))) | [.RuleTitle, .Event.Fact] | join(" ")')" \
	"1 Edited hidden-record;"
is "there are copies of what is live on another machine" "$(jq -r '.Residue[] | select(.Path | test("/c/")) | [.Path, .Found, .Copies] |
	join(" ")' "$work/one/o.json" | sed 's/.*logs.//' | tr '\n' ';')" "c/copy.evtx 1 1;c/filler-again.evtx 1 1;"
is "correlations span them" "$(told 'select(.RuleTitle == "Many") | .Level' | grep -c high)" 1

# --- a merge gives the same
parts --threads 1
cp "$work/part.g" "$work/lonely"
sum=$(cat "$work"/part.* | sha256sum)
merge "$evtriage" ../part.a ../part.b ../part.c ../part.d ../part.e ../part.f ../part.g
is "a merge gives what one run gives" "$(differences)" ""
merge "$evtriage" --threads 1 ../part.f ../part.g ../part.d ../part.b ../part.e ../part.c ../part.a
is "in any order" "$(differences)" ""
merge "$evtriage" --threads 4 ../part.d ../part.a ../part.f ../part.b ../part.c ../part.g ../part.e
is "with any number of workers" "$(differences)" ""
for threads in 2 4; do
	parts --threads $threads
	is "partial results are the same bytes with $threads workers" "$(cat "$work"/part.* | sha256sum)" "$sum"
done
for options in "--residual no" "--reader libevtx" "--carve --verify --reader direct" "--carve --residual no" \
	"--from 2024-03-05T09:00:01 --include-eid 4104"; do
	# shellcheck disable=SC2086
	{ one $options; parts $options; merge "$evtriage" $options "$work"/part.*; }
	is "with $options" "$(differences)" ""
done
one --carve
is "carving finds records" "$(jq '.Residue[] | select(.Path | test("image|stray")) | .Read' "$work/one/o.json" | tr '\n' ' ')" "1 1 "
parts --threads 1 --carve
sum=$(cat "$work"/part.* | sha256sum)
merge "$evtriage" --carve "$work"/part.*
is "and so do shares" "$(differences)" ""
parts --threads 4 --carve
is "of the same bytes" "$(cat "$work"/part.* | sha256sum)" "$sum"

# --- which of them is alone does not know the template
merge "$evtriage" ../lonely
is "a share alone lacks the template" "$(jq -r 'select(.Flags | index("template-built-in")) | .Computer' "$work/two/o.jsonl" | sort | uniq -c |
	tr -d ' ')" 7

# --- deaths: residue is lost with the worker that decodes it, told, and nothing else is
one
parts
if EVTRIAGE_FAULT=crash:1:once merge ./tests/evtriage-fault --threads 1 "$work"/part.* && [ "$(cat "$work/two/status")" -eq 3 ]; then
	is "a worker that dies of residue is a loss" "$(grep -c 'loss: .* residual records, the first at offset [0-9]*, given up: the worker' "$work/two/err")" 1
	is "of that residue alone" "$(total .RecordsSeen,.RecordsWritten,.RecordsLost,.ResidueFound,.ResidueCopies two)" \
		"$(total .RecordsSeen,.RecordsWritten,.RecordsLost,.ResidueFound,.ResidueCopies)"
else
	not_ok "a worker that dies of residue is a loss" "status $(cat "$work/two/status")"
fi

# A read that fails costs what it was to read, whoever reads: the rest adds up, and the merge takes what there is.
bad=
shown=
for n in $(seq 1 16); do
	rm -f "$work/bad"
	EVTRIAGE_FAULT=read:$n:once timeout 60 ./tests/evtriage-fault scan -q -r "$work/rules.yml" --threads 1 --reader direct --partial "$work/bad" \
		"$work/logs/b/filler.evtx" 2>/dev/null
	read=$?
	(cd "$work/two" && "$build/$evtriage" merge -q -r ../rules.yml --reader direct --force -o o.csv --manifest o.json ../bad 2>err)
	[ "$(jq '.Totals | .RecordsSeen == .RecordsWritten + .RecordsLost and
		.ResidueFound == .ResidueCopies + .ResidualRead + .ResidueUndecoded + .ResidueLeftOut + .ResidueGivenUp' "$work/two/o.json")" = true ] || bad="$bad $n"
	[ "$(jq '.Totals.ResidueUndecoded > 0' "$work/two/o.json")" = false ] || shown="$shown $read $(grep -c 'loss: .*filler.evtx: chunks with residue cannot be read' "$work/two/err")"
done
is "a failing read leaves sums that add up" "$bad" ""
is "and residue that cannot be read is a loss, there and here" "$shown" " 3 1"

# --- more partial results than files that may be open
mkdir "$work/small"
for n in $(seq 1 24); do
	cp -r "$work/logs/a" "$work/small/$n"
	"$evtriage" scan -q -r "$work/rules.yml" --partial "$work/small/p$n" "$work/small/$n" 2>/dev/null
done
# shellcheck disable=SC3045 # dash and bash know it
(ulimit -n 20; "$evtriage" merge -q -r "$work/rules.yml" --threads 2 -o "$work/few.csv" "$work"/small/p* 2>"$work/err")
is "few descriptors are enough" "$? $(cat "$work/err")" "0 "

# --- real logs
if [ -d "$corpus/evtx" ]; then
	real=$(cd "$corpus/evtx" && pwd)
	rm -rf "$work/one" "$work/two"
	mkdir "$work/one" "$work/two" "$work/real"
	(cd "$work/one" && "$build/$evtriage" scan -o o.csv -o o.jsonl --manifest o.json "$real" 2>err; echo $? >status)
	normalise one
	# each file by itself is the smallest share; several make one here, dealt in turn
	find "$real" -name '*.evtx' | LC_ALL=C sort >"$work/list"
	for n in 0 1 2; do
		awk -v "n=$n" 'NR % 3 == n' "$work/list" | tr '\n' '\0' |
			xargs -0 "$evtriage" scan -q --partial "$work/real/$n" 2>/dev/null
	done
	(cd "$work/two" && "$build/$evtriage" merge -o o.csv -o o.jsonl --manifest o.json ../real/* 2>err; echo $? >status)
	normalise two
	is "shares of the corpus" "$(differences)" ""
	is "with residue of it" "$(jq '.Totals | .ResidualRead > 5000 and .ResidueCopies > 3000 and .BlocksResidual > 40' "$work/two/o.json")" true
else
	skip "no corpus at $corpus: real logs were not shared out and merged"
fi
finish
