#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whatever fails under the program - memory, reads, writes, sync, rename, the socket to the worker - it never crashes,
# never leaves half a file, and never ends with 0 unless everything was read and written.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose
faulty=./tests/evtriage-fault

scenario joining "$work/logs" || finish
"$faulty" -q -o "$work/whole.jsonl" "$work/logs" 2>/dev/null
whole_status=$?
is "without a fault it works" "$([ $whole_status -eq 0 ] || [ $whole_status -eq 3 ] && echo yes)" yes

# one KIND N: prints what is wrong, nothing when all is well
one() {
	rm -f "$work/part.jsonl"
	EVTRIAGE_FAULT=$1:$2 "$faulty" -q -o "$work/part.jsonl" "$work/logs" >"$work/out" 2>"$work/err"
	status=$?
	left=$(find "$work" -maxdepth 1 -name '*.jsonl*' ! -name whole.jsonl ! -name part.jsonl)
	[ -z "$left" ] || echo "$1:$2 left $left"
	case $status in
	0 | 3)
		[ -f "$work/part.jsonl" ] || echo "$1:$2 status $status without output"
		if [ $status -lt $whole_status ]; then echo "$1:$2 hides losses"; fi
		if ! cmp -s "$work/part.jsonl" "$work/whole.jsonl"; then
			[ $status -eq 3 ] && [ -s "$work/err" ] || echo "$1:$2 differs with status $status"
		fi
		;;
	1) # nothing written or all of it (only syncing the folder failed), and told why
		[ ! -e "$work/part.jsonl" ] || cmp -s "$work/part.jsonl" "$work/whole.jsonl" || echo "$1:$2 left half an output"
		[ -s "$work/err" ] || echo "$1:$2 failed without a word"
		;;
	2) [ "$1" = memory ] || echo "$1:$2 status 2" ;;
	*) echo "$1:$2 status $status: $(tail -n 3 "$work/err")" ;;
	esac
}

# The kinds that happen once do happen: a fault nobody meets would prove nothing.
for kind in sync rename; do
	EVTRIAGE_FAULT=$kind:1 "$faulty" -q -o "$work/once.jsonl" "$work/logs" 2>"$work/err"
	is "a $kind fault fails the run" $? 1
	is "and no output appears" "$(find "$work" -maxdepth 1 -name '*once*' -o -maxdepth 1 -name '.evtriage-*')" ""
	EVTRIAGE_FAULT=$kind:1 "$faulty" blocks -q -o "$work/once" "$work/logs/joining-1.evtx" 2>"$work/err"
	status=$?
	[ $kind = sync ] || is "a $kind fault fails blocks" $status 1
	[ $kind = sync ] || is "and no folder appears" "$(find "$work" -maxdepth 1 -name 'once*')" ""
	rm -rf "$work/once"
done

# Every one of the first calls, then ever wider steps: early ones are set-up, late ones repeat.
steps="1 2 3 4 5 6 7 8 9 10 12 14 16 18 20 23 26 30 35 40 46 53 60 70 80 95 110 130 150 180 210 250 300 360 430 520 620 750 900 1100 1300 1600"
[ -z "$EVTRIAGE_FAULT_ALL" ] || steps=$(seq 1 2500)
for kind in memory read short write partial sync rename socket; do
	bad=
	for n in $steps; do
		case $kind in sync | rename) [ "$n" -le 6 ] || continue ;; esac
		case $kind in read | short | write | partial | socket) [ "$n" -le 300 ] || continue ;; esac
		bad="$bad$(one "$kind" "$n")"
	done
	if [ -z "$bad" ]; then ok "$kind faults are told"; else not_ok "$kind faults are told" "$bad"; fi
done
finish
