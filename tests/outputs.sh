#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where results go: never over evidence by whatever path, never half, never two into one place, and every way in which
# writing can fail is told.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

scenario quiet "$work/made" || finish
log=$(find "$work/made" -type f | LC_ALL=C sort | head -n 1)
program=$(pwd)/$evtriage

# left: what an output leaves behind when it does not come to be
left() { find "$work" -name '.evtriage-*' -o -name '*.part-*' | wc -l | tr -d ' '; }

# 1. Evidence behind other names.
mkdir -p "$work/case/evidence/below" "$work/case/out"
cd "$work/case" || exit 99
cp "$log" evidence/a.evtx
ln evidence/a.evtx out/hard.csv
ln -s ../evidence/a.evtx out/soft.csv
ln -s ../evidence out/folder
sum=$(sha256sum <evidence/a.evtx)
before=$(find evidence | LC_ALL=C sort)
while read -r output path; do
	run "-o $output over $path is refused" 1 "$program" -q --force -t csv -o "$output" "$path"
	run "--manifest $output over $path is refused" 1 "$program" -q --force -t csv --manifest "$output" "$path"
done <<'CASES'
out/hard.csv evidence/a.evtx
out/hard.csv evidence
out/soft.csv evidence/a.evtx
out/folder/a.evtx evidence/a.evtx
out/folder/new.csv evidence
out/../evidence/new.csv evidence
evidence/below/new.csv evidence
evidence/below/../new.csv out/folder
CASES
run "nor is a link to evidence written through in its own folder" 1 sh -c "cd evidence && '$program' -q -o new.csv ."
run "script blocks through a link into evidence are refused" 1 "$program" blocks -q --force -o out/folder/new evidence
run "evidence as standard output is refused" 1 sh -c "'$program' -q -t csv evidence >>evidence/a.evtx"
run "evidence as standard input is evidence, too" 1 sh -c "'$program' -q --force -t csv -o out/hard.csv - <evidence/a.evtx"
is "nothing was written there" "$(find evidence | LC_ALL=C sort)" "$before"
is "and no byte was changed" "$(sha256sum <evidence/a.evtx)" "$sum"
run "a link that leads into evidence is itself replaced, with --force" 0 sh -c \
	"ln -s ../evidence/new.csv out/dangling.csv && '$program' -q --force -o out/dangling.csv evidence"
is "and nothing appears behind it" "$([ -e evidence/new.csv ] || [ -L out/dangling.csv ] && echo yes)" ""

# 2. Two outputs in one place.
run "two names of one output" 2 "$program" -q -o out/x.csv -o ./out/x.csv evidence
is "are told" "$(grep -c 'out/x.csv and .*out/x.csv are the same file' "$work/err")" 1
run "standard output twice" 2 "$program" -q -o - -o /dev/stdout -t csv evidence
run "results and manifest in one file" 2 "$program" -q -o out/x.json --manifest out/../out/x.json evidence
run "results and manifest on standard output" 2 "$program" -q -t csv --manifest - evidence
run "records and manifest in one file" 2 "$program" dump -q -o out/x.jsonl --manifest out/x.jsonl evidence
run "an index and a manifest on standard output" 2 "$program" blocks -q --manifest - evidence
is "nothing was written" "$(find out -name 'x.*')" ""
run "a manifest alone on standard output" 0 "$program" -q -o out/y.csv --manifest - evidence
is "is JSON" "$(jq -r .ExitStatus "$work/out")" 0

# 3. Writing fails.
run "a closed pipe" 0 sh -c "{ '$program' dump -q evidence 2>'$work/told'; echo \$? >'$work/status'; } | true"
is "fails" "$(cat "$work/status")" 1
is "and is told" "$(grep -c 'standard output: cannot write: Broken pipe' "$work/told")" 1
run "a file that may not grow" 1 sh -c "ulimit -f 1; '$program' dump -q -o out/z.jsonl evidence"
is "is told" "$(grep -c 'out/z.jsonl: cannot write: File too large' "$work/err")" 1
run "script blocks that may not grow" 1 sh -c "ulimit -f 0; '$program' blocks -q -o out/blocks evidence"
is "nothing is left" "$(find out -name 'z*' -o -name 'blocks*') $(left)" " 0"
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	run "with $closed" 0 sh -c "'$program' -q --force -o out/closed.csv evidence $closed"
	same "the output is whole" out/closed.csv out/y.csv
done
run "a temporary folder that is not there" 1 "$program" -q -t csv --temp-dir out/none evidence
ln -s real out/linked
mkdir out/real
run "script blocks into a link to an empty folder" 0 "$program" blocks -q -o out/linked evidence
is "lie in that folder" "$(ls out/real/index.jsonl)" out/real/index.jsonl

# 4. Stopped: whatever the run is doing, it stops soon, and an impatient second signal leaves no more than the first.
mkfifo never
for signal in TERM HUP; do
	# (under nohup a signal is ignored, and stays so, unless it is set back)
	env --default-signal=$signal "$program" -q -o out/stopped.csv - <never 2>"$work/err" &
	pid=$!
	exec 3>never
	while ! grep -q do_sys_poll "/proc/$pid/wchan" 2>/dev/null && [ "$(left)" -eq 0 ]; do :; done
	kill -$signal $pid
	kill -$signal $pid 2>/dev/null
	wait $pid
	is "SIG$signal while standard input is waited for: exit status 130" $? 130
	exec 3>&-
	is "nothing is left" "$(find out -name 'stopped*') $(left)" " 0"
done
cd - >/dev/null || exit 99
finish
