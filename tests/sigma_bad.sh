#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rule files that attack the reader: each is one clear line with file and line, the good rule beside it runs, and all of
# it fits into bounded memory.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

rules=$work/rules
mkdir "$rules"
head='title: T
logsource: {product: windows}
detection:'

# COUNT copies of TEXT
repeat() {
	awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", text }'
}

cat >"$rules/good.yml" <<END
$head
  s: {F: a}
  condition: s
END
good=$(cat "$rules/good.yml")

# bad NAME LINE REASON: the file NAME.yml is invalid there, for that reason; it is removed
bad() {
	run "$1: the check goes on" 3 limited "$evtriage" rules check -q -r "$rules"
	is "$1: the good rule is loaded" "$(grep -c "^loaded  *$rules/good.yml" "$work/out")" 1
	line=$(grep -F "$rules/$1.yml" "$work/out")
	case $line in
	*"$1.yml:$2: "*$3*) ok "$1: the line says where and why" ;;
	*) not_ok "$1: the line says where and why" "$(printf %.300s "$line")" ;;
	esac
	is "$1: one line, and not long" "$(printf '%s\n' "$line" | awk 'NR > 1 || length > 600 { n++ } END { print n + 0 }')" 0
	rm "$rules/$1.yml"
}

# The same, but it is a limit and not a loss.
limit() {
	run "$1: no loss" 0 limited "$evtriage" rules check -q -r "$rules"
	line=$(grep -F "$rules/$1.yml" "$work/out")
	case $line in
	"not runnable"*"$1.yml:$2: "*$3*) ok "$1: the line says where and why" ;;
	*) not_ok "$1: the line says where and why" "$(printf %.300s "$line")" ;;
	esac
	rm "$rules/$1.yml"
}

# Address space for a sanitizer's shadow memory is terabytes: no limit there.
# shellcheck disable=SC3045 # where the shell has no such limit, there is none
if "$evtriage" --version >/dev/null 2>&1 && (ulimit -v 2000000 && "$evtriage" --version >/dev/null 2>&1); then
	# shellcheck disable=SC2317,SC3045 # called through run
	limited() { (ulimit -v 2000000 && "$@"); }
else
	# shellcheck disable=SC2317
	limited() { "$@"; }
fi

# ---- YAML ----
printf 'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n' >"$rules/bomb.yml"
limit bomb 1 anchor
{ printf 'title: ' && repeat 10000 '['; } >"$rules/deep_yaml.yml"
bad deep_yaml 1 'deeper than 64'
{ printf '%s\n  s: {F: [' "$head" && repeat 1100000 'a,' && printf 'a]}\n  condition: s\n'; } >"$rules/many_nodes.yml"
bad many_nodes 4 'more than'
{ printf '%s\n  s: {F: [' "$head" && repeat 110000 'a,' && printf 'a]}\n  condition: s\n'; } >"$rules/many_values.yml"
bad many_values 4 'more than 100000 values'
head -c 104857600 /dev/zero | tr '\0' ' ' >"$rules/large.yml"
bad large 1 'larger than'
printf '%s\n  s: {F: "\377\376"}\n  condition: s\n' "$head" >"$rules/utf8.yml"
bad utf8 4 'UTF-8'
printf '%s\n  s: {F: "a\0b"}\n  condition: s\n' "$head" >"$rules/nul.yml"
bad nul 4 'control characters'
printf '%s\n  s: {F: a}\n  s: {F: b}\n  condition: s\n' "$head" >"$rules/twice.yml"
bad twice 5 twice
printf '\t%s' "$good" >"$rules/tab.yml"
bad tab 1 YAML

# ---- conditions ----
{ printf '%s\n  s: {F: a}\n  condition: ' "$head" && repeat 10000 '(' && printf s && repeat 10000 ')'; } >"$rules/deep.yml"
bad deep 5 'condition longer than 16384'
{ printf '%s\n  s: {F: a}\n  condition: ' "$head" && repeat 5000 '(' && printf s && repeat 5000 ')'; } >"$rules/less_deep.yml"
bad less_deep 5 'deeper than 100'
{ printf '%s\n  s: {F: a}\n  condition: ' "$head" && repeat 4000 'not ' && printf s; } >"$rules/nots.yml"
bad nots 5 'deeper than 100'
{
	printf '%s\n' "$head"
	awk 'BEGIN { for (i = 0; i < 40; i++) printf "  s%d: {F: a}\n", i }'
	printf '  condition: 20 of s*\n'
} >"$rules/choices.yml"
bad choices 44 'more than 1000 ways'
{
	printf '%s\n' "$head"
	awk 'BEGIN { for (i = 0; i < 1100; i++) printf "  s%d: {F: a}\n", i }'
	printf '  condition: s0\n'
} >"$rules/identifiers.yml"
bad identifiers 1004 'more than 1000 identifiers'
printf '%s\n  s: {F: a}\n  condition: s | count() > 5\n' "$head" >"$rules/pipe.yml"
limit pipe 5 correlation

# ---- items ----
printf '%s\n  s: {F|frobnicate: a}\n  condition: s\n' "$head" >"$rules/modifier.yml"
bad modifier 4 "unknown modifier 'frobnicate'"
{ printf '%s\n  s: {F|' "$head" && repeat 900 a && printf ': b}\n  condition: s\n'; } >"$rules/long_modifier.yml"
bad long_modifier 4 'unknown modifier'
{ printf '%s\n  s: {F|re: "' "$head" && repeat 70000 a && printf '"}\n  condition: s\n'; } >"$rules/long_expression.yml"
bad long_expression 4 'longer than'
{ printf '%s\n  s: {F|re: "' "$head" && repeat 500 '(' && repeat 500 ')' && printf '"}\n  condition: s\n'; } >"$rules/nested.yml"
bad nested 4 'nested'
printf '%s\n  s: {F|expand: "%%n%%%%n%%%%n%%"}\n  condition: s\n' "$head" >"$rules/expand.yml"
awk 'BEGIN { for (i = 0; i < 100; i++) print i }' >"$work/numbers"
run "placeholders on placeholders are bounded" 3 limited "$evtriage" rules check -q --expand "n=$work/numbers" -r "$rules"
is "and it is said" "$(grep -c "expand.yml:4: the placeholders stand for more than 100000 values" "$work/out")" 1
rm "$rules/expand.yml"

# ---- many rules ----
for half in 1 2; do
	awk -v half="$half" 'BEGIN { for (i = 0; i < 50000; i++) {
		printf "title: T%d\nid: %08x-000%d-4000-8000-000000000000\nlogsource: {service: security}\n", i, i, half
		printf "detection: {s: {F: v%d}, condition: s}\n---\n", i } }' >"$rules/many$half.yml"
done
run "a hundred thousand rules" 0 limited "$evtriage" rules check -r "$rules"
is "are all loaded" "$(grep -c '^loaded' "$work/out")" 100001
rm "$rules"/many?.yml
for i in 1 2 3; do
	printf 'id: 00000001-0000-4000-8000-000000000000\n%s\n' "$good" >"$rules/same$i.yml"
done
run "copies of a file are none" 0 "$evtriage" rules check -q -r "$rules"
is "and are left out" "$(grep -c '^not selected.*same[23].yml:1: a copy of .*same1.yml' "$work/out")" 2
cat >"$rules/zfilter.yml" <<'FILTER'
title: Not there
logsource: { category: ps_script }
filter: { rules: [00000001-0000-4000-8000-000000000000], selection: { Computer: nowhere }, condition: not selection }
FILTER
for i in 1 2 3; do
	run "any of which can be chosen" 0 "$evtriage" rules check -q -r "$rules" --rule-id same$i.yml
	is "and is loaded" "$(grep -c "^loaded.*same$i.yml" "$work/out")" 1
	is "with its filter" "$(grep -c 'no rule that runs' "$work/out")" 0
done
rm "$rules/zfilter.yml"
for i in 1 2 3; do echo "# $i" >>"$rules/same$i.yml"; done
run "duplicate ids are a loss" 3 "$evtriage" rules check -q -r "$rules"
is "all but the first of them" "$(grep -c "^invalid.*same[23].yml:1: duplicate id" "$work/out")" 2
rm "$rules"/same?.yml

# ---- expressions without end ----
cat >"$rules/slow.yml" <<END
$head
  s: {ScriptBlockText|re: '(a|aa)+\$'}
  condition: s
END
{ repeat 5000 a; printf '!'; } >"$work/text"
run "an expression that does not end" 0 limited "$evtriage" rules test "$rules/slow.yml" "$work/text"
is "is undecided and says why" "$(sed -n '1s/:.*//p' "$work/out") $(grep -c 'undecided: .*limit' "$work/out")" "undecided 1"
{
	printf 'set computer=WS01.example channel=powershell pid=7 tid=8\nat 2024-03-05T09:00:00\nfile a.evtx record=41\ntext a <<X\n'
	repeat 20000 a
	printf '!\nX\nscript id=20000000-0000-4000-8000-000000000001 text=a record=41 split=30000\n'
} >"$work/slow.scenario"
"$writer" "$work/slow.scenario" "$work/slow" >"$work/writer.out" 2>&1 || not_ok "a log is built" "$(cat "$work/writer.out")"
run "in a scan it is a loss" 3 limited "$evtriage" scan -q -r "$rules" "$work/slow"
is "that names record, rule, file and reason" \
	"$(grep -c "record 41 at .*: rule T ($rules/slow.yml) could not be decided: regex match limit" "$work/err")" 1
is "and no finding" "$(wc -l <"$work/out" | tr -d ' ')" 1
rm "$rules/slow.yml"

# ---- mappings and placeholders ----
printf 'source a\n\tchannel C\n\tcategory k\n\tfrob x\n' >"$work/my.map"
run "a bad mapping ends it" 2 "$evtriage" rules check --mapping "$work/my.map" -r "$rules"
is "with file and line" "$(grep -c "my.map:4: unknown word 'frob'" "$work/err")" 1
head -c 5000000 /dev/zero | tr '\0' '\n' >"$work/my.map"
run "a mapping that is too large" 1 limited "$evtriage" rules check --mapping "$work/my.map" -r "$rules"
run "a mapping that is not there" 1 "$evtriage" rules check --mapping "$work/none" -r "$rules"
: >"$work/none.txt"
run "a placeholder without values" 2 "$evtriage" rules check --expand "a=$work/none.txt" -r "$rules"
run "a placeholder without a file" 2 "$evtriage" rules check --expand a -r "$rules"
finish
