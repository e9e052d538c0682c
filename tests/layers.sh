#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Dependencies point down: what tests/layers.txt allows is what the #include lines do, a foreign header has one home,
# and calls that belong to one layer stay there.  Speaks TAP; then plants violations in a copy to see itself fail.
# Usage: layers.sh [TREE]; with TREE only that tree is checked and each violation is a line of output.

. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
top_srcdir=$(cd "$top_srcdir" && pwd)

# Reads layers.txt, then C files whose names stand relative to the tree; prints one line a violation.
# shellcheck disable=SC2016
check_tree() (
	cd "$1" || exit 2
	find base evtx src tests fuzz bench -name '*.[ch]' 2>/dev/null | LC_ALL=C sort |
	xargs awk '
	function folder_of(path) {
		if (path ~ /^src\/[^\/]*$/) return "src"
		if (path ~ /^src\//) return two_levels(path)
		sub(/\/.*/, "", path)
		return path
	}
	function two_levels(path,   p) { split(path, p, "/"); return p[1] "/" p[2] }
	function bad(what) { printf "%s:%d: %s\n", FILENAME, FNR, what }
	function has_call(code, names) { return code ~ ("(^|[^A-Za-z0-9_.>])(" names ")[ \t]*\\(") }

	FILENAME ~ /layers\.txt$/ {
		sub(/#.*/, "")
		if ($1 == "aborts:") {
			for (i = 2; i <= NF; i++) aborts[$i] = 1
		} else if ($1 == "foreign") {
			name = $2; sub(/:$/, "", name); homes[name] = " "
			for (i = 3; i <= NF; i++) homes[name] = homes[name] $i " "
		} else if (NF) {
			name = $1; sub(/:$/, "", name); allowed[name] = " "
			for (i = 2; i <= NF; i++) allowed[name] = allowed[name] $i " "
		}
		next
	}

	FNR == 1 {
		folder = folder_of(FILENAME); comment = 0
		product = folder ~ /^(base|evtx|src)/
		if (product && folder != "src" && !(folder in allowed)) bad("folder " folder " has no row in layers.txt")
		speaks = folder == "src/cli" || folder == "src" || !product
		forks = speaks || folder == "src/scan"
	}

	product && /^[ \t]*#[ \t]*include[ \t]*"/ {
		path = $0; sub(/^[^"]*"/, "", path); sub(/".*/, "", path)
		to = folder_of(path)
		if (path == "config.h") next
		if (path !~ /\//) bad("\"" path "\" is not named from the root")
		else if (folder != "src" && to != folder && index(allowed[folder], " " to " ") == 0)
			bad(folder " may not include " to " (" path ")")
		next
	}

	/^[ \t]*#[ \t]*include[ \t]*</ {
		path = $0; sub(/^[^<]*</, "", path); sub(/>.*/, "", path)
		for (name in homes)
			if (product && index(path, name) == 1 && index(homes[name], " " FILENAME " ") == 0)
				bad("<" path "> is at home in" homes[name] "only")
		next
	}

	{ # without strings, characters and comments
		code = $0
		gsub(/\\\\/, "", code); gsub(/\\"/, "", code)
		gsub(/'\''"'\''/, "", code); gsub(/"[^"]*"/, "\"\"", code)
		if (comment) {
			if (code !~ /\*\//) next
			sub(/^.*\*\//, "", code); comment = 0
		}
		gsub(/\/\*[^*]*\*+([^\/*][^*]*\*+)*\//, " ", code)
		sub(/\/\/.*/, "", code)
		if (code ~ /\/\*/) { comment = 1; sub(/\/\*.*/, "", code) }
		if (has_call(code, "strcpy|strncpy|stpcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|alloca|mktemp|tmpnam"))
			bad("banned everywhere: " code)
		if (has_call(code, "gmtime|localtime|ctime|asctime|atoi|atol|atoll"))
			bad("banned everywhere: " code)
		if (!speaks && has_call(code, "v?f?printf|v?dprintf|puts|fputs|putchar|putc|fputc|perror|psignal|v?warnx?|v?errx?"))
			bad("only src/cli speaks: " code)
		if (!speaks && has_call(code, "exit|atexit|quick_exit") || !speaks && !(FILENAME in aborts) && has_call(code, "abort|__builtin_trap") || !forks && has_call(code, "_exit|_Exit"))
			bad("only src/cli ends the program: " code)
		if (!speaks && has_call(code, "getenv|secure_getenv|setenv|putenv|setlocale|localeconv|strcoll|tzset"))
			bad("only src/cli reads the environment and the locale: " code)
		if (!forks && has_call(code, "time|gettimeofday|clock_gettime|clock"))
			bad("only src/cli and src/scan read a clock: " code)
		if (folder !~ /^src\/(sigma|scan)$/ && code ~ /(\.|->)gap(s|ped)[ \t]*\|?=[^=]/)
			bad("only sigma_event_gaps gives a field of an event gaps: " code)
		if (!forks && has_call(code, "v?fork|clone|posix_spawnp?|exec[lv]p?e?|system|popen|p?kill|killpg|raise|signal|sigaction|sigprocmask|sigset|waitpid|wait|wait[34]"))
			bad("only src/scan and src/cli fork and handle signals: " code)
	}
	' tests/layers.txt
)

if [ $# -gt 0 ]; then
	found=$(check_tree "$1")
	[ -z "$found" ] && exit 0
	printf '%s\n' "$found"
	exit 1
fi

found=$(check_tree "$top_srcdir")
if [ -z "$found" ]; then ok "the tree keeps to its layers"; else not_ok "the tree keeps to its layers" "$found"; fi

# plant FILE NAME LINE: the line, at the end of a copy of that file, must be found.
plant() {
	rm -rf "${work:?}/tree"
	mkdir -p "$work/tree/tests" "$work/tree/$(dirname "$1")"
	cp "$top_srcdir/tests/layers.txt" "$work/tree/tests/"
	if [ -f "$top_srcdir/$1" ]; then cp "$top_srcdir/$1" "$work/tree/$1"; fi
	check_tree "$work/tree" >"$work/before"
	printf '%s\n' "$3" >>"$work/tree/$1"
	check_tree "$work/tree" >"$work/after"
	if [ ! -s "$work/before" ] && grep -q "^$1:" "$work/after"; then
		ok "finds $2"
	else
		not_ok "finds $2" "$(cat "$work/before" "$work/after")"
	fi
}

# innocent FILE NAME LINES: a tree of that file alone, and nothing may be found.
innocent() {
	rm -rf "${work:?}/tree"
	mkdir -p "$work/tree/tests" "$work/tree/$(dirname "$1")"
	cp "$top_srcdir/tests/layers.txt" "$work/tree/tests/"
	printf '%s\n' "$3" >"$work/tree/$1"
	is "leaves alone $2" "$(check_tree "$work/tree")" ""
}

plant base/slice.c 'base that includes evtx' '#include "evtx/reader.h"'
plant src/sigma/planted.c 'sigma that includes subject' '#include "src/subject/finding.h"'
plant evtx/planted.c 'evtx that includes sigma' '#include "src/sigma/match.h"'
plant src/planted/planted.c 'a folder without a row' 'int planted;'
plant src/output/csv.c 'an include not named from the root' '#include "sink.h"'
plant src/subject/planted.c 'a foreign header away from home' '#include <openssl/evp.h>'
plant src/scan/planted.c 'libevtx away from home' '#include <libevtx.h>'
plant src/output/csv.c 'printing' 'static void planted(void) { printf("x"); }'
plant evtx/planted.c 'printing to a stream' '	fprintf (stderr, "x");'
plant base/buf.c 'abort' '	abort();'
plant base/buf.c 'a trap' '	__builtin_trap();'
plant src/scan/planted.c 'exit' '	exit(1);'
plant src/lib/planted.c 'getenv' '	if (getenv("X"))'
plant src/sigma/planted.c 'setlocale' '	setlocale(LC_ALL, "");'
plant src/subject/planted.c 'a clock' '	now = time(NULL);'
plant src/lib/planted.c 'fork' '	pid = fork();'
plant src/output/file.c 'signal' '	signal(SIGPIPE, SIG_IGN);'
plant src/cli/planted.c 'strcpy in the command line' '	strcpy(a, b);'
plant tests/planted.c 'sprintf in a test' '	sprintf(a, "x");'
plant src/subject/planted.c 'gaps that the event does not hear of' '	field->gaps = at;'
plant tests/planted.h 'gaps in an initializer' '	{ .name = name, .gaps = at, .gap_count = 1 },'
plant src/subject/block.c 'an event that says it has gaps' '	s->event.gapped |= true;'
innocent src/subject/planted.c 'gaps that are read' '	if (event.gapped == (f->gap_count > 0) && f->gaps[0] == 1) sigma_event_gaps(event, f, j->gap_at, n);'
innocent src/output/planted.c 'snprintf and buf_printf' '	snprintf(a, 4, "x"); buf_printf(b, "printf(%d)", 1);'
innocent src/cli/planted.c 'printing in src/cli' '	printf("x"); exit(0); getenv("X"); signal(1, f);'
innocent src/scan/planted.c 'forking in src/scan' '	pid = fork(); _exit(2);'
innocent base/planted.c 'comments and members' '/* exit(1)
 * printf() */ int a; // abort()
	s->exit(1); reader.time(0); char *q = "getenv(x)";'

sed -n 's/^\(base\|evtx\|src[^:]*\):.*/\1/p' "$top_srcdir/tests/layers.txt" | while read -r folder; do
	[ -d "$top_srcdir/$folder" ] || echo "$folder"
done >"$work/gone"
is "every folder of the list is there" "$(cat "$work/gone")" ""
finish
