#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target over its kept corpus and over seeds made on the spot: chunks and records of all scenarios and broken
# forms, the shipped rules, texts.  What a fuzzer once found stays found.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

"$writer" --broken "$work/broken" >/dev/null 2>&1
for name in events unicode joining; do scenario $name "$work/$name"; done
mkdir "$work/chunks" "$work/records" "$work/texts"
find "$work/broken" "$work/events" "$work/unicode" "$work/joining" -name '*.evtx' -size +4k | LC_ALL=C sort >"$work/list"
n=0
while read -r log; do
	n=$((n + 1))
	dd if="$log" of="$work/chunks/$n" bs=4096 skip=1 count=16 2>/dev/null
	# the BinXML of the first record, as far as it may go
	dd if="$log" of="$work/records/$n" bs=8 skip=579 count=500 2>/dev/null
done <"$work/list"
cp "$top_srcdir"/testdata/*.scenario "$work/texts"

# replay NAME FILES...
replay() {
	name=$1
	shift
	if [ -d "$top_srcdir/fuzz/corpus/$name" ]; then set -- "$@" "$top_srcdir/fuzz/corpus/$name"/*; fi
	run "fuzz_$name over $# inputs" 0 "./fuzz/fuzz_$name" "$@"
}
# The frames of a partial result, behind its signature and head, and the same as a worker might send them.
"$evtriage" scan -q --partial "$work/partial" "$work/joining" "$work/broken" >/dev/null 2>&1
head_len=$(od -An -tu4 -j8 -N4 "$work/partial" | tr -d ' ')
mkdir "$work/frames"
tail -c "+$((8 + 4 + head_len + 1))" "$work/partial" | head -c -37 >"$work/frames/all"
for size in 1 5 100 3000 30000 100000; do head -c $size "$work/frames/all" >"$work/frames/$size"; done
# A worker that ends with something in its outbox: 3,000 bytes were sent, 1,484 lie there.
{
	printf '\200'
	head -c 3000 "$work/frames/all"
	printf '\270\013\0\0\0\0\0\0\314\005\0\0\0\0\0\0'
	tail -c +3001 "$work/frames/all" | head -c 1484
} >"$work/frames/outbox"

for program in ./fuzz/fuzz_*; do
	if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
	name=${program#./fuzz/fuzz_}
	case $name in
	*.*) continue ;;
	chunk | plan | slack) replay "$name" "$work"/chunks/* ;;
	merge | worker) replay "$name" "$work"/frames/* "$work"/records/* ;;
	record) replay record "$work"/records/* ;;
	rule) replay rule "$top_srcdir"/rules/*/*.yml ;;
	yaml) replay yaml "$top_srcdir"/rules/*/*.yml "$top_srcdir"/fuzz/corpus/rule/* ;;
	compare) replay compare "$work"/texts/* "$top_srcdir"/fuzz/corpus/xml/* ;;
	libevtx) skip "fuzz_libevtx: the library's own faults would fail us; a worker holds them (tests/worker.sh)" ;;
	block | protocol) replay "$name" "$work"/records/* "$top_srcdir"/fuzz/corpus/block/* ;;
	*) replay "$name" "$work"/texts/* ;;
	esac
done
finish
