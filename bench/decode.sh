#!/usr/bin/env bash
# The direct reader on one core against evtx_dump: CPU time (user and system) of both in turn, medians of the times and of
# the ratios; then skipping, what the bounds checks cost, and the dump command as a whole.  usage: bench/decode.sh [BUILD-FOLDER [MIB]]; needs ../shared
# (corpus and tools) or EVTRIAGE_CORPUS; evtx_dump is EVTX_DUMP, the one in PATH, or what cargo installs.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build}
mib=${2:-256}
corpus=${EVTRIAGE_CORPUS:-$top/../shared/corpus}
concat=${EVTRIAGE_CONCAT:-$top/../shared/tools/evtx_concat.py}
runs=${BENCH_RUNS:-9}
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

cpu() {
	/usr/bin/time -f '%U %S' -o "$work/time" "$@" >/dev/null 2>&1 || [ $? -eq 3 ]
	awk '{ print $1 + $2 }' "$work/time"
}
median() { sort -n | awk '{ a[NR] = $1 } END { printf "%.3f", a[int((NR + 1) / 2)] }'; }

# against NAME LOG COMMAND...: evtx_dump : the command
against() {
	local name=$1 log=$2 a b i
	shift 2
	: >"$work/a"
	: >"$work/b"
	: >"$work/ratios"
	for ((i = 0; i < runs; i++)); do
		a=$(cpu "$evtx_dump" -t 1 -o jsonl "$log")
		b=$(cpu "$@")
		echo "$a" >>"$work/a"
		echo "$b" >>"$work/b"
		awk -v a="$a" -v b="$b" 'BEGIN { print (b > 0 ? a / b : 0) }' >>"$work/ratios"
	done
	printf '%-28s %s s : %s s, ratio %s\n' "$name" "$(median <"$work/a")" "$(median <"$work/b")" "$(median <"$work/ratios")"
}

# checks MODE LOG: the reader as it is against one built without bounds checks, in turn, the least of each; and where valgrind
# is there, the instructions of both over the first 16 MiB
checks() {
	local mode=$1 log=$2 a b i
	: >"$work/a"
	: >"$work/b"
	for ((i = 0; i < runs; i++)); do
		"$build/bench/decode" "$mode" "$log" 3 | sed 's/.*least \([0-9.]*\) s/\1/' >>"$work/a"
		"$build/bench/decode_unchecked" "$mode" "$log" 3 | sed 's/.*least \([0-9.]*\) s/\1/' >>"$work/b"
	done
	a=$(sort -n "$work/a" | head -1)
	b=$(sort -n "$work/b" | head -1)
	printf '%-28s %s s : %s s without, %s %%' "$(basename "$log" .evtx), $mode, bounds checks" "$a" "$b" \
		"$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.1f", (a - b) / a * 100 }')"
	if command -v valgrind >/dev/null; then
		head -c $((4096 + 256 * 65536)) "$log" >"$work/short.evtx"
		a=$(instructions "$build/bench/decode" "$mode")
		b=$(instructions "$build/bench/decode_unchecked" "$mode")
		printf '; of the instructions %s %%' "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.1f", (a - b) / a * 100 }')"
	fi
	echo
}
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" "$work/short.evtx" 1 2>&1 |
		awk '/ refs:/ { gsub(",", "", $NF); print $NF }'
}

make -s -C "$build" bench/decode bench/decode_unchecked evtriage >/dev/null
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | sed 's/^ //'), load $(cut -d' ' -f1 /proc/loadavg)"
for log in mixed posh sec; do
	case $log in
	mixed) mapfile -t files < <(find "$corpus/evtx" -type f | LC_ALL=C sort) ;;
	posh) mapfile -t files < <(find "$corpus/evtx" -type f -iname '*powershell*' | LC_ALL=C sort) ;;
	sec) mapfile -t files < <(find "$corpus/evtx" -type f -iname '*security*' | LC_ALL=C sort) ;;
	esac
	python3 "$concat" "$work/$log.evtx" "$mib" "${files[@]}" >/dev/null
	cat "$work/$log.evtx" >/dev/null
	against "$log, JSON lines" "$work/$log.evtx" "$build/bench/decode" json "$work/$log.evtx" 1
	against "$log, by trees alone" "$work/$log.evtx" "$build/bench/decode" tree "$work/$log.evtx" 1
	against "$log, the command dump" "$work/$log.evtx" "$build/evtriage" dump -q --reader direct --threads 1 "$work/$log.evtx"
	for mode in skip live fields json; do
		printf '%-28s %s\n' "$log, $mode" "$("$build/bench/decode" $mode "$work/$log.evtx" "$runs")"
	done
	for mode in skip json; do
		checks $mode "$work/$log.evtx"
	done
done
