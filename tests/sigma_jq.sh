#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rules made of field equality alone need no engine: what they find must be what jq finds in the records as `dump` writes
# them.  For rules made of the generated evidence itself, and for those of other people that are simple enough to be
# read with awk.  So neither the parser nor the table of log sources is judged by itself.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq

# A record as the tests below see it: its channel, id, and the texts of each field, by name without case and blanks.
cat >"$work/record.jq" <<'END'
def text: if type == "object" then .["#text"] else . end | if type == "array" then .[] else . end |
	select(. != null) | tostring;
def plain: ascii_downcase | gsub(" "; "");
def payload: [.Event | to_entries[] | select(.key != "System" and .key != "#attributes") | .value | objects |
	to_entries[] | if (.key | test("^(Event|Operation|Rule|Log|Data)")) and (.value | type) == "object" and
	(.value | has("#text") | not) then .value | to_entries[] else . end | select(.key != "#attributes")];
def system: .Event.System | { eventid: .EventID, level: .Level, channel: .Channel, computer: .Computer,
	provider_name: .Provider["#attributes"].Name, task: .Task, opcode: .Opcode, version: .Version };
def fields: (system | map_values([text])) as $s |
	(reduce payload[] as $p ({}; .[$p.key | plain] += [$p.value | text])) as $p | $s + $p + { eventid: $s.eventid };
def id: [.Event.System.Computer, .Event.System.Channel, (.Event.System.EventRecordID | text),
	.Event.System.TimeCreated["#attributes"].SystemTime[0:19]] | join(" ");
END

# hits RULES RECORDS: "RULE-ID RECORD", sorted, each once
by_jq() {
	cat "$work/record.jq" - >"$work/hits.jq" <<'END'
(reduce $rules[] as $r ({}; .[$r.channel] += [$r])) as $by_channel |
inputs | . as $record | [.Event.System.EventID | text][0] as $event |
[$by_channel[.Event.System.Channel | strings | ascii_downcase][]? |
	select(.fields.EventID == null or any(.fields.EventID[]; . == $event))] | select(length > 0) |
($record | fields) as $f | ($record | id) as $id | .[] |
select(all(.fields | to_entries[]; . as $want | any($f[$want.key | plain][]?; ascii_downcase as $have |
	any($want.value[]; ascii_downcase | . == $have or . == "{\($have)}")))) | "\(.id) \($id)"
END
	jq -rn --slurpfile rules "$1" -f "$work/hits.jq" "$2" | LC_ALL=C sort -u
}

# What lies in slack is left out: dump has the records of the logs.
by_program() {
	"$evtriage" scan -q -t jsonl --reader direct --residual no -r "$1" "$2" 2>/dev/null |
		jq -r 'select(.Verdict == "match") | [.RuleId, .Computer, .Channel, (.RecordIds[0] | tostring), .Timestamp[0:19]] | join(" ")' |
		LC_ALL=C sort -u
}

compare() {
	by_jq "$2" "$3" >"$work/jq.txt"
	by_program "$4" "$5" >"$work/program.txt"
	is "$1: jq finds something" "$([ -s "$work/jq.txt" ] && echo yes)" yes
	if cmp -s "$work/jq.txt" "$work/program.txt"; then
		ok "$1: $(wc -l <"$2") rules, $(wc -l <"$work/jq.txt") events, the same"
	else
		not_ok "$1: the same events" "$(diff "$work/jq.txt" "$work/program.txt" | head -n 20)"
	fi
}

# ---- rules made of the evidence ----

for name in example quiet events; do scenario $name "$work/evidence/$name" || finish; done
"$evtriage" dump -q "$work/evidence" >"$work/records.jsonl"
# One rule for each event id with a value of each of its fields, and one with two fields.  Left out: script blocks,
# which are joined, names that mean something else in a rule, texts that are not plain ASCII, and what JSON spells
# in another way than a record's XML: GUIDs, fractions of seconds, numbers that are too large for jq.
cat "$work/record.jq" - >"$work/make.jq" <<'END'
[inputs | select(.Event.System.Channel | strings | test("^[ -~]+$")) | fields as $f |
	{ channel: (.Event.System.Channel | ascii_downcase), event: $f.eventid[0],
	values: ([payload[] | select(.key | test("^[A-Za-z][A-Za-z0-9 ]*$")) | { key, value: ([.value | text][0]) }
		| select(.value != null and (.value | test("^[ -~]{1,200}$") and
			(test("^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-|^[0-9]{4}-[0-9]{2}-[0-9]{2}T|^-?[0-9]{16}|[0-9]e[+]") | not)))] |
		map(select(.key | test("^(Channel|Message|Provider|Level|Task|Opcode|Keywords|Keyword)$") | not)) |
		unique_by(.key | plain)) } |
	select(.event != "4104" and (.values | length) > 0)] | unique |
[.[] | . as $r | .values[] | select(($r.event == "4688" and .key == "ProcessId") | not) |
	{ channel: $r.channel, fields: { EventID: [$r.event], (.key): [.value] } }] +
[.[] | select(.values | length > 1) | . as $r | [.values[] | select(.key != "ProcessId")] | select(length > 1) |
	{ channel: $r.channel, fields: { EventID: [$r.event], (.[0].key): [.[0].value, "another"], (.[1].key): [.[1].value] } }] |
unique | to_entries[] | .value + { id: ("00000000-0000-4000-8000-" + ("000000000000" + (.key | tostring))[-12:]) }
END
jq -cn -f "$work/make.jq" "$work/records.jsonl" >"$work/made.jsonl"
mkdir "$work/made"
# JSON is YAML; only Sigma's own signs are escaped.
jq -r '"title: made\nid: \(.id)\nlogsource: {product: windows}\ndetection:\n  s: \(.fields + {Channel: [.channel]} |
	map_values(map(gsub("(?<c>[*?\\\\])"; "\\\(.c)"))) | tojson)\n  condition: s\n---"' "$work/made.jsonl" >"$work/made/rules.yml"
is "rules are made" "$([ "$(wc -l <"$work/made.jsonl")" -gt 100 ] && echo yes)" yes
run "and all are read" 0 "$evtriage" rules check -q -r "$work/made"
compare "made rules" "$work/made.jsonl" "$work/records.jsonl" "$work/made" "$work/evidence"

# ---- rules of other people ----

if [ ! -d "$corpus/sigma" ] || [ ! -d "$corpus/evtx" ]; then
	skip "no corpus at $corpus"
	finish
fi
# Channels by service, as sigma-specification's appendix has them.
cat >"$work/channels" <<'END'
security	security
system	system
application	application
windefend	microsoft-windows-windows defender/operational
taskscheduler	microsoft-windows-taskscheduler/operational
bits-client	microsoft-windows-bits-client/operational
firewall-as	microsoft-windows-windows firewall with advanced security/firewall
codeintegrity-operational	microsoft-windows-codeintegrity/operational
appxdeployment-server	microsoft-windows-appxdeploymentserver/operational
ntlm	microsoft-windows-ntlm/operational
wmi	microsoft-windows-wmi-activity/operational
printservice-operational	microsoft-windows-printservice/operational
terminalservices-localsessionmanager	microsoft-windows-terminalservices-localsessionmanager/operational
END
# A rule that is one map of plain names with plain values, and whose condition is that map's name.
cat >"$work/rule.awk" <<'AWK'
BEGIN { while ((getline line < channels) > 0) { split(line, part, "\t"); channel[part[1]] = part[2] } }
function unquoted(text) {
	sub(/[ \t]+#.*$/, "", text)
	sub(/[ \t\r]+$/, "", text)
	if (text ~ /^'.*'$/) { text = substr(text, 2, length(text) - 2); gsub(/''/, "'", text) }
	else if (text ~ /^["\[{&*!|>%@`]/ || text == "" || text == "null" || text == "~") bad = 1
	if (text ~ /[*?"]/ || text ~ /\\\\/) bad = 1
	return text
}
function add(text) {
	text = unquoted(text)
	gsub(/\\/, "\\\\\\\\", text)
	values = values (values == "" ? "" : ",") "\"" text "\""
}
function end_field() {
	if (field != "") fields = fields (fields == "" ? "" : ",") "\"" field "\":[" values "]"
	if (field != "" && values == "") bad = 1
	field = values = ""
}
function end_file() {
	end_field()
	if (!bad && names == 1 && condition == name && fields != "" && (service in channel) && id != "")
		printf "{\"file\":\"%s\",\"id\":\"%s\",\"channel\":\"%s\",\"fields\":{%s}}\n", file, id, channel[service], fields
}
FNR == 1 { if (file != "") end_file(); file = FILENAME; bad = names = within = 0; fields = field = values = id = service = name = condition = "" }
/^[^ #]/ { end_field(); within = $1 }
/^id: / { id = $2 }
within == "logsource:" && $1 == "service:" { service = $2 }
within == "logsource:" && $1 == "category:" { bad = 1 }
within != "detection:" || /^ *#/ || /^detection:/ || /^[ \t\r]*$/ { next }
/^    [^ ]/ {
	end_field()
	if ($1 == "condition:") { condition = $0; sub(/^ *condition: */, "", condition); condition = unquoted(condition) }
	else if ($0 ~ /^    [A-Za-z_0-9]+:[ \t\r]*$/) { names++; name = $1; sub(/:$/, "", name) }
	else bad = 1
	next
}
/^        [A-Za-z]/ {
	end_field()
	field = $1
	if (field !~ /^[A-Za-z_0-9]+:$/) bad = 1
	sub(/:$/, "", field)
	text = $0
	sub(/^ *[^ ]+ */, "", text)
	sub(/^#.*/, "", text)
	if (text != "") add(text)
	next
}
/^            - / { text = $0; sub(/^ *- /, "", text); add(text); next }
{ bad = 1 }
END { end_file() }
AWK
find "$corpus/sigma" -name '*.yml' | LC_ALL=C sort >"$work/files"
xargs awk -v channels="$work/channels" -f "$work/rule.awk" <"$work/files" >"$work/simple.jsonl"
is "simple rules are found among them" "$([ "$(wc -l <"$work/simple.jsonl")" -gt 50 ] && echo yes)" yes
mkdir "$work/simple"
jq -r .file "$work/simple.jsonl" | while read -r file; do ln "$file" "$work/simple/" 2>/dev/null || cp "$file" "$work/simple/"; done
"$evtriage" dump -q --reader direct "$corpus/evtx" >"$work/corpus.jsonl" 2>/dev/null
compare "rules of the corpus" "$work/simple.jsonl" "$work/corpus.jsonl" "$work/simple" "$corpus/evtx"
finish
