#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Script blocks are whole before anything is matched: each part alone fires nothing, the whole fires once, whatever the
# order, the spread over files and the number of copies, and what comes out is byte for byte what went in.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# 1. Texts: what `blocks` writes is what the scenario says.
mkdir "$work/texts" "$work/logs"
"$writer" --texts "$work/texts" "$top_srcdir/testdata/joining.scenario" "$work/logs" >/dev/null || finish
"$evtriage" blocks -q -o "$work/blocks" "$work/logs" 2>/dev/null
missing=
for text in "$work"/texts/*.txt; do
	id=$(basename "$text" .txt)
	sum=$(sha256sum <"$text" | cut -d' ' -f1)
	jq -e -s --arg id "$id" --arg sum "$sum" 'any(.[]; .ScriptBlockId == $id and .Sha256 == $sum)' \
		"$work/blocks/index.jsonl" >/dev/null || missing="$missing $id"
done
is "every block has the scenario's text" "$missing" ""
wrong=$(jq -r '"\(.Sha256)  \(.File)"' "$work/blocks/index.jsonl" | (cd "$work/blocks" && sha256sum --quiet -c 2>&1))
is "the index has the hash of each file" "$wrong" ""

# 2. A block of three parts, one word of the rule in each.
cat >"$work/rule.yml" <<'RULE'
title: Three words
id: 5e0c1d5a-6c0f-4c43-9b43-0d5a3d0a9f10
status: test
level: high
logsource: { product: windows, category: ps_script }
detection:
  words:
    ScriptBlockText|contains|all: [ alpha-one, beta-two, gamma-three ]
  condition: words
RULE
make_parts() { # FOLDER FILE:PARTS...
	folder=$1
	shift
	{
		echo 'set computer=WS01.example channel=powershell pid=7 tid=8'
		echo 'text whole = ..alpha-one..beta-two...gamma-three.'
		for pair; do
			echo "at 2024-03-05T09:00:00"
			echo "file ${pair%%:*} record=1"
			for part in $(echo "${pair#*:}" | tr ',' ' '); do
				echo "at 2024-03-05T09:00:0$part"
				echo "script id=20000000-0000-4000-8000-000000000001 text=whole cut=12,22 parts=$part record=$((100))"
			done
		done
	} >"$work/parts.scenario"
	rm -rf "$folder"
	"$writer" "$work/parts.scenario" "$folder" >"$work/writer.out" 2>&1 || not_ok "parts are made" "$(cat "$work/writer.out")"
}
rows() { "$evtriage" scan -q -r "$work/rule.yml" -t jsonl "$@" 2>"$work/err"; }
verdicts() { rows "$@" | jq -r .Verdict | sort | uniq -c | sed 's/^ *//' | tr '\n' ' '; }

for part in 1 2 3; do
	make_parts "$work/one" "a.evtx:$part"
	is "part $part alone is no match" "$(verdicts "$work/one" | grep -c ' match')" 0
done
make_parts "$work/two" a.evtx:1,3
is "two of three: undecided, not a match" "$(verdicts "$work/two")" "1 undecided "
make_parts "$work/all" a.evtx:1,2,3
is "the whole fires once" "$(verdicts "$work/all")" "1 match "

# 3. Any order and any spread: the same finding, but for where it lies.
strip() { jq -c 'del(.Evidence, .Offset, .Sources, .Records)'; }
rows "$work/all" | strip >"$work/wanted"
different=
"$evtriage" blocks -q -o "$work/one-block" "$work/all" 2>/dev/null
cp "$work"/one-block/*.txt "$work/whole.txt"
for spread in a.evtx:1,3,2 a.evtx:2,1,3 a.evtx:2,3,1 a.evtx:3,1,2 a.evtx:3,2,1 "a.evtx:1 b.evtx:2,3" "a.evtx:3 b.evtx:1 c.evtx:2" "z.evtx:1 m.evtx:3 a.evtx:2" \
	"a.evtx:1,2,3 b.evtx:1,2,3" "a.evtx:1,2 b.evtx:2,3"; do
	# shellcheck disable=SC2086
	make_parts "$work/spread" $spread
	rows "$work/spread" | strip >"$work/got"
	cmp -s "$work/got" "$work/wanted" || different="$different [$spread]"
	"$evtriage" blocks -q --force -o "$work/one-block" "$work/spread" 2>/dev/null
	cmp -s "$work"/one-block/*.txt "$work/whole.txt" || different="$different [blocks: $spread]"
done
is "any order, any spread over files, any copy: the same finding" "$different" ""

# 4. The order in which files are named changes nothing at all.
make_parts "$work/spread" z.evtx:1 m.evtx:3 a.evtx:2
rows "$work/spread/z.evtx" "$work/spread/m.evtx" "$work/spread/a.evtx" >"$work/first"
rows "$work/spread/a.evtx" "$work/spread/z.evtx" "$work/spread/m.evtx" >"$work/second"
same "files in any order: the same bytes" "$work/first" "$work/second"

# 5. What the summary says of the hard cases.
"$evtriage" scan -r "$work/rule.yml" -t jsonl --manifest "$work/manifest.json" "$work/logs" >"$work/out" 2>"$work/err"
is "nothing is lost" "$(jq -r '.Totals.RecordsSeen == .Totals.RecordsWritten + .Totals.RecordsLost and .Totals.RecordsLost == 0' "$work/manifest.json")" true
is "each partial block is a limit, named with its place and what is missing" \
	"$(jq -r '.Notices[] | select(.Reason | test("000000000009 of WS01")) | "\(.Kind) \(.Path | split("/") | last) \(.Reason)"' \
		"$work/manifest.json")" \
	"limit joining-2-again.evtx script block 10000000-0000-4000-8000-000000000009 of WS01.corp.example: 4/5 parts, missing: 3"
is "as many limits as partial blocks" "$(jq -r '.Totals.Limits == .Totals.BlocksPartial' "$work/manifest.json")" true
is "the hosts' blocks are kept apart" "$(jq -r 'select(.ScriptBlockId == "10000000-0000-4000-8000-000000000016") | .Computer' \
	"$work/blocks/index.jsonl" | sort | tr '\n' ' ')" "WS01.corp.example WS02.corp.example "
is "missing parts are named" "$(jq -r 'select(.ScriptBlockId == "10000000-0000-4000-8000-000000000009") | .Missing' \
	"$work/blocks/index.jsonl")" 3
# --- one id with many texts: each has a file of its own, numbered in the order of the blocks
{
	echo 'set channel=powershell computer=WS01.example'
	echo 'at 2024-03-05T09:00:00'
	echo 'file a.evtx record=1'
	for i in $(seq 12); do echo "script id=60000000-0000-4000-8000-000000000010 line=\"text $i\" expect=no"; done
} >"$work/many.scenario"
"$writer" "$work/many.scenario" "$work/many" >"$work/writer.out" 2>&1 || not_ok "texts with one id are built" "$(cat "$work/writer.out")"
run "blocks of one id" 0 "$evtriage" blocks -q -o "$work/many.out" "$work/many"
is "their names" "$(find "$work/many.out" -name '*.txt' | sed 's/.*000010//' | LC_ALL=C sort -t v -k 2n | tr '\n' ' ')" \
	".txt _v2.txt _v3.txt _v4.txt _v5.txt _v6.txt _v7.txt _v8.txt _v9.txt _v10.txt _v11.txt _v12.txt "
is "the last is the last" "$(tail -c 7 "$work/many.out"/*_v12.txt)" "text 12"
finish
