#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line: usage errors, help, where output goes, what the exit status says.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

# says NAME TEXT: the last run told that on standard error
says() {
	if grep -qF -- "$2" "$work/err"; then ok "$1"; else not_ok "$1" "not told: $2" "$(head -n 5 "$work/err")"; fi
}

run "no argument is a usage error" 2 "$evtriage"
says "with what is missing" "scan needs PATH"
is "and nothing on standard output" "$(wc -c <"$work/out" | tr -d ' ')" 0
run "an unknown option is a usage error" 2 "$evtriage" --ouptut x y
says "with the one that was meant" "did you mean --output?"
run "an unknown letter is a usage error" 2 "$evtriage" -Z x
run "an option of another command is a usage error" 2 "$evtriage" blocks -r x y
says "that says so" "blocks has no option -r"
run "a missing argument is a usage error" 2 "$evtriage" x --min-level
run "a wrong level is a usage error" 2 "$evtriage" --min-level severe x
run "a wrong time is a usage error" 2 "$evtriage" --from yesterday x
run "a wrong event id is a usage error" 2 "$evtriage" --include-eid 4104,x x
run "a wrong choice is a usage error" 2 "$evtriage" --reader both x
run "a flag takes no argument" 2 "$evtriage" --quiet=yes x
run "an empty span is a usage error" 2 "$evtriage" --from 2024-01-02 --to 2024-01-01 x
run "a search needs a pattern and a path" 2 "$evtriage" search x
run "a bad expression is a usage error" 2 "$evtriage" search -e '(' x
run "rules needs a word" 2 "$evtriage" rules
run "that it knows" 2 "$evtriage" rules sing
run "an output without a known suffix is a usage error" 2 "$evtriage" -o "$work/findings.doc" "$work"

run "help" 0 "$evtriage" --help
is "names the commands" "$(grep -c '^  \(scan\|blocks\|search\|dump\|info\|rules\) ' "$work/out")" 6
for command in scan blocks search dump info rules; do
	run "help of $command" 0 "$evtriage" "$command" --help
	is "is that of $command" "$(head -n 1 "$work/out" | cut -d ' ' -f 1-3)" "usage: evtriage $command"
done
run "version" 0 "$evtriage" --version
is "names the program" "$(cut -d ' ' -f 1 "$work/out")" evtriage
if [ -c /dev/full ]; then
	run "help into a full disk fails" 1 sh -c "'$evtriage' --help >/dev/full"
	says "and says so" "No space left"
fi

run "no such file" 1 "$evtriage" "$work/nowhere"
says "is told" "nowhere"
run "a mistyped command is a file that is not there" 1 "$evtriage" bloks
says "with the command that was meant" "did you mean the command blocks?"
mkdir "$work/empty"
run "a folder without logs: no evidence" 1 "$evtriage" -t csv "$work/empty"
says "is told" "there is no event log"

scenario example "$work/evidence" || finish
mkdir "$work/named"
cp "$(find "$work/evidence" -type f | LC_ALL=C sort | head -n 1)" "$work/named/info"
bin=$(pwd)/$evtriage
run "a file named like a command, with ./" 0 sh -c "cd '$work/named' && '$bin' dump -q ./info"
run "or behind --" 0 sh -c "cd '$work/named' && '$bin' dump -q -- info"

run "CSV in a pipe" 0 "$evtriage" "$work/evidence"
is "begins with its columns" "$(head -n 1 "$work/out" | cut -d , -f 1-3)" Timestamp,EndTime,Level
cp "$work/out" "$work/piped.csv"
says "the summary counts files" "evidence: "
run "-q" 0 "$evtriage" -q "$work/evidence"
is "is silent when nothing was lost" "$(cat "$work/err")" ""
same "and writes the same" "$work/out" "$work/piped.csv"
run "three outputs at once" 0 "$evtriage" -q -o "$work/a.csv" -o "$work/a.jsonl" -o "$work/a.json" "$work/evidence"
same "the CSV is that of the pipe" "$work/a.csv" "$work/piped.csv"
is "as many findings in JSON lines" "$(wc -l <"$work/a.jsonl")" "$(($(wc -l <"$work/a.csv") - 1))"
run "an output that exists is not replaced" 1 "$evtriage" -q -o "$work/a.csv" "$work/evidence"
run "but with --force" 0 "$evtriage" -q --force -o "$work/a.csv" "$work/evidence"
run "no output into evidence" 1 "$evtriage" -q -o "$work/evidence/a.csv" "$work/evidence"
is "nothing was left there" "$(find "$work/evidence" -name '*a.csv*' -o -name '*.part*' | wc -l | tr -d ' ')" 0
run "nor temporary files" 1 "$evtriage" -q --temp-dir "$work/evidence" "$work/evidence"
run "nor script blocks" 1 "$evtriage" blocks -q -o "$work/evidence/scripts" "$work/evidence"
is "no folder was left there" "$(find "$work/evidence" -type d | wc -l | tr -d ' ')" \
	"$(find "$work/evidence" -type d ! -name '*scripts*' | wc -l | tr -d ' ')"
[ -c /dev/full ] && run "a full disk fails" 1 sh -c "'$evtriage' -q '$work/evidence' >/dev/full"

run "--fail-on with such findings" 10 "$evtriage" -q --fail-on informational "$work/evidence"
mkdir "$work/rules"
printf 'title: [\n' >"$work/rules/broken.yml"
run "an invalid rule is a loss" 3 "$evtriage" -q -r default -r "$work/rules" "$work/evidence"
says "told with its file" "broken.yml"
run "and with findings 13" 13 "$evtriage" -q -r default -r "$work/rules" --fail-on informational "$work/evidence"
run "--rules-strict reads nothing" 2 "$evtriage" -q --rules-strict -r default -r "$work/rules" "$work/evidence"
run "no rule that could run" 1 "$evtriage" -q -r "$work/rules" "$work/evidence"
run "rules check tells it, too" 3 "$evtriage" rules check -r "$work/rules"
run "rules that are not there" 1 "$evtriage" -r "$work/none" "$work/evidence"
run "a missing file beside evidence is a loss" 3 "$evtriage" -q "$work/evidence" "$work/nowhere"

run "a manifest" 0 "$evtriage" -q --manifest "$work/m.json" -o "$work/m.csv" "$work/evidence"
if command -v jq >/dev/null; then
	run "is JSON, and its records add up" 0 jq -e \
		'.Totals.RecordsSeen == .Totals.RecordsWritten + .Totals.RecordsLost and .ExitStatus == 0' "$work/m.json"
	run "for every input" 0 jq -e 'all(.Inputs[]; .RecordsSeen == .RecordsWritten + .RecordsLost)' "$work/m.json"
	jq -r '.Inputs[] | .Sha256 + "  " + .Path' "$work/m.json" >"$work/sums"
	run "hashes of inputs hold" 0 sha256sum -c "$work/sums"
	jq -r '.Outputs[] | .Sha256 + "  " + .Path' "$work/m.json" >"$work/sums"
	run "hashes of outputs hold" 0 sha256sum -c "$work/sums"
	cp "$work/m.json" "$work/m1.json"
	run "once more" 0 "$evtriage" -q --force --manifest "$work/m.json" -o "$work/m.csv" "$work/evidence"
	jq 'del(.Run, .Arguments, .Options)' "$work/m1.json" >"$work/m1"
	jq 'del(.Run, .Arguments, .Options)' "$work/m.json" >"$work/m2"
	same "runs differ in Run alone" "$work/m1" "$work/m2"

	run "script blocks" 0 "$evtriage" blocks -q -o "$work/scripts" "$work/evidence"
	jq -r '.Sha256 + "  " + .File' "$work/scripts/index.jsonl" >"$work/scripts.sums"
	run "are what the index says" 0 sh -c "cd '$work/scripts' && sha256sum -c '$work/scripts.sums'"
	is "and every file is in it" "$(find "$work/scripts" -name '*.txt' | wc -l)" "$(wc -l <"$work/scripts.sums")"
	run "a folder with files is left alone" 1 "$evtriage" blocks -q -o "$work/scripts" "$work/evidence"
	run "but with --force" 0 "$evtriage" blocks -q --force -o "$work/scripts" "$work/evidence"

	run "records as JSON lines" 0 "$evtriage" dump -q "$work/evidence"
	run "are JSON" 0 jq -e .Event.System "$work/out"
	run "rules as JSON lines" 0 "$evtriage" rules list -t jsonl
	run "are JSON" 0 jq -e .Title "$work/out"
	run "coverage as JSON lines" 0 "$evtriage" info -q -t jsonl "$work/evidence"
	run "is JSON" 0 jq -e .Type "$work/out"
else
	skip "jq is not installed"
fi
run "records as XML" 0 "$evtriage" dump -q -t xml "$work/evidence"
is "in one element" "$(tail -n 1 "$work/out")" "</Events>"

run "the shipped rules are exported" 0 "$evtriage" rules export -q "$work/pack"
"$evtriage" -q -r "$work/pack" "$work/evidence" | sed 's/builtin://' | wc -l >"$work/n1"
"$evtriage" -q "$work/evidence" | wc -l >"$work/n2"
same "and find the same" "$work/n1" "$work/n2"

# Stopped while it waits for standard input: no output, but the manifest, and 130.
mkfifo "$work/never"
"$evtriage" -o "$work/stopped.csv" --manifest "$work/stopped.json" - <"$work/never" 2>"$work/err" &
pid=$!
exec 3>"$work/never"
sleep 1
kill -TERM "$pid"
exec 3>&-
wait "$pid"
is "SIGTERM gives 130" "$?" 130
is "and no output" "$(ls "$work/stopped.csv" 2>/dev/null)" ""
is "but the manifest, that says so" "$(grep -c '"Interrupted": true' "$work/stopped.json")" 1
is "no temporary file is left" "$(find "$work" -name '.evtriage-*' | wc -l | tr -d ' ')" 0
finish
