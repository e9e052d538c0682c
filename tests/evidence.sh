#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Evidence is only read: nothing about it changes, a change by somebody else is said, an interrupted run leaves nothing
# behind, and a log may be as long as it likes.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

scenario quiet "$work/logs" || finish
log=$(find "$work/logs" -type f | LC_ALL=C sort | head -n 1)

# 1. All that stat knows, access times included, and the bytes.
sum=$(sha256sum "$log")
touch -a -d '2001-02-03 04:05:06' "$log"
before=$(stat -c '%x %y %z %s %a %i' "$log")
run "a scan with a manifest" 0 "$evtriage" -q -t csv --manifest "$work/manifest.json" "$work/logs"
is "leaves times, size, mode and inode alone" "$(stat -c '%x %y %z %s %a %i' "$log")" "$before"
is "and every byte" "$(sha256sum "$log")" "$sum"
is "the manifest has the hash" "$(jq -r --arg p "$log" '.Inputs[] | select(.Path == $p) | .Sha256' "$work/manifest.json")" "${sum%% *}"

# 2. A file that changes while it is read.
mkdir "$work/volume"
"$writer" --volume parts=100000 "$work/volume" >/dev/null 2>&1
last=$(find "$work/volume" -type f | LC_ALL=C sort | tail -n 1)
"$evtriage" -q -t csv --manifest "$work/changed.json" "$work/volume" >"$work/out" 2>"$work/err" &
pid=$!
while kill -0 $pid 2>/dev/null; do touch "$last"; done
wait $pid
is "a file that changes while it is read: exit status 3" $? 3
is "named" "$(grep -c 'loss:.*changed while it was read' "$work/err")" 1
is "and marked in the manifest" "$(jq '[.Inputs[] | select(.Changed)] | length' "$work/changed.json")" 1

# Texts that wait for their parts go to a file without a name when there are many: what comes back is what went in, and
# where that file may not grow, it is told, and nothing is left.
cat >"$work/spill.scenario" <<'SCENARIO'
set computer=WS01.example channel=powershell pid=7 tid=8
at 2024-03-05T09:00:00
text big repeat=300000 <<END
Write-Verbose "step {n} of a script that is too long for memory"
END
file big.evtx
script id=50000000-0000-4000-8000-000000000001 text=big split=12000
SCENARIO
mkdir "$work/spill" "$work/spill-texts"
"$writer" --texts "$work/spill-texts" "$work/spill.scenario" "$work/spill" >/dev/null 2>&1
run "a text that does not wait in memory" 0 "$evtriage" blocks -q -o "$work/spilled" --temp-dir "$work" "$work/spill"
same "comes back whole" "$work/spilled/WS01.example_50000000-0000-4000-8000-000000000001.txt" \
	"$work/spill-texts/50000000-0000-4000-8000-000000000001.txt"
run "no room for it" 1 sh -c "ulimit -f 2000; '$evtriage' -q -o '$work/full.csv' --temp-dir '$work' '$work/spill'"
is "is told in one line" "$(grep -c . "$work/err"): $(grep -c 'temporary file in .*: File too large' "$work/err")" "1: 1"
is "and nothing is left" "$(find "$work" -maxdepth 1 -name 'full*' -o -maxdepth 1 -name '.evtriage*' | wc -l | tr -d ' ')" 0
rm -rf "$work/spill" "$work/spilled" "$work/spill-texts"

# 3. Interrupted in the middle.
"$evtriage" -q -o "$work/interrupted.csv" --temp-dir "$work" --manifest "$work/interrupted.json" "$work/volume" "$work/volume" \
	2>"$work/err" &
pid=$!
while [ "$(ps -o pid= --ppid $pid 2>/dev/null | wc -l)" -eq 0 ] && kill -0 $pid 2>/dev/null; do :; done
worker=$(ps -o pid= --ppid $pid 2>/dev/null | tr -d ' ')
kill -TERM $pid 2>/dev/null
wait $pid
is "stopped by a signal: exit status 130" $? 130
is "leaves no output and no temporary file" "$(find "$work" -maxdepth 1 -name '*interrupted.csv*' | wc -l | tr -d ' ')" 0
is "leaves no worker" "$([ -n "$worker" ] && kill -0 "$worker" 2>/dev/null && echo "$worker")" ""
is "the manifest says so" "$(jq -r .ExitStatus "$work/interrupted.json")" 130
is "and nothing of what was not looked for" "$(jq -c '[.Totals.RulesWithoutLog, .Outputs[0].Sha256, (.Rules | map(has("Met")) | any)]' "$work/interrupted.json")" \
	'[0,null,false]'
is "so does the program" "$(grep -c 'interrupted: no output was written, the manifest says so' "$work/err")" 1

# Started by who ignores the end of children, and leaves it so.
if env --ignore-signal=CHLD true 2>/dev/null; then
	"$evtriage" dump -q "$log" >"$work/wanted"
	run "with SIGCHLD ignored from the start" 0 env --ignore-signal=CHLD timeout 60 "$evtriage" dump -q "$log"
	same "nothing is missing" "$work/out" "$work/wanted"
else
	skip "with SIGCHLD ignored from the start: env cannot do that here"
fi

# 4. Longer than 4 GiB, most of it preallocated: the records behind the gap are read.
head -c 4096 "$log" >"$work/long.evtx"
if truncate -s $((4096 + 65600 * 65536)) "$work/long.evtx" 2>/dev/null; then
	tail -c +4097 "$log" | head -c 65536 >>"$work/long.evtx"
	"$evtriage" dump -q "$log" | wc -l >"$work/wanted"
	run "a log of more than 4 GiB" 0 "$evtriage" dump -q "$work/long.evtx"
	is "every record of it" "$(wc -l <"$work/out")" "$(cat "$work/wanted")"
	rm -f "$work/long.evtx"
else
	skip "a log of more than 4 GiB: no sparse files here"
fi
finish
