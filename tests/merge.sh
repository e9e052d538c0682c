#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Partial results come from other machines: a damaged one is refused with a word, and nothing is written; one of other
# rules, another version or other options does not fit.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose

needs jq

scenario joining "$work/logs" || finish
rules=$top_srcdir/testdata/golden/rules
"$evtriage" scan -q -r "$rules" --partial "$work/p" "$work/logs" 2>/dev/null
is "a partial result is written" "$(head -c 7 "$work/p")" EVTPART
run "and can be merged" 0 "$evtriage" merge -q -r "$rules" -o "$work/t.csv" --force "$work/p"
cp "$work/t.csv" "$work/whole.csv"
run "its residue can be left out" 0 "$evtriage" merge -q -r "$rules" --residual no -o "$work/t.csv" --force "$work/p"
"$evtriage" scan -q -r "$rules" --residual no -o "$work/live.csv" "$work/logs" 2>/dev/null
same "as one run would" "$work/t.csv" "$work/live.csv"
"$evtriage" scan -q -r "$rules" --residual no --partial "$work/live" "$work/logs" 2>/dev/null
run "where it was left out it cannot be had" 1 "$evtriage" merge -q -r "$rules" -o "$work/u.csv" "$work/live"
is "which is said" "$(cat "$work/err")" "evtriage: $work/live: made with --residual no, which merge must be given, too"
run "but without it that can be merged" 0 "$evtriage" merge -q -r "$rules" --residual no -o "$work/t.csv" --force "$work/live"
same "to the same" "$work/t.csv" "$work/live.csv"
run "with other rules it cannot" 1 "$evtriage" merge -q -r default -o "$work/u.csv" "$work/p"
is "which is said" "$(grep -c 'other rules' "$work/err")" 1
run "nor with another reader" 1 "$evtriage" merge -q --reader direct -r "$rules" -o "$work/u.csv" "$work/p"
run "nor with a log" 1 "$evtriage" merge -q -r "$rules" -o "$work/u.csv" "$(find "$work/logs" -name '*.evtx' | head -n 1)"
run "nor with another --carve" 1 "$evtriage" merge -q -r "$rules" --carve -o "$work/u.csv" "$work/p"
is "which is said" "$(grep -c 'made with another --reader, --verify, --carve' "$work/err")" 1
run "--partial and -o do not go together" 2 "$evtriage" scan -q --partial "$work/q" -o "$work/u.csv" "$work/logs"
run "the same one twice is one" 0 "$evtriage" merge -q -r "$rules" -o "$work/t.csv" --force "$work/p" "$work/p"
same "and gives the same" "$work/t.csv" "$work/whole.csv"
run "it is not replaced" 1 "$evtriage" scan -q -r "$rules" --partial "$work/p" "$work/logs"
run "nor written over by what is merged from it" 1 "$evtriage" merge -q -r "$rules" -o "$work/p" -t csv --force "$work/p"

# --- what decides matching must be the same, whatever its path
cat >"$work/one.map" <<'MAP'
source mine
	channel Security
	service security
MAP
sed 's/mine/thine/' "$work/one.map" >"$work/two.map"
cp "$work/one.map" "$work/same.map"
printf 'alpha\n' >"$work/one.txt"
printf 'beta\n' >"$work/two.txt"
mapped() { "$evtriage" "$@" -q -r "$rules" >"$work/out" 2>"$work/err"; }
mapped scan --mapping "$work/one.map" --expand "names=$work/one.txt" --partial "$work/mapped" "$work/logs"
mapped merge --mapping "$work/same.map" --expand "names=$work/one.txt" -o "$work/m.csv" "$work/mapped"
is "the same mapping and placeholders fit" $? 0
refused() { # NAME ARGUMENTS...
	name=$1
	shift
	mapped merge "$@" -o "$work/u.csv" "$work/mapped"
	is "$name" "$?:$(grep -c 'mapped: made with another --mapping or --expand' "$work/err")" 1:1
}
refused "another mapping does not" --mapping "$work/two.map" --expand "names=$work/one.txt"
refused "nor other values of a placeholder" --mapping "$work/one.map" --expand "names=$work/two.txt"
refused "nor another placeholder" --mapping "$work/one.map" --expand "others=$work/one.txt"
refused "nor none"
title=$("$evtriage" rules list -q -r "$rules" -t jsonl 2>/dev/null | jq -r .Title | head -n 1)
run "nor a choice of other rules" 1 "$evtriage" merge -q -r "$rules" --exclude-rule "$title" -o "$work/u.csv" "$work/p"
is "which is said, too" "$(grep -c 'other rules' "$work/err")" 1

# --- second opinions: those of one run, also where libevtx dies, refuses or differs
cp -r "$work/logs" "$work/all"
for name in example unicode; do scenario $name "$work/all/$name" || finish; done
"$writer" --volume parts=600 "$work/all/volume" >/dev/null 2>&1
cp -r "$work/all/example" "$work/all/copies"
cat >"$work/all.yml" <<'RULE'
title: A block
name: block
level: low
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|contains: 'e' }, condition: s }
---
title: Blocks
name: blocks
level: high
correlation: { type: event_count, rules: [block], group-by: [Computer], timespan: 1d, condition: { gte: 3 }, generate: true }
RULE
build=$(pwd)
# opinions NAME PROGRAM ARGUMENTS...: one run, and a merge of one partial result a folder, give the same
opinions() {
	name=$1
	program=$2
	shift 2
	rm -rf "$work"/share.* "$work/one" "$work/two"
	mkdir "$work/one" "$work/two"
	(cd "$work/one" && timeout 300 "$build/$program" scan "$@" -r ../all.yml -o o.csv -o o.jsonl --manifest o.json ../all 2>err; echo $? >status)
	(
		cd "$work/two" || exit 99
		for folder in ../all/*; do
			timeout 300 "$build/$program" scan -q --threads 3 "$@" -r ../all.yml --partial "../share.${folder##*/}" "$folder" 2>/dev/null
		done
		timeout 300 "$build/$program" merge "$@" -r ../all.yml -o o.csv -o o.jsonl --manifest o.json ../share.* 2>err
		echo $? >status
	)
	for folder in one two; do
		jq -S 'del(.Run, .Arguments, .Options, .Command)' "$work/$folder/o.json" >"$work/$folder/o.json.txt"
		# (where workers die, a sanitizer has a word of its own)
		grep '^evtriage: ' "$work/$folder/err" >"$work/$folder/err.txt"
	done
	differs=
	for kind in o.csv o.jsonl o.json.txt err.txt status; do
		cmp -s "$work/one/$kind" "$work/two/$kind" || differs="$differs $kind"
	done
	is "$name: a merge gives what one run gives" "$differs" ""
}
# asked JQ: of the manifest's opinions
asked() { jq "$1" "$work/one/o.json"; }
opinions "second opinions" "$evtriage"
is "there are some of all sorts" "$(asked '.SecondOpinion | .Agree > 0 and .AgreeButForKnownErrors > 0 and .RefusedAsKnown > 0')" true
is "more were asked about than enter a finding" "$("$evtriage" scan -q -r "$work/all.yml" --partial "$work/count" --manifest "$work/count.json" \
	"$work/all" 2>/dev/null; jq .SecondOpinion.Records "$work/count.json" | awk -v "one=$(asked .SecondOpinion.Records)" '{ print ($1 > one) }')" 1
opinions "--verify" "$evtriage" --verify
is "more is asked about" "$(asked '.Verified.Records > .SecondOpinion.Records')" true
run "it must be merged with --verify" 1 "$evtriage" merge -q -r "$work/all.yml" -o "$work/u.csv" "$work"/share.*
is "which is said" "$(grep -c 'made with another --reader, --verify' "$work/err")" 1
opinions "--verify by the direct reader" "$evtriage" --verify --reader direct
opinions "libevtx reads" "$evtriage" --reader libevtx
for fault in second:1 poison:7 poison:100; do
	EVTRIAGE_FAULT=$fault opinions "libevtx dies ($fault)" ./tests/evtriage-fault
	is "and that shows ($fault)" "$(asked '.SecondOpinion.Unheard > 0')" true
done
is "some are heard nevertheless" "$(asked '.SecondOpinion.Agree > 0')" true
EVTRIAGE_FAULT=poison:40 opinions "libevtx dies, --verify" ./tests/evtriage-fault --verify
is "and that shows" "$(asked '.Verified.Unheard > 0')" true

size=$(wc -c <"$work/p")
bad=
try() {
	(
		# (a sanitizer reserves more address space than there is)
		# shellcheck disable=SC3045 # dash and bash have it
		grep -q '^#define SANITIZED 1' config.h || ulimit -v 4000000
		timeout 60 "$evtriage" merge -q -r "$rules" -o "$work/bad.csv" "$work/bad" >"$work/out" 2>"$work/err"
	)
	status=$?
	[ $status -eq 1 ] && [ -s "$work/err" ] && [ ! -e "$work/bad.csv" ] || bad="$bad $1($status)"
	rm -f "$work/bad.csv"
}
for at in 0 4 7 8 12 13 20 100 1000 5000 $((size / 2)) $((size - 40)) $((size - 33)) $((size - 1)); do
	[ "$at" -lt "$size" ] || continue
	head -c "$at" "$work/p" >"$work/bad"
	try "cut:$at"
done
for at in 0 8 9 10 11 12 16 30 60 90 120 150 200 300 500 1000 3000 9000 $((size / 3)) $((size / 2)) $((size - 20)); do
	[ "$at" -lt "$size" ] || continue
	{
		head -c "$at" "$work/p"
		printf '\377'
		tail -c "+$((at + 2))" "$work/p"
	} >"$work/bad"
	cmp -s "$work/p" "$work/bad" || try "changed:$at"
done
{
	cat "$work/p"
	printf 'more'
} >"$work/bad"
try longer
is "damaged ones are refused" "$bad" ""
finish
