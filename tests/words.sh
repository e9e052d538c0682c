#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A keyword is found wherever it stands in a record: in a text of the payload, in the names of channel, provider and computer,
# and where a SID belongs; whether the rule is alone (then most records are not built) or not.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq

cat >"$work/scenario" <<'SCENARIO'
at 2024-03-05T09:00:00
set computer=WS01.example channel=Example/Log provider=Example pid=7 tid=8
file words.evtx record=1
event 6
	Text = quiet
event 7
	Text = x QwertyWord y
event 8 channel=QwertyWord/Log
	Text = quiet
event 9 provider=QwertyWord
	Text = quiet
event 10 user=text:QwertyWord
	Text = quiet
event 11 computer=QwertyWord.example
	Text = quiet
event 12
	Text = qwerty word
event 13
	Text = beyond ASCII: Ä qwertYword®
SCENARIO
"$writer" "$work/scenario" "$work" >/dev/null || finish
mkdir "$work/alone" "$work/both"
cat >"$work/alone/word.yml" <<'RULE'
title: A word
status: test
level: high
logsource: { product: windows }
detection:
  words: [ qwertyword ]
  condition: words
RULE
cp "$work/alone/word.yml" "$work/both"
cat >"$work/both/field.yml" <<'RULE'
title: A field
status: test
level: low
logsource: { product: windows }
detection:
  field: { Text: nothing }
  condition: field
RULE
for rules in alone both; do
	for reader in direct auto; do
		"$evtriage" scan -q --reader $reader -r "$work/$rules" -t jsonl "$work/words.evtx" >"$work/out" 2>/dev/null
		is "the rule $rules, reader $reader" "$(jq -r .EventId "$work/out" | sort -n | tr '\n' ' ')" "7 8 9 10 11 13 "
	done
done
finish
