#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Workers that end at every boundary - in front of their n-th message, at their n-th read, their n-th allocation - and
# workers that lie.  Whatever happens, the other chunks are as if nothing had happened, the exit status is never 0, and
# nothing raw is written.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose
faulty=./tests/evtriage-fault

scenario joining "$work/made" || finish
mkdir "$work/logs"
cp "$work/made/joining-1.evtx" "$work/logs/a.evtx"
cp "$work/made/residue.evtx" "$work/logs/z.evtx"
for reader in direct libevtx; do
	"$evtriage" dump -q --reader $reader "$work/logs" >"$work/whole.$reader" 2>/dev/null
done
cat "$work"/whole.* | LC_ALL=C sort -u >"$work/known"
records=$(wc -l <"$work/whole.direct" | tr -d ' ')
chunks=$((($(wc -c <"$work/logs/a.evtx") + $(wc -c <"$work/logs/z.evtx") - 8192) / 65536))

# met NAME FAULT: what is wrong after the fault, nothing when all is well
met() {
	rm -f "$work/d.jsonl" "$work/d.json"
	EVTRIAGE_FAULT=$2 timeout 120 "$faulty" dump -q --threads 2 --reader "$reader" -o "$work/d.jsonl" --manifest "$work/d.json" \
		"$work/logs" >/dev/null 2>"$work/err"
	status=$?
	[ -s "$work/err" ] || [ $status -eq 0 ] || echo "$1:$2 says nothing"
	case $status in
	0) # the fault lies behind the last boundary, so there was none
		[ "$(wc -l <"$work/d.jsonl" | tr -d ' ')" -eq "$records" ] && [ ! -s "$work/err" ] && [ -z "$3" ] || echo "$1:$2 ends with 0"
		;;
	1) [ ! -s "$work/d.jsonl" ] || cmp -s "$work/d.jsonl" "$work/whole.$reader" || echo "$1:$2 leaves half an output" ;;
	3)
		strange=$(LC_ALL=C sort "$work/d.jsonl" | LC_ALL=C comm -23 - "$work/known" | wc -l)
		[ "$strange" -eq 0 ] || echo "$1:$2 changes $strange records"
		jq -e '.Totals | .RecordsSeen == .RecordsWritten + .RecordsLost' "$work/d.json" >/dev/null || echo "$1:$2 does not add up"
		[ "$(jq -r .Totals.RecordsWritten "$work/d.json")" -eq "$(wc -l <"$work/d.jsonl")" ] || echo "$1:$2 writes other than it says"
		;;
	*) echo "$1:$2 status $status: $(tail -n 2 "$work/err")" ;;
	esac
	LC_ALL=C grep -q '[^ -~]' "$work/err" && echo "$1:$2 prints raw bytes"
	[ -z "$(find "$work" -maxdepth 1 -name '.evtriage*')" ] || echo "$1:$2 leaves a file"
}

# every NAME KIND STEPS...
every() {
	name=$1
	kind=$2
	shift 2
	bad=
	for n; do bad="$bad$(met "$name" "$kind:$n:once")"; done
	is "$name with reader $reader" "$bad" ""
}

boundaries=$(seq 1 $((2 * chunks + 6)))
for reader in direct auto; do
	[ $reader = direct ] || cp "$work/whole.direct" "$work/whole.auto"
	# shellcheck disable=SC2086
	every "a worker ends in front of its n-th message" message $boundaries
	# shellcheck disable=SC2086
	every "a worker dies at its n-th read of a chunk" crash $(seq 1 $((3 * chunks)))
	# shellcheck disable=SC2086
	every "a worker sends noise from its n-th message on" noise $boundaries
done
reader=direct
every "the n-th read fails" read 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
[ -z "$EVTRIAGE_FAULT_ALL" ] || every "the n-th allocation fails" memory $(seq 1 400)
every "the n-th allocation fails" memory 40 50 60 70 80 90 100 110 120 130 140 150 160 170 180 190 200 220 240 260 280 300
# Nobody but liars: the run ends, and says so.
is "workers that only lie" "$(met liars noise:1)" ""

# A joined text that an expression dies over (or never ends on) hides from that rule alone, and by name.
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example channel=powershell pid=7 tid=8'
	echo 'file long.evtx'
	printf 'text t = Get-Literal alpha'
	printf '%080000d' 0
	echo ' omega'
	echo 'script id=50000000-0000-4000-8000-000000000021 text=t split=15000 expect=no'
} >"$work/long.scenario"
"$writer" "$work/long.scenario" "$work/long" >/dev/null 2>&1
cat >"$work/long.yml" <<'RULE'
title: Literal
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|contains: get-literal }, condition: s }
---
title: By expression
name: by-expression
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|re: 'alpha0*[^0]' }, condition: s }
---
title: One of two
logsource: { product: windows, category: ps_script }
detection: { s: { ScriptBlockText|re: 'alpha0*[^0]' }, t: { ScriptBlockText|contains: omega }, condition: s or t }
RULE
titles() { jq -r .RuleTitle "$1" | LC_ALL=C sort | tr '\n' ';'; }
run "a long text" 0 "$evtriage" -q -t jsonl -r "$work/long.yml" "$work/long"
is "meets three rules" "$(titles "$work/out")" "By expression;Literal;One of two;"
run "an expression that kills its worker" 3 env EVTRIAGE_FAULT=expression:1 "$faulty" -t jsonl -r "$work/long.yml" "$work/long"
is "costs that rule alone" "$(titles "$work/out")" "Literal;One of two;"
is "which is named" "$(grep -c 'loss: .*long.evtx: record .* rule By expression.* could not be decided: a worker died over the script block' "$work/err")" 1
is "as is the block" \
	"$(grep -c 'limit: .*long.evtx: at 0x1200: script block 50000000-0000-4000-8000-000000000021 of WS01.example: tried again without expressions: the worker' "$work/err")" 1

# A run that is interrupted while workers are busy: no output, no worker, no file is left, and what was done is said.
"$writer" --volume parts=60000 "$work/volume" >/dev/null 2>&1
for signal in INT TERM; do
	rm -f "$work/i.csv" "$work/i.json"
	# (a shell without job control has its background jobs ignore SIGINT)
	EVTRIAGE_FAULT=hang:3:once env --default-signal=INT "$faulty" scan --threads 4 -o "$work/i.csv" --manifest "$work/i.json" "$work/volume" 2>"$work/err" &
	pid=$!
	sleep 0.7
	children=$(ps -o pid= --ppid $pid 2>/dev/null)
	kill -$signal $pid
	wait $pid
	is "SIG$signal: status 130" $? 130
	is "SIG$signal: no output" "$(find "$work" -maxdepth 1 -name 'i.csv*' -o -maxdepth 1 -name '.evtriage*')" ""
	is "SIG$signal: the manifest says so" "$(jq -r .Interrupted "$work/i.json")" true
	is "SIG$signal: so does a line" "$(grep -c interrupted "$work/err")" 1
	left=
	for child in $children; do kill -0 "$child" 2>/dev/null && left="$left $child"; done
	is "SIG$signal: no worker is left" "$left" ""
done
finish
