#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual and the program agree: every command and option is in evtriage(1), and nothing else; every example of the
# manual pages and of the README runs over the example evidence, with status 0 or the one its comment names.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

page=$top_srcdir/man/evtriage.1
"$evtriage" __complete words >"$work/words"

missing=
while read -r kind word letter; do
	case $kind in
	command) grep -q "^\.It Cm $word" "$page" || missing="$missing $word" ;;
	option)
		grep -q "^\.It.* Fl -${word#--}\( \|\$\)" "$page" || missing="$missing $word"
		[ "$letter" = - ] || grep -q "^\.It Fl $letter .*, Fl -${word#--}\( \|\$\)" "$page" ||
			missing="$missing -$letter"
		;;
	esac
done <"$work/words"
is "every command and option is in the manual" "$missing" ""

sed -n '/^\.Ss Options/,/^\.El/s/^\.It //p' "$page" | tr ' ' '\n' | sed -n 's/^-\([a-z]\)/\1/p' | LC_ALL=C sort >"$work/in_manual"
sed -n 's/^option --\([^ ]*\) .*/\1/p' "$work/words" | LC_ALL=C sort >"$work/in_program"
same "and the manual has no other" "$work/in_manual" "$work/in_program"

if command -v mandoc >/dev/null; then
	for page in evtriage.1 evtriage-timeline.5 evtriage-rules.5 evtriage-mapping.5; do
		is "mandoc has nothing to say about $page" "$(mandoc -T lint -W warning "$top_srcdir/man/$page" 2>&1)" ""
	done
else
	skip "mandoc is not installed"
fi

for shell in bash zsh; do
	file=$top_srcdir/completions/evtriage.bash
	[ "$shell" = bash ] || file=$top_srcdir/completions/_evtriage
	"$evtriage" __complete "$shell" >"$work/completion"
	same "the completion for $shell is up to date" "$work/completion" "$file"
	if command -v "$shell" >/dev/null; then
		run "$shell can read it" 0 "$shell" -n "$file"
	else
		skip "$shell is not installed"
	fi
done

# The examples: "$ command" lines and literal displays; '.\" status: N' or a comment behind the command names another status than 0.
# shellcheck disable=SC2016
examples_of() {
	case $1 in
	*.md) sed -n '/^```$/,/^```$/s/^\$ //p' "$1" ;;
	*) sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" |
		sed -n 's/^\.\\" *status: */status /p; s/^\.Dl \$ //p; /^\.Bd -literal/,/^\.Ed/{/^\./!s/^\(\$ \)*//p;}' |
		sed 's/\\(aq/'"'"'/g; s/\\-/-/g; s/\\e/\\/g; s/\\&//g' ;;
	esac
}

scenario example "$work/evidence" || finish
mkdir "$work/bin" "$work/my-rules"
ln -s "$(pwd)/$evtriage" "$work/bin/evtriage"
cat >"$work/my-rules/rule.yml" <<'RULE'
title: A rule of one's own
id: 6a1f5c0e-3f3c-4d0a-9b57-0d6a4f1c2e11
level: low
logsource: {product: windows, category: ps_script}
detection:
  selection:
    ScriptBlockText|contains: 'Invoke'
  condition: selection
RULE
# The rules that evtriage-rules(5) shows, one file for each display.
mkdir "$work/shown"
sed '/^\.Sh EXAMPLES/,/^\.Sh [^E]/d' "$top_srcdir/man/evtriage-rules.5" | awk -v folder="$work/shown" '
	/^\.Bd -literal/ { n++; on = 1; next }
	/^\.Ed/ { on = 0 }
	on { print > (folder "/" n ".yml") }'
is "the manual shows rules" "$(find "$work/shown" -name '*.yml' | wc -l | tr -d ' ')" 3
for shown in "$work/shown"/*.yml; do
	run "a rule that the manual shows is read" 0 "$evtriage" rules check -v -r "$shown"
	is "and all of it runs" "$(grep -c '^invalid\|^not runnable\|not applicable' "$work/out")" 0
done
cp "$work/shown/1.yml" "$work/my-rules/guessing.yml"
for page in "$top_srcdir/README.md" "$top_srcdir/man/evtriage.1" "$top_srcdir/man/evtriage-timeline.5" \
	"$top_srcdir/man/evtriage-rules.5"; do
	name=$(basename "$page")
	rm -rf "$work/here"
	mkdir "$work/here"
	ln -s "$work/evidence" "$work/here/evidence"
	ln -s "$work/my-rules" "$work/here/my-rules"
	(cd "$work/here" && "$work/bin/evtriage" -q -o out.jsonl evidence) # what the examples of the timeline read
	examples_of "$page" >"$work/examples"
	is "$name has examples" "$([ -s "$work/examples" ] && echo yes)" yes
	wanted=0
	while IFS= read -r line; do
		case $line in status\ *) wanted=${line#status } && continue ;; esac
		case $line in *'# exit status '*) wanted=${line##*'# exit status '} ;; esac
		run "$name: $line" "$wanted" sh -c "cd '$work/here' && PATH='$work/bin':\$PATH && $line"
		wanted=0
	done <"$work/examples"
done
finish
