#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One set of bytes: for any number of workers, order of names, locale, time zone, and for one run or a merge of partial
# results.  Timeline in all formats, dump, and the manifest but for what is about the run itself.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq
program=$(pwd)/$evtriage
cp -r "$top_srcdir/testdata/golden/rules" "$work/rules"
cat >"$work/rules/many.yml" <<'RULE'
title: A block
name: block
level: low
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|contains: 'e' }, condition: s }
---
title: Many blocks
level: high
correlation: { type: event_count, rules: [block], group-by: [Computer], timespan: 1d, condition: { gte: 3 } }
RULE
for name in example joining residue unicode; do
	[ ! -f "$top_srcdir/testdata/$name.scenario" ] || scenario $name "$work/logs/$name" || finish
done
# A log of several units, so that one log is shared by workers, and copies of others, so that parts meet.
"$writer" --volume parts=40000 "$work/logs/volume" >/dev/null 2>&1
mkdir -p "$work/logs/copies"
cp "$work"/logs/joining/*.evtx "$work/logs/copies" 2>/dev/null || cp "$work"/logs/joining/*/*.evtx "$work/logs/copies"
printf 'no log\n' >"$work/logs/b.txt"
printf 'no log\n' >"$work/logs/a.evtx"
cd "$work" || exit 99
is "there is a log of several units" "$(find logs -name '*.evtx' -size +5M | head -n 1 | wc -l | tr -d ' ')" 1

# sum FOLDER: of all outputs in it; the manifest without what differs from run to run
sum() {
	(
		cd "$1" || exit 99
		jq -S 'del(.Run, .Arguments, .Options, .Command, .Outputs[].Path)' m.json >m.txt
		rm m.json
		cat ./* | sha256sum | cut -d' ' -f1
	)
}

# scan FOLDER ARGUMENTS...
scan() {
	folder=$1
	shift
	mkdir "$folder"
	"$program" "$@" -r rules -q -o "$folder/t.csv" -o "$folder/t.json" -o "$folder/t.jsonl" -o "$folder/t.txt" \
		--manifest "$folder/m.json" >/dev/null 2>"$folder/err"
	status=$?
	echo "$status" >"$folder/status"
}

set -- logs/example logs/joining logs/unicode logs/volume logs/copies logs/a.evtx logs/b.txt
reversed=
for path; do [ ! -e "$path" ] || reversed="$path $reversed"; done
forward=
for path; do [ ! -e "$path" ] || forward="$forward $path"; done

cell=0
wanted=
differs=
# check NAME: of $work/cell
check() {
	got=$(sum "$work/cell$cell")
	wanted=${wanted:-$got}
	[ "$got" = "$wanted" ] || differs="$differs $1"
	grep -q "Many blocks" "cell$cell/t.jsonl" || differs="$differs $1:no-correlation"
	[ -z "$differs" ] || return
	rm -rf "${work:?}/cell$cell"
}
locales="C C.UTF-8"
for name in tr_TR.utf8 de_DE.utf8; do
	if locale -a 2>/dev/null | grep -qx "$name"; then locales="$locales $name"; else missing="$missing $name"; fi
done
for threads in 1 2 4 8; do
	for locale in $locales; do
		for zone in UTC Asia/Kathmandu America/St_Johns; do
			for order in forward reversed; do
				# every number of workers with every order; locales and zones in turn, all of them over the whole
				cell=$((cell + 1))
				[ -n "$EVTRIAGE_FULL_MATRIX" ] || [ $((cell % 5)) -lt 2 ] || continue
				paths=$forward
				[ $order = forward ] || paths=$reversed
				# shellcheck disable=SC2086
				LC_ALL=$locale TZ=$zone scan "cell$cell" scan --threads $threads $paths
				check "$threads/$locale/$zone/$order"
			done
		done
	done
done
is "one SHA-256 over workers, locales, zones and orders" "$differs" ""
[ -z "$missing" ] || skip "not installed here:$missing"

# Partial results, made in any way and merged in any order: second opinions, residue and all: the same as one run.
differs=
parts=
for path in $forward; do
	name=$(echo "$path" | tr / _)
	"$program" scan -q --threads 2 -r rules --partial "$name.part" "$path" >/dev/null 2>&1
	[ ! -f "$name.part" ] || parts="$name.part $parts"
done
# shellcheck disable=SC2086
for threads in 1 4; do
	cell=$((cell + 1))
	scan "cell$cell" merge --threads $threads $parts
	check "merge of one part a path/$threads"
done
# shellcheck disable=SC2086
"$program" scan -q -r rules --partial all.part $reversed >/dev/null 2>&1
cell=$((cell + 1))
scan "cell$cell" merge all.part
check "merge of one part"
is "and so has a merge of partial results" "$differs" ""

# The same for records, in one file that grows as they come.
for threads in 1 3 8; do
	"$program" dump -q --threads $threads logs >"dump$threads" 2>/dev/null
done
is "there are records" "$([ "$(wc -l <dump1)" -gt 100 ] && echo many)" many
is "records come in the same order" "$(sha256sum <dump1) $(sha256sum <dump1)" "$(sha256sum <dump3) $(sha256sum <dump8)"
finish
