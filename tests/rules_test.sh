#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rules test from end to end: correlations and filters among the rules, explanations as JSON lines, forwarded events.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq
# says NAME TEXT: standard error has the line
says() { is "$1" "$(grep -c -F -- "$2" "$work/err")" 1; }
# shows NAME LINE...: standard output has the lines, one behind the other
shows() {
	name=$1
	shift
	is "$name" "$(printf '%s\n' "$@" | awk -v out="$work/out" '
		BEGIN { while ((getline line < out) > 0) text = text line "\n" }
		{ wanted = wanted $0 "\n" }
		END { print (index("\n" text, "\n" wanted) > 0) }')" 1
}

cat >"$work/rules.yml" <<'RULE'
title: Logon failed
id: 11111111-0000-4000-8000-000000000001
name: failed
level: low
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: Logon
name: success
logsource: { product: windows, service: security }
detection: { s: { EventID: 4624 }, condition: s }
---
title: Guessing
id: 22222222-0000-4000-8000-000000000001
name: guessing
level: high
correlation: { type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 1m, condition: { gte: 3 } }
---
title: Guessed
correlation:
  type: temporal_ordered
  rules: [guessing, success]
  group-by: [who]
  timespan: 5m
  aliases: { who: { guessing: TargetUserName, success: AccountName } }
---
title: No service accounts
id: 33333333-0000-4000-8000-000000000001
logsource: { product: windows, service: security }
filter: { rules: [failed], s: { TargetUserName|startswith: svc_ }, condition: not s }
RULE
cat >"$work/logs.scenario" <<'END'
set channel=security computer=WS01.example pid=4 tid=8
file a.evtx record=1
at 2024-03-05T09:00:00
event 4625
	TargetUserName = anna
event 4625
	TargetUserName = anna
event 4625
	TargetUserName = svc_backup
event 4625
	TargetUserName = anna
event 4624
	AccountName = anna
file b.evtx record=1
event 4624
	AccountName = ben
END
"$writer" "$work/logs.scenario" "$work/logs" >"$work/writer.out" 2>&1 || not_ok "logs are built" "$(cat "$work/writer.out")"

# ---- how documents were read ----
run "every document is shown" 0 "$evtriage" rules test "$work/rules.yml"
shows "a correlation" Guessing "correlation: event_count" "rules: failed (Logon failed)" "group by: TargetUserName" \
	"timespan: 60 seconds" "condition: events >= 3" "findings of its rules: left out"
shows "one on a correlation, with an alias" "rules: guessing (Guessing), success (Logon)" \
	"group by: who (TargetUserName in guessing, AccountName in success)"
shows "a filter, and what it is part of" "filter for: failed" 's: TargetUserName is "svc_*"' "condition: not s" \
	"is part of: Logon failed"
shows "the rule has it" "condition: (s and No service accounts)"
run "as JSON lines" 0 "$evtriage" rules test -t jsonl "$work/rules.yml"
is "each has its kind and its parts" "$(jq -r '[.Title, .Kind, (.Reading[-1] | .Part + "=" + .Text)] | join("|")' "$work/out" | tail -n 3 | tr '\n' ' ')" \
	"Guessing|correlation|findings of its rules=left out Guessed|correlation|findings of its rules=left out No service accounts|filter|is part of=Logon failed "
run "a filter is named with its rules" 0 "$evtriage" rules test -r "$work/rules.yml" "No service accounts"
is "and these alone are shown" "$(grep -c '^Logon failed$\|^Logon$\|^Guessing$' "$work/out")" 1
run "a filter is left out" 0 "$evtriage" rules test -r "$work/rules.yml" --exclude-rule "No service accounts" Guessing
is "of the rules, too" "$(grep -c '^condition: s$\|^No service' "$work/out")" 1
run "a correlation is named with its rules" 0 "$evtriage" rules test -r "$work/rules.yml" Guessing
is "and no other" "$(grep -c '^Logon failed$\|^Logon$\|^Guessed$' "$work/out")" 1

# ---- correlations over logs ----
run "over a folder" 0 "$evtriage" rules test "$work/rules.yml" "$work/logs"
shows "the windows that hold, with what is in them" \
	"match: 2024-03-05T09:00:00.0000000Z to 2024-03-05T09:00:03.0000000Z: Guessing" "  EventCount: 3" \
	"  Rules: Logon failed (3)" "  TargetUserName: anna" "  records: 1, 2, 4"
shows "by aliases" "  Rules: Guessing (1), Logon (1)" "  who: anna" "  records: 1, 2, 4, 5"
says "and in the end what its rules found" "Guessing: 1 window holds; its rules found: Logon failed 3"
says "for each of them" "Guessed: 1 window holds; its rules found: Guessing 1, Logon 2"
run "as JSON lines" 0 "$evtriage" rules test -q -t jsonl "$work/rules.yml" "$work/logs"
is "a window a line" "$(jq -r '[.Verdict, .RuleTitle, .EndTime, (.RecordIds | length), (.Window[] | select(.Field == "EventCount") | .Text)] | map(tostring) | join(" ")' "$work/out" | tr '\n' ';')" \
	"match Guessing 2024-03-05T09:00:03.0000000Z 3 3;match Guessed 2024-03-05T09:00:04.0000000Z 4 2;"
run "where no window holds" 0 "$evtriage" rules test "$work/rules.yml" "$work/logs/b.evtx"
is "nothing is shown" "$(cat "$work/out")" ""
says "and it is said why" "Guessed: no windows hold; its rules found: Guessing 0, Logon 1"
printf 'a text\n' >"$work/text"
run "a correlation is not for a text" 0 "$evtriage" rules test "$work/rules.yml" "$work/text"
says "that is said" "a correlation is about the events of logs, and $work/text is none: what follows is about its rules alone"
is "and its rules are tried" "$(grep -c '^no match\|^match' "$work/out")" 2

# ---- what cannot be tried ----
sed -n '/^title: No service/,$p' "$work/rules.yml" >"$work/filter.yml"
run "a filter alone is read" 0 "$evtriage" rules test "$work/filter.yml"
shows "it is part of no rule" "is part of: no rule"
says "which is said" "'failed' is no rule that was loaded"
run "and cannot be tried" 1 "$evtriage" rules test "$work/filter.yml" "$work/logs"
says "with a hint" "a filter is tried on the rules it fits: give them with -r, and the filter by its id or title"
sed -n '/^title: Guessing/,/^---/p' "$work/rules.yml" >"$work/alone.yml"
run "a correlation without its rules is invalid" 3 "$evtriage" rules test "$work/alone.yml"
says "and says so" "which is no rule's id or name"
printf 'title: T\nlogsource: {product: windows}\ndetection: {s: {F|nothing: x}, condition: s}\n' >"$work/bad.yml"
run "an invalid rule" 3 "$evtriage" rules test "$work/bad.yml" "$work/logs"
says "has its reason" "unknown modifier"

# ---- explanations as JSON ----
cat >"$work/rule.yml" <<'RULE'
title: Marked
id: 44444444-0000-4000-8000-000000000001
logsource: { product: windows, category: ps_script }
detection:
  s: { ScriptBlockText|contains|all: [ alpha-one, gamma-three ] }
  f: { Path|endswith: .psm1 }
  condition: s and not f
RULE
cat >"$work/blocks.scenario" <<'END'
set computer=WS01.example channel=powershell pid=7 tid=8
text whole = ..alpha-one..beta-two...gamma-three.
at 2024-03-05T09:00:00
file b.evtx record=1
script id=20000000-0000-4000-8000-000000000001 text=whole cut=12,22 record=100
script id=20000000-0000-4000-8000-000000000002 text=whole cut=12,22 parts=1,2 record=200
script id=20000000-0000-4000-8000-000000000003 line="nothing" record=300
END
"$writer" "$work/blocks.scenario" "$work/blocks" >"$work/writer.out" 2>&1 || not_ok "blocks are built" "$(cat "$work/writer.out")"
run "events as JSON lines" 0 "$evtriage" rules test -q -t jsonl "$work/rule.yml" "$work/blocks"
is "verdicts, records and gaps" "$(jq -r '[.Verdict, (.RecordIds | map(tostring) | join(",")), .MissingParts // "-", .LogSourceFits] | map(tostring) | join(" ")' "$work/out" | LC_ALL=C sort | tr '\n' ';')" \
	"match 100,101,102 - true;no match 300 - true;undecided 200,201 3 true;"
is "the condition and its parts" "$(jq -c 'select(.Verdict == "match") | .Explanation | map([.Text, .Truth])' "$work/out")" \
	'[["condition","true"],["s","true"],["f","false"]]'
is "what is unknown" "$(jq -c 'select(.Verdict == "undecided") | [.Explanation[] | select(.Text == "s") | .. | objects | select(.Truth == "unknown") | .Text]' "$work/out")" \
	'["s","ScriptBlockText|contains|all","\"*gamma-three*\""]'
is "the bytes that decided" "$(jq -c 'select(.Verdict == "match") | [.. | objects | select(has("Start")) | [.Field, .Start, .Length, .Text]]' "$work/out")" \
	'[["ScriptBlockText",2,9,"alpha-one"],["ScriptBlockText",24,11,"gamma-three"]]'
printf '{"Channel":"Security","EventID":4688,"ScriptBlockText":"alpha-one gamma-three"}' >"$work/event.json"
run "an event of another log source" 0 "$evtriage" rules test -t jsonl "$work/rule.yml" "$work/event.json"
is "that is told" "$(jq -c '[.Verdict, .LogSourceFits]' "$work/out")" '["match",false]'
printf 'bytes \377\033[2J alpha-one gamma-three' >"$work/text"
run "hostile text" 0 "$evtriage" rules test -t jsonl "$work/rule.yml" "$work/text"
is "is valid JSON" "$(jq -r .Verdict "$work/out")" match

printf 'nothing of interest' >"$work/text"
run "a text that does not match" 0 "$evtriage" rules test "$work/rule.yml" "$work/text"
is "has no place" "$(head -n 1 "$work/out" | grep -c '^no match: [^:]')" 1
for name in rule rule.yml; do
	run "a rule by the name of its file, $name" 0 "$evtriage" rules test -r "$work/rule.yml" $name "$work/text"
	is "is that rule" "$(head -n 1 "$work/out" | grep -c '^no match: [^:]')" 1
done
printf '%s\n' '{"EventID": 1, "Image": "alpha-one gamma-three"}' '{broken' >"$work/lines"
run "a line that is no JSON" 1 "$evtriage" rules test -t jsonl "$work/rule.yml" "$work/lines"
is "what came before it is told" "$(jq -r .Verdict "$work/out" | wc -l)" 1
says "and why there is no more" "line 2: JSON at byte 1"

# ---- forwarded events: what counts is the channel in the record, or in ForwardedEvents the provider ----
cat >"$work/process.yml" <<'RULE'
title: Tool started
logsource: { product: windows, category: process_creation }
detection: { s: { Image|endswith: '\tool.exe' }, condition: s }
RULE
cat >"$work/forwarded.scenario" <<'END'
set computer=WS07.example layout=plain
at 2024-03-05T09:00:00
file "ForwardedEvents.evtx" record=1
event 4688 record=501
	NewProcessName = C:\Temp\tool.exe
event sysmon1 record=502
	Image = C:\Temp\tool.exe
event 4688 record=503 channel=ForwardedEvents provider=Microsoft-Windows-Security-Auditing
	NewProcessName = C:\Temp\tool.exe
event 4688 record=504 channel=ForwardedEvents provider=Other
	NewProcessName = C:\Temp\tool.exe
END
"$writer" "$work/forwarded.scenario" "$work/forwarded" >"$work/writer.out" 2>&1 || not_ok "forwarded events are built" "$(cat "$work/writer.out")"
run "forwarded events are explained" 0 "$evtriage" rules test -t jsonl "$work/process.yml" "$work/forwarded"
is "those of the rule's log source" "$(jq -r '"\(.Verdict) \(.Channel) \(.RecordIds[0])"' "$work/out" | tr '\n' ';')" \
	"match Security 501;match Microsoft-Windows-Sysmon/Operational 502;match ForwardedEvents 503;"
says "and counted" "events of the rule's log source: 3; matches, also in part or undecided: 3"
finish
