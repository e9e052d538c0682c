#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Correlations, filters and collections from end to end: over all files in order of time, whatever the files and their
# order; each event once; base rules' own findings; partial blocks; what is counted and said.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose

# log FILE LINE...: "TIME EVENT USER [HOST]" with the time behind 09: as MM:SS.fraction; "-" is a user that is missing
log() {
	file=$1
	shift
	mkdir -p "$work/logs"
	{
		echo "file $file record=${record:-1}"
		echo "set channel=security computer=WS01.example pid=4 tid=8"
		for line; do
			# shellcheck disable=SC2086
			set -- $line
			echo "at 2024-03-05T09:$1"
			echo "event $2 computer=${4:-WS01}.example"
			[ "$3" = - ] || echo "	TargetUserName = $3"
			echo "	AccountName = $3"
			[ -z "$5" ] || echo "	Bytes = $5"
		done
	} >>"$work/logs.scenario"
}
build() {
	"$writer" "$work/logs.scenario" "$work/logs" >"$work/writer.out" 2>&1 || not_ok "logs are built" "$(cat "$work/writer.out")"
}
clean() {
	rm -rf "$work/logs" "$work/logs.scenario"
}

cat >"$work/base.yml" <<'RULE'
title: Logon failed
id: 11111111-0000-4000-8000-000000000001
name: failed
level: low
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: Logon
name: success
level: informational
logsource: { product: windows, service: security }
detection: { s: { EventID: 4624 }, condition: s }
---
title: Log cleared
name: cleared
level: high
logsource: { product: windows, service: security }
detection: { s: { EventID: 1102 }, condition: s }
---
RULE
# rules TEXT: the base rules and the document
rules() {
	{
		cat "$work/base.yml"
		cat
	} >"$work/rules.yml"
}
scan() { "$evtriage" scan -r "$work/rules.yml" -t jsonl "$@" 2>"$work/err"; }
# rows JQ: one line a finding
rows() { scan "$work/logs" | jq -r "$1" | tr '\n' ' ' | sed 's/ $//'; }
short='"\(.RuleTitle):\(.Event.EventCount // "-"):\(.RecordIds | map(tostring) | join(","))"'
# says NAME WANTED JQ
says() { is "$1" "$(rows "$3")" "$2"; }

# 1. event_count: the edge, the group, what fires again, the columns.
rules <<'RULE'
title: Guessing
id: 22222222-0000-4000-8000-000000000001
level: high
tags: [attack.credential-access, attack.t1110]
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 1m
  condition: { gte: 3 }
RULE
log a.evtx "00:00 4625 anna" "00:30 4625 anna" "01:00 4625 anna"
build
says "three at the edge of the window" "Guessing:3:1,2,3" "$short"
scan "$work/logs" >"$work/row.jsonl"
is "the finding's columns" "$(jq -c '[.Timestamp, .EndTime, .Level, .Verdict, .RuleId, .Techniques, .Computer, .Channel, .EventId, .User,
	.Event.TargetUserName, .Event.Rules, .View, (.FindingId | length)]' "$work/row.jsonl")" \
	'["2024-03-05T09:00:00.0000000Z","2024-03-05T09:01:00.0000000Z","high","match","22222222-0000-4000-8000-000000000001",["T1110"],"WS01.example","Security",4625,"anna","anna","Logon failed (3)","",32]'
is "evidence and sources name every event" "$(jq -r '(.Evidence | sub(".*/"; "")) + " \(.Sources | length)"' "$work/row.jsonl")" "a.evtx 2"
is "the group is in Details" "$(scan -t csv "$work/logs" 2>/dev/null | grep -c 'EventCount: 3 ¦ Rules: Logon failed (3) ¦ TargetUserName: anna')" 1
clean
log a.evtx "00:00 4625 anna" "00:30 4625 anna" "01:00.0000001 4625 anna"
build
says "one tick over" "" "$short"
clean
log a.evtx "00:00 4625 anna" "00:01 4625 ben" "00:02 4625 ANNA" "00:03 4625 ben" "00:04 4625 Anna" "00:05 4625 ben"
build
says "groups are kept apart, without case" "Guessing:3:1,3,5 Guessing:3:2,4,6" "$short"
clean
log a.evtx "00:00 4625 anna" "00:01 4625 -" "00:02 4625 -" "00:03 4625 -" "00:04 4625 anna"
build
says "a missing field is a group of its own" "Guessing:3:2,3,4:null" \
	'"\(.RuleTitle):\(.Event.EventCount):\(.RecordIds | map(tostring) | join(",")):\(.Event.TargetUserName)"'
clean
log a.evtx "00:00 4625 anna" "00:00 4625 anna" "00:00 4625 anna" "00:59 4625 anna" "01:01 4625 anna" "01:02 4625 anna" "01:03 4625 anna"
build
says "ties; a burst fires once, and again behind the window" "Guessing:4:1,2,3,4 Guessing:3:5,6,7" "$short"

# 2. Any order of files, any spread, any copy: the same findings.
scan "$work/logs" | jq -c '[.FindingId, .Timestamp, .RecordIds, .Event]' >"$work/wanted"
clean
record=5 log a.evtx "01:01 4625 anna" "01:02 4625 anna"
record=1 log b.evtx "00:00 4625 anna" "00:00 4625 anna"
record=7 log c.evtx "01:03 4625 anna"
record=3 log d.evtx "00:00 4625 anna" "00:59 4625 anna"
echo "copy b.evtx e.evtx" >>"$work/logs.scenario"
echo "copy a.evtx 0.evtx" >>"$work/logs.scenario"
build
scan "$work/logs" | jq -c '[.FindingId, .Timestamp, .RecordIds, .Event]' >"$work/got"
same "spread over files that are out of order, some of them twice: the same findings" "$work/got" "$work/wanted"
l=$work/logs
scan "$l/a.evtx" "$l/b.evtx" "$l/c.evtx" "$l/d.evtx" "$l/e.evtx" "$l/0.evtx" >"$work/first"
scan "$l/0.evtx" "$l/e.evtx" "$l/d.evtx" "$l/c.evtx" "$l/b.evtx" "$l/a.evtx" >"$work/second"
same "files in any order: the same bytes" "$work/first" "$work/second"
scan --threads 1 "$l" >"$work/first"
scan --threads 4 "$l" >"$work/second"
same "any number of workers: the same bytes" "$work/first" "$work/second"
is "copies are sources, not events" "$(jq -r '.Sources | map(sub(".*/"; "") | sub("@.*"; "")) | unique | join(",")' "$work/first" | tr '\n' ' ')" \
	"b.evtx,d.evtx,e.evtx 0.evtx,a.evtx,c.evtx "
clean

# 3. value_count, sums.
rules <<'RULE'
title: Spraying
level: high
correlation: { type: value_count, rules: [failed], group-by: [Computer], timespan: 1m, condition: { gte: 3, field: TargetUserName } }
---
title: Much
level: low
correlation: { type: value_sum, rules: [success], timespan: 1h, condition: { gt: 1000, field: Bytes } }
RULE
log a.evtx "00:00 4625 anna" "00:01 4625 ben" "00:02 4625 ANNA" "00:03 4625 ben" "01:00 4625 cleo" "01:01 4625 dan WS02"
build
says "distinct values" "Spraying:5:1,2,3,4,5:3" \
	'"\(.RuleTitle):\(.Event.EventCount):\(.RecordIds | map(tostring) | join(",")):\(.Event.Value)"'
clean
log a.evtx "00:00 4624 anna WS01 0x10" "00:01 4624 ben WS02 985" "00:02 4624 ben WS02 many" "00:03 4624 ben"
build
says "a sum, over two hosts" "Much:2:1,2:1001:WS01.example, WS02.example:" \
	'"\(.RuleTitle):\(.Event.EventCount):\(.RecordIds | map(tostring) | join(",")):\(.Event.Value):\(.Event.Computers):\(.Computer)"'
is "events without a number are told" "$(grep -c 'correlation .Much. .*: 2 events do not have the field' "$work/err")" 1
clean

# 4. temporal, ordered, aliases, and what generate says.
rules <<'RULE'
title: Both
correlation: { type: temporal, rules: [failed, success], group-by: [Computer], timespan: 10s }
---
title: In order
correlation: { type: temporal_ordered, rules: [failed, success, cleared], timespan: 10s }
---
title: By alias
correlation:
  type: temporal
  rules: [failed, cleared]
  group-by: [who]
  timespan: 1m
  aliases: { who: { failed: TargetUserName, cleared: AccountName } }
RULE
log a.evtx "00:00 4624 anna" "00:05 4625 anna" "00:10 4624 anna" "00:15 1102 ANNA"
build
says "three temporal rules" "Both:3:1,2,3 In order:3:2,3,4 By alias:2:2,4" "$short"
is "an alias is shown under its name" "$(scan "$work/logs" | jq -r 'select(.RuleTitle == "By alias") | .Event.who')" anna
clean
log a.evtx "00:00 4625 anna" "00:05 1102 ben" "00:06 4624 anna"
build
says "wrong order, another user" "Both:2:1,3" "$short"
clean
log z.evtx "00:00 4625 anna"
record=2 log b.evtx "00:06 4624 anna WS02"
record=3 log a.evtx "00:07 1102 ben"
build
says "order is by time, not by file" "In order:3:1,2,3" "$short"
clean

# 5. Chains; generate.
rules <<'RULE'
title: Guessing
name: guessing
level: medium
correlation: { type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 1m, condition: { gte: 3 } }
---
title: Guessed
level: critical
correlation: { type: temporal_ordered, rules: [guessing, success], group-by: [TargetUserName], timespan: 5m }
---
title: Cleared afterwards
correlation: { type: temporal, rules: [cleared, success], timespan: 10m, generate: true }
RULE
log a.evtx "00:00 4625 anna" "00:20 4625 anna" "00:40 4625 anna" "00:45 4624 anna" "00:50 4625 anna" "03:00 1102 anna" "20:00 4624 ben"
build
says "a chain fires when the inner rule has fired, and generate keeps findings" \
	"Guessed:2:1,2,3,5,4 Logon:-:4 Cleared afterwards:2:4,6 Log cleared:-:6 Logon:-:7" "$short"
scan "$work/logs" | jq -c '[.RuleTitle, .FindingId, .RecordIds]' >"$work/wanted"
cp "$work/logs/a.evtx" "$work/logs/b.evtx"
scan "$work/logs" | jq -c '[.RuleTitle, .FindingId, .RecordIds]' >"$work/got"
same "with a copy of the log the same findings" "$work/got" "$work/wanted"
rm "$work/logs/b.evtx"
is "of what a chain is made" "$(scan "$work/logs" | jq -r 'select(.RuleTitle == "Guessed") | .Event.Rules')" "Guessing (1), Logon (1)"
clean
log a.evtx "00:00 4625 anna" "00:20 4625 anna" "00:30 4624 anna" "00:40 4625 anna"
build
says "logon before the third failure" "Logon:-:3" "$short"
clean

# 6. Script blocks: joined first; an undecided one feeds nothing.
cat >"$work/rules.yml" <<'RULE'
title: Marked script
name: marked
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|contains|all: [ alpha-one, gamma-three ] }, condition: s }
---
title: Two scripts
level: high
correlation: { type: event_count, rules: [marked], group-by: [Computer], timespan: 1h, condition: { gte: 2 } }
RULE
blocks() { # PARTS of the second block
	rm -rf "$work/logs"
	cat >"$work/logs.scenario" <<END
set computer=WS01.example channel=powershell pid=7 tid=8
text whole = ..alpha-one..beta-two...gamma-three.
at 2024-03-05T09:00:00
file b.evtx record=1
script id=20000000-0000-4000-8000-000000000001 text=whole cut=12,22 parts=2,1 record=100
at 2024-03-05T09:10:00
script id=20000000-0000-4000-8000-000000000002 text=whole cut=12,22 parts=$1 record=200
file a.evtx record=1
at 2024-03-05T09:20:00
script id=20000000-0000-4000-8000-000000000001 text=whole cut=12,22 parts=3 record=100
END
	build
}
blocks 3,2,1
says "joined blocks are events, with all their records" "Two scripts:2:100,101,102,200,201,202" "$short"
cp "$work/logs/b.evtx" "$work/logs/c.evtx"
says "copies of the parts are no further records" "Two scripts:2:100,101,102,200,201,202" "$short"
blocks 1,2
says "an undecided block is none" "" "$short"
is "but it is counted" "$(grep -c '1 verdict left open' "$work/err")" 1
cat >"$work/rules.yml" <<'RULE'
title: Marked script
name: marked
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|contains: alpha-one }, f: { ScriptBlockText|contains: delta-four }, condition: s and not f }
---
title: Two scripts
level: high
correlation: { type: event_count, rules: [marked], timespan: 1h, condition: { gte: 2 } }
RULE
says "one that matches but for its gap makes the row match-on-partial" "Two scripts:match-on-partial" '"\(.RuleTitle):\(.Verdict)"'

# 7. Filters and collections.
clean
log a.evtx "00:00 4625 anna" "00:01 4625 svc_backup" "00:02 4624 svc_backup" "00:03 4624 ben"
build
rules <<'RULE'
title: No service accounts
logsource: { product: windows, service: security }
filter: { rules: any, s: { TargetUserName|startswith: svc_ }, condition: not s }
RULE
says "a filter excludes" "Logon failed:-:1 Logon:-:4" "$short"
rules <<'RULE'
title: Service accounts alone
logsource: { product: windows, service: security }
filter: { rules: [failed], s: { TargetUserName|startswith: svc_ }, condition: s }
RULE
says "a filter includes, for the rules it names" "Logon failed:-:2 Logon:-:3 Logon:-:4" "$short"
rules <<'RULE'
title: For nobody
logsource: { product: windows, service: security }
filter: { rules: [nothing], s: { TargetUserName|startswith: svc_ }, condition: not s }
RULE
run "a filter for no rule is a limit" 0 "$evtriage" scan -r "$work/rules.yml" "$work/logs"
is "and is named" "$(grep -c "rules.yml:22: 'nothing' is no rule that was loaded" "$work/err")" 1
cat >"$work/rules.yml" <<'RULE'
action: global
title: Collected
logsource: { product: windows, service: security }
---
detection: { s: { EventID: 4625 }, condition: s }
---
detection: { s: { EventID: 4624, TargetUserName: ben }, condition: s }
---
action: repeat
title: Repeated
detection: { s: { TargetUserName: svc_backup } }
RULE
says "a collection is rules" "Collected:-:1 Collected:-:2 Repeated:-:3 Collected:-:4" "$short"

# 8. What list and check say; bad documents do not silence their base rules.
rules <<'RULE'
title: Round
name: round
correlation: { type: temporal, rules: [failed, round], timespan: 1s }
---
title: Good
level: high
correlation: { type: temporal, rules: [success], timespan: 1s }
---
title: Filter
logsource: { product: windows }
filter: { rules: any, s: { TargetUserName: x }, condition: not s }
RULE
run "check finds the circle" 3 "$evtriage" rules check -r "$work/rules.yml"
is "check names it" "$(grep -c '^invalid .*rules.yml:20: the correlation leads in a circle' "$work/out")" 1
is "check has correlation and filter" "$(grep -c '^correlation  *.*: Good$\|^filter  *.*: Filter$' "$work/out")" 2
"$evtriage" rules list -r "$work/rules.yml" -t jsonl >"$work/out" 2>/dev/null
is "list has them with their kind" "$(jq -r 'select(.Kind != "events") | .Title + " " + .Kind' "$work/out" | tr '\n' ' ')" \
	"Good correlation Filter filter "
says "base rules of a broken correlation are not silent" "Logon failed:-:1 Logon failed:-:2 Good:2:3,4" "$short"

# 9. A window that is larger than may be held, and inputs that do not fit memory: said, the same with any files.
clean
rules <<'RULE'
title: Flood
level: high
correlation: { type: event_count, rules: [failed], timespan: 1d, condition: { gte: 70000 } }
---
title: Any
level: low
correlation: { type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 1d, condition: { gte: 2000 } }
RULE
mkdir -p "$work/logs"
{
	echo "set channel=security computer=WS01.example pid=4 tid=8 step=1ms"
	echo "at 2024-03-05T09:00:00"
	echo "file a.evtx record=1"
	awk 'BEGIN { for (i = 0; i < 66000; i++) printf "event 4625\n\tTargetUserName = user%d\n", i % 30 }'
} >"$work/logs.scenario"
build
is "one row a user" "$(rows .Event.EventCount | tr ' ' '\n' | sort | uniq -c | tr -s ' ')" " 30 2200"
is "each row has an id of its own" "$(scan "$work/logs" | jq -r .FindingId | sort -u | wc -l)" 30
is "the window that was cut is told" "$(grep -c 'correlation .Flood. .*: 464 events came to a window that was full' "$work/err")" 1

# 10. Memory that runs out and disks that are full end the run or are told: never a crash, never fewer rows in silence.
clean
log a.evtx "00:00 4625 anna" "00:01 4625 ben" "00:02 4625 anna" "00:03 4625 anna" "00:04 4625 ben" "00:05 4624 ben"
build
rules <<'RULE'
title: Guessing
name: guessing
correlation: { type: value_count, rules: [failed], group-by: [TargetUserName], timespan: 1m, condition: { gte: 1, field: TargetUserName } }
---
title: Guessed
correlation: { type: temporal, rules: [guessing, success], group-by: [TargetUserName], timespan: 5m }
RULE
scan "$work/logs" >"$work/wanted"
bad=
for kind in memory write; do
	for n in $(seq 1 37 1500); do
		EVTRIAGE_FAULT=$kind:$n ./tests/evtriage-fault scan -q -r "$work/rules.yml" -t jsonl "$work/logs" >"$work/out" 2>"$work/err"
		case $? in
		0) cmp -s "$work/out" "$work/wanted" || bad="$bad $kind:$n differs" ;;
		1 | 2 | 3) [ -s "$work/err" ] || bad="$bad $kind:$n says nothing" ;;
		*) bad="$bad $kind:$n crashed" ;;
		esac
	done
done
is "faults are told" "$bad" ""
finish
