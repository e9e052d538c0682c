#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What no log counts any more: residue fills gaps and never changes what is live, hidden records come out, edited logs
# are told, and chunks and records are found in files that are no logs.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose

# made NAME: the scenario on standard input, into $work/NAME
made() {
	cat >"$work/$1.scenario"
	"$writer" "$work/$1.scenario" "$work/$1" >"$work/writer.out" 2>&1 || not_ok "$1 is made" "$(cat "$work/writer.out")"
}
total() { jq -r ".Totals.$1" "$work/manifest.json"; }
with_manifest() { rm -f "$work/manifest.json"; "$evtriage" "$@" -q --manifest "$work/manifest.json"; }
ids() { jq -r '.Event.System.EventRecordID' | tr '\n' ' '; }

# 1. A part of a block that is only in residue.
scenario joining "$work/joining" || finish
log=$work/joining/residue.evtx
with_manifest blocks -o "$work/b-yes" "$log" 2>"$work/err"
is "a part in residue fills the gap" "$(jq -r '.Parts' "$work/b-yes/index.jsonl")" 3/3
is "and is flagged" "$(jq -c '.Flags | map(select(. == "residual"))' "$work/b-yes/index.jsonl")" '["residual"]'
is "live records are counted alone" "$(total RecordsSeen) $(total RecordsWritten) $(total RecordsLost) $(total ResidualRead)" "2 2 0 1"
with_manifest blocks --residual no -o "$work/b-no" "$log" 2>"$work/err"
is "without residue the gap stays" "$(jq -r '.Parts' "$work/b-no/index.jsonl")" 2/3
is "and nothing of it is counted" "$(total RecordsSeen) $(total ResidueFound)" "2 0"

# 2. Residue never changes what is live: all scenarios, all broken forms.
mkdir "$work/all"
"$writer" --broken "$work/all/broken" >/dev/null
for name in events unicode example quiet; do scenario "$name" "$work/all/$name"; done
cp -r "$work/joining" "$work/all/joining"
"$evtriage" dump -q --residual no "$work/all" >"$work/live" 2>/dev/null
"$evtriage" dump -q --residual yes "$work/all" >"$work/both" 2>/dev/null
head -c "$(wc -c <"$work/live")" "$work/both" >"$work/both-live"
same "live records come first and stay the same" "$work/live" "$work/both-live"
is "every line behind them is marked" "$(tail -n +"$(($(wc -l <"$work/live") + 1))" "$work/both" |
	jq -r '.Residue.Class' | sort -u | tr '\n' ' ')" "hidden residual "
for mode in yes no; do
	with_manifest scan --residual $mode -t jsonl "$work/all" 2>/dev/null |
		jq -c 'select(.Channel != "evtriage/log") | select(all(.Flags[]; . != "residual" and . != "hidden"))' >"$work/rows-$mode"
	total RecordsSeen,.Totals.RecordsWritten,.Totals.RecordsLost >"$work/counts-$mode"
done
same "findings on live records are the same" "$work/rows-yes" "$work/rows-no"
same "so are their counts" "$work/counts-yes" "$work/counts-no"
is "there are some" "$([ -s "$work/rows-yes" ] && echo yes)" yes

# 3. Templates: the chunk's own, those of this run, ours.  The second chunk of the log stands alone, so that what its
# buffer holds of the first is nobody's copy, and the first one's definitions are written over.
long=$(head -c 1500 /dev/zero | tr '\0' x)
# first DIGIT: a chunk of eight blocks, of which the next chunk will overwrite some
first() {
	for n in 1 2 3 4 5 6 7 8; do
		echo "script id=30000000-0000-4000-8000-0000000000$1$n line=\"block $n $long\" expect=no"
	done
	echo chunk
}
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=powershell pid=7 tid=8 template=4f13e858-7e73-5e62-55dd-5ae8981b7af9'
	echo 'file same.evtx record=100 slack'
	first 1
	printf 'event 4103 template=36c62dd9-f3f5-57b4-5aea-096c0b5b18c3\n'
	echo 'script id=30000000-0000-4000-8000-000000000019 line=second expect=no'
	echo 'file other.evtx record=100 slack'
	first 2
	echo 'set computer=DC01.example channel=security template=-'
	echo 'event 4688'
	echo 'file donor.evtx record=500'
	echo 'set computer=WS01.example channel=powershell template=4f13e858-7e73-5e62-55dd-5ae8981b7af9'
	echo 'script id=30000000-0000-4000-8000-000000000031 line=donor expect=no'
} | made stale
second_chunk() { { head -c 4096 "$1" && tail -c +69633 "$1"; } >"$2"; }
mkdir "$work/cut"
second_chunk "$work/stale/same.evtx" "$work/cut/same.evtx"
second_chunk "$work/stale/other.evtx" "$work/cut/other.evtx"
cp "$work/stale/donor.evtx" "$work/cut/donor.evtx"
residue() { "$evtriage" dump -q --residual yes "$@" 2>/dev/null | jq -c 'select(.Residue)'; }
flags() { jq -r '.Residue.Flags | join("+")' | sort | uniq -c | sed 's/^ *//' | tr '\n' ' '; }
is "residue by definitions of its run" "$(residue "$work/cut/same.evtx" | flags)" "7 residual+template-from-elsewhere "
is "residue by layouts of our own" "$(residue "$work/cut/other.evtx" | flags)" "7 residual+template-built-in "
is "these know no computer" "$(residue "$work/cut/other.evtx" | jq -r '.Event.System | [.Computer, .Channel] | tostring' | sort -u)" \
	'[null,"Microsoft-Windows-PowerShell/Operational"]'
residue "$work/cut/other.evtx" "$work/cut/donor.evtx" >"$work/one"
residue "$work/cut/donor.evtx" "$work/cut/other.evtx" >"$work/two"
is "a definition of another log is better" "$(jq -r '.Event.System.Computer' "$work/one" | sort -u)" WS01.example
same "whatever the order of the files" "$work/one" "$work/two"
with_manifest dump --residual yes "$work/stale/same.evtx" >/dev/null 2>&1
is "a copy of what is live is dropped and counted" "$(total ResidueCopies) $(total ResidualRead)" "7 0"
with_manifest scan "$work/cut" >/dev/null 2>&1
is "found = copies + read + undecoded" "$(jq '.Totals | .ResidueFound == .ResidueCopies + .ResidualRead + .ResidueUndecoded + .ResidueLeftOut + .ResidueGivenUp' \
	"$work/manifest.json")" true

# 4. A record hidden as log editors do it.
made edited <<'SCENARIO'
at 2024-03-05T10:00:00
set computer=WS01.example channel=powershell pid=7 tid=8
file hidden.evtx record=100
script id=40000000-0000-4000-8000-000000000001 line="before" expect=no
script id=40000000-0000-4000-8000-000000000002 line="hidden PSAsyncShell" expect=no
hide
script id=40000000-0000-4000-8000-000000000003 line="behind" expect=no record=101
file gap.evtx record=1
event 4104 record=1
event 4104 record=2
event 4104 record=5
event 4104 record=6
file repeat.evtx record=1
event 4104 record=1
event 4104 record=2
event 4104 record=2
file back.evtx record=1
at 2024-03-05T12:00:00
event 4104 record=1
at 2024-03-05T09:30:00
event 4104 record=2
file open-gap.evtx record=1 dirty
event 4104 record=1
event 4104 record=5
file export.evtx record=1000 renumber=1
event 4104 record=1000
event 4104 record=1010
event 4104 record=1020
file sound.evtx record=1
at 2024-03-05T13:00:00
event 4104 record=1
event 4104 record=2
SCENARIO
facts() { "$evtriage" scan -q -t jsonl "$1" 2>/dev/null | jq -c 'select(.Channel == "evtriage/log")'; }
told() { facts "$work/edited/$1" | jq -r '[.Event.Fact, .Level, .Computer, (.RecordIds | tostring)] | join(" ")' | tr '\n' ';'; }
is "a hidden record is a finding" "$(told hidden.evtx)" "hidden-record high WS01.example [100];"
is "it says where and which" "$(facts "$work/edited/hidden.evtx" | jq -r '[.Event.HiddenRecordId, .Offset, .Event.FactOffset] | join(" ")')" \
	"101 4608 4608"
is "the record itself is read, flagged" "$("$evtriage" scan -q --reader direct -t jsonl "$work/edited/hidden.evtx" 2>/dev/null |
	jq -r 'select(.RuleTitle | test("PSAsyncShell")) | .Flags | tostring')" '["hidden"]'
is "and it is no live one" "$("$evtriage" dump -q "$work/edited/hidden.evtx" 2>/dev/null | jq -r '.Event.EventData.ScriptBlockText' |
	tr '\n' ' ')" "before behind "
is "a gap" "$(told gap.evtx)" "record-gap medium WS01.example [5];"
is "how much is missing" "$(facts "$work/edited/gap.evtx" | jq -r '[.Event.ExpectedRecordId, .Event.FoundRecordId, .Event.MissingRecords] | join(" ")')" "3 5 2"
is "a repeat" "$(told repeat.evtx)" "record-repeat medium WS01.example [2];"
is "time runs backwards" "$(told back.evtx)" "time-backwards low WS01.example [2];"
is "a gap in an open log is a hint" "$(told open-gap.evtx)" "record-gap informational WS01.example [5];"
is "an export is normal" "$(told export.evtx)" ""
is "so is a sound log" "$(told sound.evtx)" ""
cp "$work/edited/sound.evtx" "$work/edited/poked.evtx"
printf X | dd of="$work/edited/poked.evtx" bs=1 seek=5200 conv=notrunc 2>/dev/null
is "a changed byte" "$(told poked.evtx)" "checksum medium WS01.example [1];"
is "which checksum" "$(facts "$work/edited/poked.evtx" | jq -r .Event.Checksum)" records
cp "$work/edited/sound.evtx" "$work/edited/broken.evtx"
printf XXXX | dd of="$work/edited/broken.evtx" bs=1 seek=4608 conv=notrunc 2>/dev/null
is "what is damaged was not taken out" "$(told broken.evtx)" "checksum medium WS01.example [2];"
for name in example quiet unicode events; do
	is "no fact in scenario $name" "$(facts "$work/all/$name" | grep -c .)" 0
done

# What no log counts, libevtx is not asked about: nothing is missing then.
with_manifest scan -t jsonl "$work/edited/hidden.evtx" >"$work/rows" 2>"$work/err"
is "a hidden record is the direct reader's alone" "$(jq -r 'select(.Flags | index("hidden")) | [.Reader, (.Flags | tostring)] |
	join(" ")' "$work/rows" | sort -u)" 'direct ["hidden"]'
is "so is a fact, also at the place of a record" "$(jq -r 'select(.Channel == "evtriage/log") | [.Reader, (.Flags | tostring)] |
	join(" ")' "$work/rows" | sort -u)" 'direct []'
is "nobody misses an opinion on them" "$(jq '[.Notices[] | select(.Reason | test("libevtx"))] | length' "$work/manifest.json") $(
	jq '.SecondOpinion | .Records - .Agree' "$work/manifest.json")" "0 0"
cat >"$work/any.yml" <<'RULE'
title: any script block
id: 11111111-2222-4333-8444-555555555556
logsource: { product: windows, category: ps_script }
detection: { a: { ScriptBlockText|re: '(?s).' }, condition: a }
level: low
RULE
with_manifest scan -r "$work/any.yml" -t jsonl "$log" >"$work/rows" 2>"$work/err"
is "nor on the residual part of a block, whose live ones are asked about" "$(jq -r '[.Parts, .Reader, (.Flags | tostring)] |
	join(" ")' "$work/rows") $(jq '.SecondOpinion | [.Records, .Agree] | tostring' -r "$work/manifest.json")" \
	'3/3 direct ["residual"] [2,2]'
with_manifest scan -r "$work/any.yml" -t jsonl "$work/cut/same.evtx" >"$work/rows" 2>"$work/err"
is "nor on a residual record" "$(jq -r 'select(.Flags | index("residual")) | [.Reader, (.Flags | tostring)] | join(" ")' "$work/rows" |
	sort | uniq -c | sed 's/^ *//') $(jq '[.Notices[] | select(.Reason | test("libevtx"))] | length' "$work/manifest.json")" \
	'7 direct ["residual","template-from-elsewhere"] 0'
is "facts are the direct reader's with --reader libevtx, too" "$("$evtriage" scan -q --reader libevtx -t jsonl \
	"$work/edited/hidden.evtx" 2>/dev/null | jq -r 'select(.Channel == "evtriage/log") | .Reader' | sort -u)" direct

# 5. Any number of workers: the same bytes.
for mode in "scan -t jsonl" "dump --residual yes" "blocks"; do
	for n in 1 3; do
		# shellcheck disable=SC2086
		"$evtriage" $mode -q --carve --threads $n "$work/all" "$work/edited" "$work/cut" >"$work/threads-$n" 2>"$work/err-$n"
	done
	same "$mode with one worker and with three" "$work/threads-1" "$work/threads-3"
done

# A worker that dies of residue loses that residue and nothing else.
EVTRIAGE_FAULT=crash:2:once timeout 60 ./tests/evtriage-fault dump --reader direct --threads 1 --residual yes --force \
	--manifest "$work/manifest.json" "$log" >"$work/dead" 2>"$work/err"
is "a crash in the second pass: exit status 3" $? 3
is "it is named, with its place" "$(grep -c 'loss: .*residue.evtx: 1 residual records, the first at offset [0-9]*, given up: the worker' "$work/err")" 1
is "and counted: the totals add up" "$(jq '.Totals | .ResidueFound == .ResidueCopies + .ResidualRead + .ResidueUndecoded + .ResidueLeftOut +
	.ResidueGivenUp' "$work/manifest.json") $(total ResidueGivenUp)" "true 1"
is "and costs no live record" "$(grep -vc '"Residue"' "$work/dead")" 2

# 6. Carving.
head -c 70001 /dev/zero | tr '\0' '\252' >"$work/junk"
tail -c +4097 "$work/edited/sound.evtx" >"$work/chunk"
{ cat "$work/junk" "$work/chunk" "$work/junk"; head -c 1500000 /dev/zero; cat "$work/chunk"; } >"$work/image"
"$evtriage" dump -q --carve "$work/image" >"$work/carved" 2>"$work/err"
is "a chunk at an odd place gives its records, once" "$(ids <"$work/carved")" "1 2 "
is "with their place in the file" "$(jq -r '[.Residue.Offset, (.Residue.Flags | join("+"))] | join(" ")' "$work/carved" | head -n 1)" \
	"$((70001 + 512)) residual+carved"
# records without their chunk's header: the first has its definitions in it, the second leans on the store
{ cat "$work/junk"; tail -c +513 "$work/chunk"; } >"$work/stray"
is "records alone are found" "$("$evtriage" dump -q --carve "$work/stray" 2>/dev/null | ids)" "1 2 "
for at in 1048000 1048576 1048577 1100000; do
	{ head -c $at /dev/zero; cat "$work/chunk"; } >"$work/edge"
	is "at the edge of a window, offset $at" "$("$evtriage" dump -q --carve "$work/edge" 2>/dev/null | ids)" "1 2 "
done
"$evtriage" dump -q --carve - <"$work/image" >"$work/carved.stdin" 2>/dev/null
same "standard input can be carved" "$work/carved.stdin" "$work/carved"
run "without --carve it is no log" 1 "$evtriage" dump -q "$work/image"
run "nothing to find is no loss" 0 "$evtriage" scan -q --carve "$work/junk"
"$evtriage" blocks -q --carve -o "$work/b-carve" "$work/image" 2>"$work/err"
is "carved blocks are written, flagged" "$(jq -r '.Flags | join("+")' "$work/b-carve/index.jsonl" | sort -u)" "residual+carved"

# 7. Each of them can be cited: bytes and hashes from its place, and nothing of libevtx.
# cited NAME FILTER FLAGS EVIDENCE...: the one record of the first finding that the filter selects
cited() {
	name=$1 filter=$2 wanted=$3
	shift 3
	id=$("$evtriage" scan -q -t jsonl "$@" 2>/dev/null | jq -r "select($filter) | .FindingId" | head -n 1)
	"$evtriage" cite -q -t json "$id" "$@" >"$work/cite.json" 2>"$work/err" || not_ok "$name can be cited" "$(cat "$work/err")"
	"$evtriage" cite -q "$id" "$@" >"$work/cite.txt" 2>"$work/err"
	jq -c '.Records[] | select(.Flags // [] | any(. == "residual" or . == "hidden") or $fact)' --argjson fact \
		"$(jq '[.Records[].Fact] | any' "$work/cite.json")" "$work/cite.json" | head -n 1 >"$work/cited"
	field() { jq -r "$1" "$work/cited"; }
	is "$name: flags" "$(field '.Flags | tostring')" "$wanted"
	for what in Record Chunk; do
		tail -c "+$(($(field .${what}Offset) + 1))" "$(field .Evidence)" | head -c "$(field .${what}Size)" >"$work/piece"
		is "$name: hash of its $what" "$(field .${what}Sha256)" "$(sha256sum <"$work/piece" | cut -d' ' -f1)"
		[ $what = Chunk ] || is "$name: its bytes" "$(field .BytesBase64)" "$(base64 -w 0 <"$work/piece")"
	done
}
# residue_cited: the same, for what libevtx is not asked about
residue_cited() {
	cited "$@"
	is "$1: libevtx is not asked" "$(field '[.SecondOpinion.Kind, .LibevtxXml] | tostring')" '["not asked",""]'
	is "$1: the direct reader's XML" "$(field .DirectXml | grep -c '<Event .*ScriptBlockText')" 1
	is "$1: the text says so" "$(grep -c '(not available: libevtx' "$work/cite.txt")" "$(jq '[.Records[] |
		select(.SecondOpinion.Kind == "not asked")] | length' "$work/cite.json")"
}
residue_cited "cite a hidden record" '.Flags | index("hidden")' '["hidden"]' "$work/edited/hidden.evtx"
residue_cited "cite the residual part of a block" '.Flags | index("residual")' '["residual"]' -r "$work/any.yml" "$log"
is "its live parts are read by both" "$(jq -r '[.Records[].SecondOpinion.Kind] | tostring' "$work/cite.json")" '["agrees","not asked","agrees"]'
residue_cited "cite residue by a template from elsewhere" '.Flags | index("residual")' '["residual","template-from-elsewhere"]' \
	-r "$work/any.yml" "$work/cut/donor.evtx" "$work/cut/same.evtx"
{ cat "$work/junk" && tail -c +4097 "$work/stale/donor.evtx"; } >"$work/blocks-image"
residue_cited "cite what was carved" '.Flags | index("carved")' '["residual","carved"]' --carve -r "$work/any.yml" "$work/blocks-image"
cited "cite a fact" '.Event.Fact == "record-gap"' '[]' "$work/edited/gap.evtx"
is "it shows the record at its place" "$(field '[.Fact, .EventRecordId, .SecondOpinion.Kind] | tostring')" '[true,5,"agrees"]'
is "and the text says what it is" "$(grep -c '^  Fact  *seen here' "$work/cite.txt")" 1
cited "cite a fact about a chunk" '.Event.Fact == "checksum"' null "$work/edited/poked.evtx"
is "it shows the chunk's header" "$(field '[.Fact, .RecordOffset, .RecordSize, .DirectXml] | tostring')" '[true,4096,512,null]'
id=$("$evtriage" scan -q -t jsonl "$work/edited/hidden.evtx" 2>/dev/null | jq -r 'select(.Flags | index("hidden")) | .FindingId' | head -n 1)
run "without residue there is no such finding" 1 "$evtriage" cite -q --residual no "$id" "$work/edited/hidden.evtx"

# A record that was written anew: the hidden one is no copy of it, and says so; one that is written twice is.
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=powershell pid=7 tid=8'
	echo 'file edited.evtx record=300'
	echo 'script id=50000000-0000-4000-8000-000000000001 line=live expect=no'
	echo 'script id=50000000-0000-4000-8000-000000000004 line="what was run" record=400 time=2024-03-05T11:00:00 expect=no'
	echo hide
	echo 'script id=50000000-0000-4000-8000-000000000004 line="Get-Date" record=400 time=2024-03-05T11:00:00 expect=no'
	echo 'file twice.evtx record=600'
	echo 'script id=50000000-0000-4000-8000-000000000002 line=live expect=no'
	echo 'script id=50000000-0000-4000-8000-000000000005 line="once more" record=700 time=2024-03-05T12:00:00 expect=no'
	echo hide
	echo 'script id=50000000-0000-4000-8000-000000000005 line="once more" record=700 time=2024-03-05T12:00:00 expect=no'
	echo 'set layout=plain'
	echo 'file plain.evtx record=600'
	echo 'script id=50000000-0000-4000-8000-000000000002 line=live expect=no'
	echo 'script id=50000000-0000-4000-8000-000000000003 line=lave expect=no'
	echo 'script id=50000000-0000-4000-8000-000000000005 line="once more" record=700 time=2024-03-05T12:00:00 expect=no'
	echo hide
	echo 'script id=50000000-0000-4000-8000-000000000005 line="once more" record=700 time=2024-03-05T12:00:00 expect=no'
} | made anew
run "a record that was written anew" 0 "$evtriage" -q -t jsonl -r "$work/any.yml" "$work/anew/edited.evtx"
is "what stood there is kept" "$(jq -r 'select(.Flags | index("hidden")) | .Text' "$work/out")" "what was run"
is "and told from a copy" "$(jq -c 'select(.Flags | index("hidden")) | .Flags' "$work/out")" '["hidden","contradicts-live"]'
is "the live one is as it stands" "$(jq -c 'select(.Text == "Get-Date") | .Flags' "$work/out")" '[]'
for name in twice plain; do
	run "a record that was written twice, $name" 0 "$evtriage" -q -t jsonl --manifest "$work/$name.json" -r "$work/any.yml" "$work/anew/$name.evtx"
	is "is a copy" "$(jq -c '[.Totals.ResidueFound, .Totals.ResidueCopies]' "$work/$name.json")" '[1,1]'
done

# A deleted record whose template reference is broken does not hide another one of it, wherever that stands.
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=powershell pid=7 tid=8'
	echo 'file b.evtx record=300 slack'
	echo 'script id=50000000-0000-4000-8000-000000000011 line=live expect=no'
	echo residue
	echo 'script id=50000000-0000-4000-8000-000000000014 line="deleted" record=400 time=2024-03-05T11:00:00 expect=no'
} | made told
# the last instance that names the inner template is the deleted record's: another id, in a log that comes first
cp "$work/told/b.evtx" "$work/told/a.evtx"
at=$(LC_ALL=C grep -obUaP '\x0f\x01\x01\x00\x0c\x01' "$work/told/b.evtx" | tail -n 1 | cut -d: -f1)
printf '\336\255\276\357' | dd of="$work/told/a.evtx" bs=1 seek=$((at + 6)) conv=notrunc 2>/dev/null
run "a deleted record" 0 "$evtriage" -q -t jsonl -r "$work/any.yml" "$work/told/b.evtx"
is "is found" "$(jq -r 'select(.Flags | index("residual")) | .Text' "$work/out")" deleted
run "the same behind a broken copy of it" 0 "$evtriage" -q -t jsonl --manifest "$work/told.json" -r "$work/any.yml" "$work/told"
is "is found as well" "$(jq -r 'select(.Flags | index("residual")) | .Text' "$work/out")" deleted
is "and the broken one is counted" "$(jq -c '[.Totals.ResidueFound, .Totals.ResidueCopies, .Totals.ResidueUndecoded]' "$work/told.json")" '[2,0,1]'

# 8. Real logs.
if [ -d "$corpus/evtx" ]; then
	"$evtriage" dump -q --residual yes "$corpus/evtx" >"$work/real" 2>/dev/null
	is "script blocks of the corpus that live nowhere else" "$(jq -r 'select(.Residue and .Event.System.EventID == 4104 and
		(.Event.System.Provider | tostring | test("PowerShell"))) | .Event.EventData | [.ScriptBlockId, .MessageNumber] | tostring' \
		"$work/real" | sort -u | wc -l)" 47
	is "one of them in the place of a live one" "$(jq -c 'select(.Residue and .Event.System.EventID == 4104) | .Residue.Flags | select(index("contradicts-live"))' \
		"$work/real")" '["residual","contradicts-live"]'
	is "hidden records of the corpus" "$(jq -r 'select(.Residue.Class == "hidden") | .Event.System.EventRecordID' "$work/real")" 105
	"$evtriage" scan -q -t jsonl "$corpus/evtx" 2>/dev/null >"$work/rows"
	is "logs of the corpus that were closed and edited" "$(jq -r 'select(.Channel == "evtriage/log" and (.Level == "medium" or
		.Level == "high" or .Level == "critical")) | .Event.Fact' "$work/rows")" hidden-record
else
	skip "no corpus at $corpus"
fi
finish
