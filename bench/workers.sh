#!/usr/bin/env bash
# What workers and their jail cost and gain: two workers against one, the jail against a build without it, growth to
# 16 GiB over a sparse log, many small logs from start to end.  Medians of runs in turn.
# usage: bench/workers.sh BUILD-FOLDER BUILD-WITHOUT-JAIL(--enable-valgrind) [MIB]; needs ../shared (corpus and tools) or
# EVTRIAGE_CORPUS; evtx_dump is EVTX_DUMP, the one in PATH, or what cargo installs.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$1
open=$2
mib=${3:-256}
corpus=${EVTRIAGE_CORPUS:-$top/../shared/corpus}
concat=${EVTRIAGE_CONCAT:-$top/../shared/tools/evtx_concat.py}
runs=${BENCH_RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -d "$corpus/evtx" ] || {
	echo "bench: SKIPPED: no corpus at $corpus" >&2
	exit 77
}

evtx_dump=${EVTX_DUMP:-$(command -v evtx_dump || true)}
if [ -z "$evtx_dump" ]; then
	cargo install -q --root "$work" --version 0.12.2 --bin evtx_dump evtx
	evtx_dump=$work/bin/evtx_dump
fi

# seconds COMMAND...: CPU time, wall time (to the millisecond: time(1) knows hundredths alone) and peak memory (KiB) of one run
seconds() {
	local TIMEFORMAT='%3U %3S %3R'
	: >"$work/out" # to throw away half a gigabyte that the one before wrote takes a tenth of a scan
	sync -f "$work"
	{ time /usr/bin/time -q -f %M -o "$work/peak" "$@" >"$work/out" 2>"$work/err" || [ $? -eq 3 ]; } 2>"$work/time"
	paste -d' ' "$work/time" "$work/peak" | awk '{ printf "%.3f %.3f %d\n", $1 + $2, $3, $4 }'
}
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
column() { cut -d' ' -f"$1" "$2" | median; }

mapfile -t all < <(find "$corpus/evtx" -type f | LC_ALL=C sort)
python3 "$concat" "$work/mixed.evtx" "$mib" "${all[@]}" >/dev/null
cat "$work/mixed.evtx" >/dev/null
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | sed 's/^ //'), $(uname -r), load $(cut -d' ' -f1 /proc/loadavg)"
scan=(scan -q --reader direct -r "$corpus/sigma/rules/windows" -o "$work/t.csv" --force)
for ((i = 0; i < runs; i++)); do
	seconds "$build/evtriage" scan -q --reader direct -o "$work/t.csv" --force --threads 1 "$work/mixed.evtx" >>"$work/jailed"
	seconds "$open/evtriage" scan -q --reader direct -o "$work/t.csv" --force --threads 1 "$work/mixed.evtx" >>"$work/free"
	seconds "$build/evtriage" scan -q -o "$work/t.csv" --force "$corpus/evtx/evtx-attack-samples" >>"$work/small"
done
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
# two SIZE LOG: two workers against one; the larger the log, the less loading rules and writing rows weigh
two() {
	local size=$1 log=$2 i
	cat "$log" >/dev/null
	: >"$work/one"
	: >"$work/two"
	for ((i = 0; i < runs; i++)); do
		seconds "$build/evtriage" "${scan[@]}" --threads 1 "$log" >>"$work/one"
		seconds "$build/evtriage" "${scan[@]}" --threads 2 "$log" >>"$work/two"
	done
	echo "mixed $size MiB, all SigmaHQ rules, 1 : 2 workers: wall $(column 2 "$work/one") : $(column 2 "$work/two") s," \
		"$(ratio "$(column 2 "$work/one")" "$(column 2 "$work/two")") times as fast (limit 1.6)," \
		"CPU $(column 1 "$work/one") : $(column 1 "$work/two") s"
}

# whole NAME LOG: scans with all rules, by all cores, against evtx_dump with one
whole() {
	local name=$1 log=$2 kind i
	cat "$log" >/dev/null
	for kind in dump direct default; do : >"$work/$kind"; done
	for ((i = 0; i < runs; i++)); do
		seconds "$evtx_dump" -t 1 -o jsonl "$log" >>"$work/dump"
		seconds "$build/evtriage" "${scan[@]}" "$log" >>"$work/direct"
		seconds "$build/evtriage" scan -q -r "$corpus/sigma/rules/windows" -o "$work/t.csv" --force "$log" >>"$work/default"
	done
	for kind in direct default; do
		paste -d' ' "$work/$kind" "$work/dump" | awk '{ printf "%.2f\n", $2 / $5 }' >"$work/$kind.ratio"
	done
	echo "$name, all SigmaHQ rules: evtx_dump $(column 2 "$work/dump") s; direct $(column 2 "$work/direct") s," \
		"ratio $(median <"$work/direct.ratio") (limit 0.6); default $(column 2 "$work/default") s," \
		"ratio $(median <"$work/default.ratio") (limit 2.5); findings $(($(wc -l <"$work/t.csv") - 1))"
}

two "$mib" "$work/mixed.evtx"
python3 "$concat" "$work/other.evtx" "$((4 * mib))" "${all[@]}" >/dev/null
two "$((4 * mib))" "$work/other.evtx"
jailed=$(column 1 "$work/jailed") free=$(column 1 "$work/free")
echo "mixed $mib MiB, jailed : not: CPU $jailed : $free s, ratio $(ratio "$jailed" "$free") (limit 1.03)"
whole "mixed $mib MiB" "$work/mixed.evtx"
mapfile -t some < <(find "$corpus/evtx" -type f -iname '*powershell*' | LC_ALL=C sort)
python3 "$concat" "$work/other.evtx" "$mib" "${some[@]}" >/dev/null
whole "scripts $mib MiB" "$work/other.evtx"
mapfile -t some < <(find "$corpus/evtx" -type f -iname '*security*' | LC_ALL=C sort)
python3 "$concat" "$work/other.evtx" "$mib" "${some[@]}" >/dev/null
whole "Security $mib MiB" "$work/other.evtx"
once=$(du -cb "${all[@]}" | tail -n 1 | awk '{ print int($1 / 1048576) }')
python3 "$concat" "$work/other.evtx" "$once" "${all[@]}" >/dev/null
whole "one pass of the corpus, $once MiB" "$work/other.evtx"
echo "evtx-attack-samples start to end: wall $(column 2 "$work/small") s (limit 0.5 s)"
for size in 1 4 16; do
	truncate -s "${size}G" "$work/mixed.evtx"
	read -r cpu wall peak < <(seconds "$build/evtriage" scan -q --reader direct -o "$work/t.csv" --force "$work/mixed.evtx")
	echo "sparse log of $size GiB: wall $wall s, CPU $cpu s, peak $((peak / 1024)) MiB"
done
