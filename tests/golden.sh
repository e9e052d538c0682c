#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What users see, byte by byte: each line of tests/golden.list is run over generated evidence, and its standard output,
# standard error, files and status are compared with testdata/golden/NAME.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq
program=$(pwd)/$evtriage
golden=$(cd "$top_srcdir/testdata/golden" && pwd)
list=$(cd "$top_srcdir/tests" && pwd)/golden.list
mkdir "$work/here" "$work/here/logs" "$work/here/logs/broken"
for name in example joining quiet unicode events; do scenario $name "$work/here/logs/$name"; done

# Logs as they come from a broken disk or an unfinished copy.
broken=$work/here/logs/broken
whole="$work/here/logs/quiet/SRV02/Microsoft-Windows-PowerShell%4Operational.evtx"
: >"$broken/empty.evtx"
head -c 4096 "$whole" >"$broken/header.evtx"
head -c 9000 "$whole" >"$broken/cut.evtx"
printf 'no log\n' >"$broken/text.evtx"
printf 'no log\n' >"$work/here/logs/notes.txt"
{
	head -c 8000 "$whole"
	printf 'written over'
	tail -c +8013 "$whole"
} >"$broken/patched.evtx"
cp -r "$golden/rules" "$golden/bad" "$golden/correlated" "$work/here"
chmod -R u+w "$work/here"

# Only what must differ from run to run and from build to build is left out.
manifest_filter='del(.Run, .Sandbox, .Program.Version, .Arguments[0], .Options["temp-dir"])'
cd "$work/here" || exit 99
while read -r name arguments; do
	case $name in '' | '#'*) continue ;; esac
	rm -f out.*
	# shellcheck disable=SC2086 # the arguments are words
	"$program" $arguments >"$work/out" 2>"$work/err"
	status=$?
	{
		cat "$work/out"
		for file in out.*; do
			[ -e "$file" ] || continue
			echo "--- $file"
			case $file in
			*.json) jq "$manifest_filter" "$file" ;;
			*) cat "$file" ;;
			esac
		done
		echo "--- standard error"
		cat "$work/err"
		echo "--- status $status"
	} >"$work/got"
	if [ "$EVTRIAGE_GOLDEN" = update ]; then
		cp "$work/got" "$golden/$name"
		ok "$name: written anew"
	elif cmp -s "$work/got" "$golden/$name"; then
		ok "$name"
	else
		not_ok "$name" "$(diff -u "$golden/$name" "$work/got" | cut -c 1-400 | head -n 20)"
	fi
done <"$list"
cd - >/dev/null || exit 99
finish
