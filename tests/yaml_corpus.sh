#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our own reader of YAML says of thousands of rule files what libyaml says, and libyaml is not needed for nearly all of them.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# agree NAME FOLDER PERCENT: at least that many without libyaml
agree() {
	find "$2" -name '*.yml' -o -name '*.yaml' | LC_ALL=C sort >"$work/files"
	if ./tests/yaml_corpus <"$work/files" >"$work/facts" 2>"$work/notes"; then agreed=1; else agreed=0; fi
	is "$1: our reader and libyaml agree" "$agreed" 1
	sed 's/^/# /' "$work/facts"
	tail -n 20 "$work/notes"
	is "$1: all files were read" "$(awk '{ print $1 }' "$work/facts")" "$(wc -l <"$work/files")"
	is "$1: without libyaml" "$(awk -v least="$3" '{ print ($3 * 100 >= $1 * least) }' "$work/facts")" 1
}

agree "shipped rules" "$top_srcdir/rules" 100
if [ -d "$corpus/sigma" ]; then
	agree "corpus" "$corpus/sigma" 99
else
	skip "no rules at $corpus/sigma"
fi
finish
