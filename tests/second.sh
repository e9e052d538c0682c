#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second opinion through the program: what Reader, Flags, summary and manifest say, that it never costs a finding, and
# the citation of a finding.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"
deaths_on_purpose
faulty=./tests/evtriage-fault
sanitized=$(grep -c '^#define SANITIZED 1' config.h)

for name in example joining unicode; do scenario $name "$work/$name" || finish; done

# readers FILE: what Reader and the flags of libevtx say, counted
readers() {
	jq -r '[.Reader, (.Flags | map(select(startswith("libevtx: "))) | join(";"))] | join("|")' "$1" | LC_ALL=C sort | uniq -c |
		sed 's/^ *//'
}

# --- both agree
run "a scan" 0 "$evtriage" -t jsonl --manifest "$work/m.json" "$work/example"
cp "$work/out" "$work/auto.jsonl"
findings=$(wc -l <"$work/auto.jsonl" | tr -d ' ')
is "both readers agree on every finding" "$(readers "$work/auto.jsonl")" "$findings direct+libevtx|"
is "the summary says so" "$(grep -c 'second opinion: .* read again by libevtx: .* agree$' "$work/err")" 1
is "and the manifest" "$(jq '.SecondOpinion | .Records > 0 and .Records == .Agree and .Unheard == 0' "$work/m.json")" true
is "every part of a joined block was asked about" "$(jq '.SecondOpinion.Records' "$work/m.json")" \
	"$(jq -r '. as $f | ([$f.Evidence + "@" + ($f.Offset | tostring)] + $f.Sources)[]' "$work/auto.jsonl" | sort -u | wc -l | tr -d ' ')"
run "a scan by the direct reader" 0 "$evtriage" -t jsonl --reader direct "$work/example"
is "asks nobody" "$(readers "$work/out")" "$findings direct|"
is "and finds the same" "$(jq -c 'del(.Reader)' "$work/out" | sha256sum)" "$(jq -c 'del(.Reader)' "$work/auto.jsonl" | sha256sum)"
run "a scan by libevtx" 0 "$evtriage" -t jsonl --reader libevtx "$work/example"
is "says so" "$(readers "$work/out")" "$findings libevtx|"

cat >"$work/hex.yml" <<'RULE'
title: By number
logsource: { product: windows, service: security }
detection: { s: { EventID: 4688, SubjectLogonId: '0x3e7' }, condition: s }
RULE
for reader in direct libevtx; do
	run "a rule that names a hexadecimal number, $reader" 0 "$evtriage" -q -t jsonl --reader $reader -r "$work/hex.yml" "$work/example"
	is "holds" "$(wc -l <"$work/out")" 1
done

# --- a record made to be large is not asked about: libevtx takes a thousand times as long for it
"$writer" --broken "$work/broken" >/dev/null 2>&1
cat >"$work/all.yml" <<'RULE'
title: Any event
logsource: { product: windows }
detection: { s: { Nothing|exists: false }, condition: s }
RULE
run "a bomb that our reader reads" 0 "$evtriage" -t jsonl -r "$work/all.yml" "$work/broken/bomb-8-5.evtx"
is "has no second opinion, its neighbours have" "$(readers "$work/out")" \
	"$(printf '1 direct|\n2 direct+libevtx|\n1 direct|libevtx: not asked, for the record has more than 10000 nodes' | LC_ALL=C sort -k 2)"
is "which is a limit" "$(grep -c 'limit: .*bomb-8-5.evtx: libevtx gives no second opinion on 1 record: not asked, for the record' "$work/err")" 1
# long texts are none, and how a record came to its worker decides nothing
{
	echo 'at 2024-03-05T09:00:00'
	echo 'set computer=WS01.example pid=- tid=-'
	for i in 1 2 3 4 5 6; do
		echo "file long$i.evtx record=100"
		echo 'event 1000 channel=application body=classic'
		for _ in 1 2 3 4 5 6 7 8 9; do printf '\t. = %02400d\n' 0; done
	done
} >"$work/long.scenario"
"$writer" "$work/long.scenario" "$work/long" >/dev/null || not_ok "the long texts are made"
for threads in 1 3; do
	run "long texts, $threads workers" 0 "$evtriage" -t jsonl --threads $threads -r "$work/all.yml" "$work/long"
	is "are asked about" "$(readers "$work/out")" "6 direct+libevtx|"
done

# --- known errors: named in Flags, told as limits, no change of the exit status
run "odd texts" 0 "$evtriage" search -t jsonl --manifest "$work/u.json" -e '.' "$work/unicode"
readers "$work/out" >"$work/readers"
is "characters beyond the BMP" "$(grep -c 'direct|libevtx: characters beyond U+FFFF$' "$work/readers")" 1
is "a record without template" "$(grep -c 'direct|libevtx: 0x05 in attribute (record without template)$' "$work/readers")" 1
is "nothing is both" "$(grep -c 'direct+libevtx|libevtx' "$work/readers")" 0
is "a limit for each file and reason" "$(grep -c 'limit: .*unicode.evtx: libevtx gives no second opinion on 2 records: 0x05' "$work/err")" 1
is "known errors are counted" "$(jq '.SecondOpinion.KnownErrors["characters beyond U+FFFF"] > 0' "$work/u.json")" true
is "counts add up" "$(jq '.SecondOpinion | .Records == .Agree + .AgreeButForKnownErrors + .RefusedAsKnown + .Refused + .Differ + .Unheard' \
	"$work/u.json")" true
is "no differences" "$(jq '.Differences | length' "$work/u.json")" 0

# --- another order of inputs gives the same
run "the other way round" 0 "$evtriage" -t jsonl --manifest "$work/b.json" "$work/unicode" "$work/example"
cp "$work/out" "$work/b.jsonl"
run "and back" 0 "$evtriage" -t jsonl --manifest "$work/c.json" "$work/example" "$work/unicode"
same "the same findings" "$work/out" "$work/b.jsonl"
is "the same opinions" "$(jq -c '[.SecondOpinion, .Differences, .Notices]' "$work/b.json")" \
	"$(jq -c '[.SecondOpinion, .Differences, .Notices]' "$work/c.json")"

# --- any number of workers gives the same, also where they die
for threads in 1 3; do
	EVTRIAGE_FAULT=second:4 timeout 300 "$faulty" -q --threads $threads --verify -t jsonl --manifest "$work/t$threads.json" "$work/joining" \
		"$work/example" >"$work/t$threads.jsonl" 2>/dev/null
	"$evtriage" -q --threads $threads --verify -t jsonl --manifest "$work/s$threads.json" "$work/unicode" "$work/joining" \
		>"$work/s$threads.jsonl" 2>/dev/null
done
same "findings of one worker and of three" "$work/s1.jsonl" "$work/s3.jsonl"
is "their opinions" "$(jq -c '[.SecondOpinion, .Verified, .Differences, .Notices]' "$work/s1.json")" \
	"$(jq -c '[.SecondOpinion, .Verified, .Differences, .Notices]' "$work/s3.json")"
is "where workers die no finding is lost, either" "$(jq -r .FindingId "$work/t1.jsonl" | sha256sum)" \
	"$(jq -r .FindingId "$work/t3.jsonl" | sha256sum)"

# --- --verify
run "--verify" 0 "$evtriage" --verify --manifest "$work/v.json" -t jsonl "$work/example" "$work/joining" "$work/unicode"
is "asks about more than findings" "$(jq '.Verified.Records > .SecondOpinion.Records' "$work/v.json")" true
is "about every record with a subject, in scan and blocks alike" "$(jq .Verified.Records "$work/v.json")" "$(
	"$evtriage" blocks -q --verify --manifest "$work/vb.json" "$work/example" "$work/joining" "$work/unicode" >/dev/null 2>&1
	jq .Verified.Records "$work/vb.json"
)"
is "counts add up" "$(jq '.Verified | .Records == .Agree + .AgreeButForKnownErrors + .RefusedAsKnown + .Refused + .Differ' "$work/v.json")" true
is "nothing differs" "$(jq '.Verified | .Differ + .Refused' "$work/v.json")" 0
is "the summary says so" "$(grep -c 'verified: [0-9,]* records read again by libevtx' "$work/err")" 1

# --- libevtx that kills every worker costs opinions alone
EVTRIAGE_FAULT=second:1 timeout 300 "$faulty" -t jsonl --manifest "$work/dead.json" "$work/example" >"$work/dead.jsonl" 2>"$work/err"
is "libevtx kills every worker: exit status 0" $? 0
is "no finding is lost" "$(jq -r .FindingId "$work/dead.jsonl" | sha256sum)" "$(jq -r .FindingId "$work/auto.jsonl" | sha256sum)"
is "no record is" "$(jq '.Totals.RecordsLost' "$work/dead.json")" 0
is "each says why" "$(readers "$work/dead.jsonl" | grep -c "direct|libevtx: the worker ")" "$(readers "$work/dead.jsonl" | wc -l | tr -d ' ')"
is "a limit for each file" "$(jq '[.Notices[] | select(.Kind == "limit" and (.Reason | test("^libevtx gives no second opinion on [0-9]+ records?: the worker ")))] |
	length > 0' "$work/dead.json")" true
is "unheard and heard are all" "$(jq '.SecondOpinion | .Records == .Unheard and .Unheard > 0' "$work/dead.json")" true
EVTRIAGE_FAULT=second:3 timeout 300 "$faulty" -t jsonl --manifest "$work/some.json" "$work/example" >"$work/some.jsonl" 2>"$work/err"
is "libevtx kills some workers: no finding is lost" "$(jq -r .FindingId "$work/some.jsonl" | sha256sum)" \
	"$(jq -r .FindingId "$work/auto.jsonl" | sha256sum)"
EVTRIAGE_FAULT=second:2 timeout 300 "$faulty" --verify --reader direct -t jsonl --manifest "$work/vdead.json" "$work/example" \
	>"$work/out" 2>"$work/err"
is "--verify survives it, too" $? 0
is "and says what it could not ask about" "$(jq '.Verified.Unheard > 0' "$work/vdead.json")" true

# --- what damages libevtx's memory is noticed before anything is made of the chunk, and costs what a death on the spot does
# How a worker died is another matter.
without_deaths() { sed 's/the worker was killed by signal [^"]*/DEATH/g' "$1"; }
opinions_of() { without_deaths "$1" | jq -c '.SecondOpinion, .Verified, .Differences, (.Notices[] | select(.Reason | test("opinion")))' | sha256sum; }
if grep -q '^#define LIBRARY_HEAP' config.h; then
	for nth in 1 2 3; do
		for fault in poison damage; do
			for verify in "" --verify; do
				# shellcheck disable=SC2086
				EVTRIAGE_FAULT=$fault:$nth timeout 300 "$faulty" -q --threads 2 $verify -t jsonl --manifest "$work/$fault$verify.json" \
					"$work/example" "$work/joining" >"$work/$fault$verify.jsonl" 2>/dev/null
			done
		done
		for verify in "" --verify; do
			is "damage of record $nth of a chunk $verify: opinions" "$(opinions_of "$work/damage$verify.json")" \
				"$(opinions_of "$work/poison$verify.json")"
			is "damage of record $nth of a chunk $verify: findings" "$(without_deaths "$work/damage$verify.jsonl" | sha256sum)" \
				"$(without_deaths "$work/poison$verify.jsonl" | sha256sum)"
		done
	done
	is "they are unheard" "$(jq '.SecondOpinion.Unheard > 0' "$work/damage.json") $(jq '.Verified.Unheard > 0' "$work/damage--verify.json")" "true true"
	EVTRIAGE_FAULT=damage:2 "$faulty" dump -q --reader libevtx "$work/example" >"$work/out" 2>"$work/err"
	is "the reader gives the chunk to the other one" $? 3
	is "no record is lost" "$(wc -l <"$work/out")" "$("$evtriage" dump -q --reader direct "$work/example" 2>/dev/null | wc -l)"
	is "it says so" "$(grep -c 'killed by signal 4' "$work/err" | sed 's/[1-9].*/some/')" some

	# --- a record for which memory ran out is asked for again where those before it have left nothing
	"$evtriage" dump -q --reader libevtx "$work/example" "$work/joining" >"$work/all" 2>/dev/null
	run "libevtx without memory at each third record" 3 env EVTRIAGE_FAULT=hunger:3 "$faulty" dump -q --reader libevtx "$work/example" "$work/joining"
	same "gives every record that it gives with memory" "$work/out" "$work/all"
	chunks=$(jq '[.Inputs[] | .Chunks - .EmptyChunks] | add' "$work/m.json")
	"$evtriage" dump -q --reader libevtx "$work/example" >"$work/all" 2>/dev/null
	run "and where the first record of a chunk finds none" 3 env EVTRIAGE_FAULT=hunger:1 "$faulty" dump -v --reader libevtx "$work/example"
	is "only that one is lost" "$(wc -l <"$work/out") $(grep -c 'libevtx: it asks for more memory than it is given: 512 MiB, 16 MiB at once$' "$work/err")" \
		"$(($(wc -l <"$work/all") - chunks)) $chunks"
else
	skip "damage of libevtx's memory" "this build has no heap for it"
fi

# --- cite
id=$(jq -r 'select(.Parts == "4/4") | .FindingId' "$work/auto.jsonl" | head -n 1)
run "cite" 0 "$evtriage" cite -q "$id" "$work/example"
cp "$work/out" "$work/cite.txt"
is "the finding" "$(head -n 1 "$work/cite.txt")" "Finding $id"
is "all its records" "$(grep -c '^Record [1-4]$' "$work/cite.txt")" 4
is "both readers' XML" "$(grep -c '^  Read by \(the direct reader\|libevtx [0-9]*\)$' "$work/cite.txt")" 8
is "the command that repeats it" "$(sed -n 's/^  Command  *//p' "$work/cite.txt")" "evtriage cite -q $id $work/example"
run "a beginning of the id will do" 0 "$evtriage" cite -q "$(printf '%.10s' "$id" | tr a-f A-F)" "$work/example"
is "and is completed in the command" "$(sed -n 's/^  Command  *//p' "$work/out")" "evtriage cite -q $id $work/example"
run "cite as JSON" 0 "$evtriage" cite -q -t json -o "$work/cite.json" "$id" "$work/example"
log=$(jq -r '.Records[0].Evidence' "$work/cite.json")
is "hash of the file" "$(jq -r '.Records[0].FileSha256' "$work/cite.json")" "$(sha256sum <"$log" | cut -d' ' -f1)"
# piece OFFSET SIZE
piece() { tail -c "+$(($1 + 1))" "$log" | head -c "$2"; }
n=0
while read -r chunk chunk_size chunk_hash offset size hash; do
	n=$((n + 1))
	is "record $n: hash of its chunk" "$(piece "$chunk" "$chunk_size" | sha256sum | cut -d' ' -f1)" "$chunk_hash"
	is "record $n: its hash" "$(piece "$offset" "$size" | sha256sum | cut -d' ' -f1)" "$hash"
	piece "$offset" "$size" >"$work/raw"
	jq -r ".Records[$((n - 1))].BytesBase64" "$work/cite.json" | base64 -d >"$work/shown"
	same "record $n: its bytes" "$work/raw" "$work/shown"
done <<END
$(jq -r '.Records[] | [.ChunkOffset, .ChunkSize, .ChunkSha256, .RecordOffset, .RecordSize, .RecordSha256] | join(" ")' "$work/cite.json")
END
is "hash of the joined text" "$(jq -r '.Finding.TextSha256' "$work/cite.json")" \
	"$(jq -j '.Finding.Text' "$work/cite.json" | sha256sum | cut -d' ' -f1)"
is "which is the timeline's" "$(jq -r '.Finding.TextSha256' "$work/cite.json")" "$(jq -r '.Finding.ScriptSha256' "$work/cite.json")"
"$evtriage" rules export -q "$work/pack" >/dev/null 2>&1
rule=$(jq -r '.Rule.File' "$work/cite.json" | sed 's/^builtin://')
is "hash of the rule" "$(jq -r '.Rule.Sha256' "$work/cite.json")" "$(sha256sum <"$work/pack/$rule" | cut -d' ' -f1)"
is "the second opinion" "$(jq -r '[.Records[].SecondOpinion.Kind] | unique | join(",")' "$work/cite.json")" agrees
is "offsets in the dump" "$(grep -c "^  $(printf '%010x' "$(jq '.Records[1].RecordOffset' "$work/cite.json")")  2a 2a 00 00 " "$work/cite.txt")" 1
run "an id that is none" 2 "$evtriage" cite -q nonsense "$work/example"
run "an unknown id" 1 "$evtriage" cite -q 0123456789abcdef0123456789abcdef "$work/example"
is "is a clear error" "$(grep -c 'there is no finding 0123456789abcdef0123456789abcdef: not in this evidence' "$work/err")" 1
run "with an output" 1 "$evtriage" cite -q -o "$work/none.txt" 0123456789abcdef0123456789abcdef "$work/example"
is "leaves none" "$([ -e "$work/none.txt" ] && echo there)" ""
if [ "$sanitized" -eq 0 ]; then
	EVTRIAGE_FAULT=second:1 "$faulty" cite -q "$id" "$work/example" >"$work/out" 2>"$work/err"
	is "cite without libevtx: exit status 0" $? 0
	is "says that it did not survive" "$(grep -c 'SecondOpinion *it did not survive this record' "$work/out")" 4
fi
# odd texts do not reach a terminal
mkdir "$work/odd" && "$evtriage" search -q -t jsonl -e '.' "$work/unicode" >"$work/odd.jsonl"
cat >"$work/any.yml" <<'END'
title: any script block
id: 11111111-2222-4333-8444-555555555555
logsource: { product: windows, category: ps_script }
detection: { a: { ScriptBlockText|re: '(?s).' }, condition: a }
level: low
END
"$evtriage" -q -r "$work/any.yml" -t jsonl "$work/unicode" >"$work/odd.jsonl"
bad=0
for odd in $(jq -r .FindingId "$work/odd.jsonl"); do
	"$evtriage" cite -q -r "$work/any.yml" "$odd" "$work/unicode" >"$work/out" 2>/dev/null || bad=$((bad + 1))
	LC_ALL=C tr -d '\n\40-\176\200-\377' <"$work/out" | grep -q . && bad=$((bad + 1))
	"$evtriage" cite -q -t json -r "$work/any.yml" "$odd" "$work/unicode" | jq -e .Finding.FindingId >/dev/null || bad=$((bad + 1))
done
is "every odd text can be cited, without a control character, and as JSON" "$bad" 0
finish
