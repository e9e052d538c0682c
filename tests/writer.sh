#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our own writer against a third opinion: what it says is sound opens clean in libevtx's evtxinfo, with the same number
# of records.  And the same scenario gives the same bytes.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

tab=$(printf '\t')

# opens NAME FOLDER COUNT FILE: evtxinfo finds nothing wrong and as many records as were written
opens() {
	if ! evtxinfo "$2/$4" >"$work/info" 2>&1; then
		not_ok "$1: $4 opens" "$(head -n 3 "$work/info")"
		return
	fi
	is "$1: $4 is clean" "$(grep -iE 'corrupt|dirty|unable' "$work/info")" ""
	is "$1: $4 has its records" "$(sed -n 's/^.*Number of records[^0-9]*//p' "$work/info")" "$3"
}

# sound NAME: every log of the scenario that is not meant to be odd
sound() {
	while IFS=$tab read -r state count file; do
		[ "$state" = clean ] || continue
		opens "$1" "$work/$1" "$count" "$file"
	done <"$work/list"
}

# exported NAME FILE: how many records evtxexport renders
exported() {
	evtxexport -f xml "$work/$1/$2" 2>"$work/err" | grep -c '^<Event '
}

command -v evtxinfo >/dev/null 2>&1 && have_evtxinfo=yes || have_evtxinfo=no
for text in "$top_srcdir"/testdata/*.scenario; do
	name=$(basename "$text" .scenario)
	run "$name: is built" 0 "$writer" --texts "$work/$name-texts" "$text" "$work/$name"
	cp "$work/out" "$work/list"
	run "$name: is built again" 0 "$writer" --texts "$work/again-texts" "$text" "$work/again"
	is "$name: the same bytes" "$(diff -r "$work/$name" "$work/again" 2>&1)" ""
	is "$name: the same texts" "$(diff -r "$work/$name-texts" "$work/again-texts" 2>&1)" ""
	rm -rf "$work/again" "$work/again-texts"
	if [ "$have_evtxinfo" = yes ]; then
		sound "$name"
	else
		skip "$name: evtxinfo is not installed, nobody else has looked at these logs"
	fi
done

if [ "$have_evtxinfo" = yes ] && command -v evtxexport >/dev/null 2>&1; then
	for name in example quiet; do
		find "$work/$name" -type f | while read -r file; do
			file=${file#"$work/$name/"}
			echo "$(exported "$name" "$file") $file"
		done | LC_ALL=C sort >"$work/exported"
		"$writer" "$top_srcdir/testdata/$name.scenario" "$work/$name" |
			awk -F '\t' '{ print $2, $3 }' | LC_ALL=C sort >"$work/written"
		is "$name: evtxexport renders every record" "$(diff "$work/exported" "$work/written")" ""
	done
fi

run "broken logs are made" 0 "$writer" --broken "$work/broken"
run "broken logs are made again" 0 "$writer" --broken "$work/broken-again"
is "broken logs: the same bytes" "$(diff -r "$work/broken" "$work/broken-again" 2>&1)" ""
is "broken logs: one for each line" "$(find "$work/broken" -type f | wc -l)" "$(wc -l <"$work/out")"
is "broken logs: every name once" "$(cut -f 1 "$work/out" | LC_ALL=C sort | uniq -d)" ""

run "volume is made" 0 "$writer" --texts "$work/volume-texts" --volume parts=2000 "$work/volume"
cp "$work/out" "$work/list"
is "volume: every part is written" "$(awk -F '\t' '{ n += $2 } END { print n }' "$work/list")" 2000
is "volume: the text holds every part" \
	"$(grep -c '^Write-Output' "$work/volume-texts/0badf00d-0000-4000-8000-000000000001.txt")" 2000
[ "$have_evtxinfo" = yes ] && sound volume

# A scenario that is not well formed is refused with its line.
printf 'set computer=X channel=powershell\nevent 4104\n\tNumber:u32 = many\n' >"$work/bad.scenario"
run "a bad scenario is refused" 1 "$writer" "$work/bad.scenario" "$work/bad"
is "the message has the line" "$(grep -c 'line 3: bad value for field: Number' "$work/err")" 1
run "usage" 2 "$writer"
finish
