#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A worker that crashes or hangs costs the chunk it was reading: named with its offset, its records counted as lost, and
# everything else is as if nothing had happened.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose
faulty=./tests/evtriage-fault

scenario joining "$work/made" || finish
mkdir "$work/logs"
cp "$work/made/joining-1.evtx" "$work/logs/a.evtx"
cp "$work/made/residue.evtx" "$work/logs/z.evtx"
chunks=$((($(wc -c <"$work/logs/a.evtx") - 4096) / 65536))
"$evtriage" dump -q "$work/logs" >"$work/whole.jsonl" 2>/dev/null

"$evtriage" dump -q "$work/logs/z.evtx" >"$work/z.jsonl" 2>/dev/null

# died NAME FAULT PATTERN: the fault at the last chunk of a.evtx, once in all; the other reader reads that chunk
died() {
	EVTRIAGE_FAULT=$2 timeout 120 "$faulty" dump --threads 1 --reader direct --force -o "$work/dead.jsonl" \
		--manifest "$work/dead.json" "$work/logs" >/dev/null 2>"$work/err"
	is "$1: exit status 3" $? 3
	is "$1: named once, with file, offset and how" "$(grep -c "loss: .*a.evtx.*chunk [0-9]* at offset [0-9]*: $3" "$work/err")" 1
	is "$1: totals add up" "$(jq -r '.Totals | .RecordsSeen == .RecordsWritten + .RecordsLost' "$work/dead.json")" true
	is "$1: what is said to be written is written" "$(jq -r .Totals.RecordsWritten "$work/dead.json")" \
		"$(wc -l <"$work/dead.jsonl" | tr -d ' ')"
	is "$1: seen is what there is" "$(jq -r .Totals.RecordsSeen "$work/dead.json")" "$(wc -l <"$work/whole.jsonl" | tr -d ' ')"
	is "$1: the next file is whole" "$(grep -c -xFf "$work/z.jsonl" "$work/dead.jsonl")" "$(wc -l <"$work/z.jsonl" | tr -d ' ')"
}
last_offset=$((4096 + (chunks - 1) * 65536))
died "a crash" "crash:$chunks:once" "the worker [a-z ]* [0-9]*; read by libevtx instead"
is "a crash: nothing is lost" "$(jq -r .Totals.RecordsLost "$work/dead.json")" 0
died "a hang" "hang:$chunks:once" "the worker gave no sign of life for [0-9]* seconds; read by libevtx"
# The same place kills whoever reads it.
if [ "$chunks" -gt 1 ]; then
	died "a deadly chunk" "place:$last_offset" "the worker"
	is "a deadly chunk: the other records are unchanged" "$(grep -c -vxFf "$work/whole.jsonl" "$work/dead.jsonl")" 0
fi

# A file that kills every worker is given up, not tried for ever.
EVTRIAGE_FAULT=message:1 timeout 60 "$faulty" dump --reader direct "$work/logs/a.evtx" "$work/logs/z.evtx" >"$work/out" 2>"$work/err"
is "files that kill each worker are given up: nothing was read, exit status 1" $? 1
is "and said so, for each" "$(grep -c 'evtx.*given up' "$work/err")" 2

# One that dies behind its last word on a log has that log's records in its outbox: neither it nor the next one loses by it.
mkdir "$work/short"
printf 'at 2024-03-05T09:00:00\nset computer=WS01.example channel=Example/Log provider=Example\nfile a.evtx\nevent 20\n\tText = a\nfile b.evtx\nevent 20\n\tText = b\n' >"$work/scenario"
"$writer" "$work/scenario" "$work/short" >/dev/null || not_ok "short logs are made"
EVTRIAGE_FAULT=message:3 timeout 60 "$faulty" dump -q --threads 1 --residual no --reader direct "$work/short" >"$work/out" 2>"$work/err"
is "a death behind the last word: nothing is lost" "$? $(wc -l <"$work/out")" "0 2"
is "and no other log is blamed" "$(cat "$work/err")" ""

if grep -q '^#define SANITIZED 1' config.h || grep -q '^#define UNDER_VALGRIND 1' config.h; then
	skip "workers are not jailed in this build"
else
	# From inside a worker: open, create, socket, connect, exec, fork, executable memory, ptrace, kill and so on.
	survived=
	for call in $(seq 1 25); do
		(cd "$work" && EVTRIAGE_FAULT=escape:$call timeout 60 "$OLDPWD/$faulty" dump --reader direct --force \
			-o esc.jsonl logs/a.evtx) >/dev/null 2>"$work/err"
		grep -q 'killed by signal 31: it made a forbidden system call' "$work/err" || survived="$survived $call"
	done
	is "no forbidden call is survived" "$survived" ""
	is "nothing was made" "$(find "$work" -name evtriage-was-here | wc -l | tr -d ' ')" 0
	"$evtriage" info -q --require-sandbox "$work/logs" >/dev/null 2>&1
	is "and --require-sandbox is content" $? 0

	# Kernels that lack a layer: the others hold, the manifest names them, --require-sandbox reads nothing.
	for tier in no-landlock:seccomp no-seccomp:landlock neither:limits; do
		kernel=${tier%:*}
		EVTRIAGE_KERNEL=$kernel "$faulty" dump -q --force --manifest "$work/tier.json" "$work/logs" >"$work/tier.jsonl" 2>/dev/null
		is "$kernel: exit status" $? 0
		is "$kernel: the tier is named" "$(jq -r .Sandbox "$work/tier.json")" "${tier#*:}"
		same "$kernel: the same is read" "$work/tier.jsonl" "$work/whole.jsonl"
		EVTRIAGE_KERNEL=$kernel "$faulty" dump --require-sandbox "$work/logs" >"$work/out" 2>"$work/err"
		is "$kernel: --require-sandbox fails" $? 1
		is "$kernel: it says what there is, and nothing was read" "$(cat "$work/err") $(wc -c <"$work/out")" \
			"evtriage: --require-sandbox: the sandbox here is \"${tier#*:}\", nothing was read 0"
	done
	# (a kernel that has fewer versions of Landlock than these shows its own)
	for version in 1 2 3 4 5 6; do
		EVTRIAGE_KERNEL=landlock-$version "$faulty" info -q --require-sandbox "$work/logs" >/dev/null 2>"$work/err" ||
			not_ok "Landlock as of version $version is full, too" "$(cat "$work/err")"
	done
	# What holds in a tier holds for the evidence's decoder: files with Landlock alone, all calls with seccomp alone.
	(cd "$work" && EVTRIAGE_KERNEL=no-seccomp EVTRIAGE_FAULT=escape:2 "$OLDPWD/$faulty" dump -q --reader direct logs/a.evtx) >/dev/null 2>&1
	is "with Landlock alone nothing is made" "$(find "$work" -name evtriage-was-here | wc -l | tr -d ' ')" 0
	(cd "$work" && EVTRIAGE_KERNEL=no-landlock EVTRIAGE_FAULT=escape:3 "$OLDPWD/$faulty" dump --reader direct logs/a.evtx) >/dev/null 2>"$work/err"
	is "with seccomp alone a call is not survived" "$(grep -q 'forbidden system call' "$work/err" && echo dead)" dead
	(cd "$work" && EVTRIAGE_KERNEL=neither EVTRIAGE_FAULT=escape:2 "$OLDPWD/$faulty" dump -q --reader direct logs/a.evtx) >/dev/null 2>&1
	is "(with neither it would have been)" "$(find "$work" -name evtriage-was-here | wc -l | tr -d ' ')" 1
	rm -f "$work/evtriage-was-here"
	EVTRIAGE_KERNEL=seccomp-once timeout 60 "$faulty" dump "$work/logs" >"$work/out" 2>"$work/err"
	is "a worker that gets less than was found out reads nothing" "$? $(wc -c <"$work/out")" "1 0"
	is "and says why" "$(grep -q 'could not give up its rights, so it read nothing' "$work/err" && echo said)" said
fi

# Hostile logs under the library reader: whatever happens to it, the good log beside them is whole.
"$writer" --broken "$work/broken" >/dev/null 2>&1
cp "$work/logs/z.evtx" "$work/broken/zz-good.evtx"
# (A sanitizer build has no bound on memory, which some of these forms would use up under libevtx.)
readers="auto direct libevtx"
if grep -q '^#define SANITIZED 1' config.h; then
	readers="auto direct"
	skip "reader libevtx over broken forms: sanitizer build"
fi
for reader in $readers; do
	(
		# shellcheck disable=SC3045 # dash and bash both have it
		grep -q '^#define SANITIZED 1' config.h || ulimit -v 6000000
		exec timeout 300 "$evtriage" dump --reader "$reader" -o "$work/broken.$reader.jsonl" --manifest "$work/broken.$reader.json" \
			"$work/broken"
	) >/dev/null 2>"$work/err"
	is "every broken form with reader $reader: exit status 3" $? 3
	is "totals add up with reader $reader" \
		"$(jq -r '[.Inputs[] | select(.RecordsSeen != .RecordsWritten + .RecordsLost)] | length' "$work/broken.$reader.json")" 0
done
is "the good log beside them is whole" "$(grep -c -xFf "$work/z.jsonl" "$work/broken.direct.jsonl")" "$(wc -l <"$work/z.jsonl" | tr -d ' ')"
is "nothing is left behind" "$(find "$work" -maxdepth 1 -name '*.part*' -o -maxdepth 1 -name '*.tmp*' | wc -l | tr -d ' ')" 0
finish
