# bash completion for evtriage; made by: evtriage __complete bash
_evtriage() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=scan word words=
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		scan | blocks | search | dump | info | cite | merge | rules)
			command=$word
			break
			;;
		esac
	done
	case $command:$prev in
	scan:--rules | scan:-r | cite:--rules | cite:-r | merge:--rules | merge:-r | rules:--rules | rules:-r)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--mapping | cite:--mapping | merge:--mapping | rules:--mapping)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--expand | cite:--expand | merge:--expand | rules:--expand)
		COMPREPLY=()
		return
		;;
	scan:--status | cite:--status | merge:--status | rules:--status)
		mapfile -t COMPREPLY < <(compgen -W 'stable test experimental deprecated unsupported' -- "$cur")
		return
		;;
	scan:--tag | cite:--tag | merge:--tag | rules:--tag)
		COMPREPLY=()
		return
		;;
	scan:--logsource | cite:--logsource | merge:--logsource | rules:--logsource)
		COMPREPLY=()
		return
		;;
	scan:--rule-id | cite:--rule-id | merge:--rule-id | rules:--rule-id)
		COMPREPLY=()
		return
		;;
	scan:--exclude-rule | cite:--exclude-rule | merge:--exclude-rule | rules:--exclude-rule)
		COMPREPLY=()
		return
		;;
	rules:--evidence)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	rules:--field)
		COMPREPLY=()
		return
		;;
	scan:--output | scan:-o | search:--output | search:-o | merge:--output | merge:-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	dump:--output | dump:-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	blocks:--output | blocks:-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	cite:--output | cite:-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--type | scan:-t | search:--type | search:-t | merge:--type | merge:-t)
		mapfile -t COMPREPLY < <(compgen -W 'csv json jsonl table' -- "$cur")
		return
		;;
	dump:--type | dump:-t)
		mapfile -t COMPREPLY < <(compgen -W 'jsonl xml' -- "$cur")
		return
		;;
	cite:--type | cite:-t)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
		return
		;;
	info:--type | info:-t | rules:--type | rules:-t)
		mapfile -t COMPREPLY < <(compgen -W 'table jsonl' -- "$cur")
		return
		;;
	scan:--min-level | merge:--min-level)
		mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$cur")
		return
		;;
	rules:--min-level)
		mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$cur")
		return
		;;
	scan:--fail-on | merge:--fail-on)
		mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$cur")
		return
		;;
	scan:--from | blocks:--from | search:--from | dump:--from | merge:--from)
		COMPREPLY=()
		return
		;;
	scan:--to | blocks:--to | search:--to | dump:--to | merge:--to)
		COMPREPLY=()
		return
		;;
	scan:--include-eid | search:--include-eid | dump:--include-eid | merge:--include-eid)
		COMPREPLY=()
		return
		;;
	scan:--reader | blocks:--reader | search:--reader | dump:--reader | info:--reader | cite:--reader | merge:--reader | rules:--reader)
		mapfile -t COMPREPLY < <(compgen -W 'auto direct libevtx' -- "$cur")
		return
		;;
	scan:--residual | blocks:--residual | search:--residual | info:--residual | cite:--residual | merge:--residual)
		mapfile -t COMPREPLY < <(compgen -W 'yes no' -- "$cur")
		return
		;;
	dump:--residual)
		mapfile -t COMPREPLY < <(compgen -W 'yes no' -- "$cur")
		return
		;;
	scan:--threads | blocks:--threads | search:--threads | dump:--threads | info:--threads | cite:--threads | merge:--threads | rules:--threads)
		COMPREPLY=()
		return
		;;
	scan:--partial)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--manifest | blocks:--manifest | search:--manifest | dump:--manifest | info:--manifest | cite:--manifest | merge:--manifest)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--temp-dir | blocks:--temp-dir | search:--temp-dir | dump:--temp-dir | info:--temp-dir | cite:--temp-dir | merge:--temp-dir | rules:--temp-dir)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	rules:rules)
		mapfile -t COMPREPLY < <(compgen -W 'list check test export' -- "$cur")
		return
		;;
	esac
	case $command in
	scan) words='--rules --mapping --expand --status --tag --logsource --rule-id --exclude-rule --output --type --min-level --fail-on --from --to --include-eid --reader --residual --carve --verify --threads --require-sandbox --partial --manifest --rules-strict --csv-raw --bom --force --temp-dir --no-color --quiet --verbose --help --version' ;;
	blocks) words='--output --from --to --reader --residual --carve --verify --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	search) words='--output --type --regexp --from --to --include-eid --reader --residual --carve --verify --threads --require-sandbox --manifest --csv-raw --bom --force --temp-dir --no-color --quiet --verbose --help --version' ;;
	dump) words='--output --type --from --to --include-eid --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	info) words='--type --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	cite) words='--rules --mapping --expand --status --tag --logsource --rule-id --exclude-rule --output --type --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	merge) words='--rules --mapping --expand --status --tag --logsource --rule-id --exclude-rule --output --type --min-level --fail-on --from --to --include-eid --reader --residual --carve --verify --threads --require-sandbox --manifest --rules-strict --csv-raw --bom --force --temp-dir --no-color --quiet --verbose --help --version' ;;
	rules) words='--rules --mapping --expand --status --tag --logsource --rule-id --exclude-rule --evidence --field --type --min-level --reader --threads --require-sandbox --force --temp-dir --quiet --verbose --help --version' ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	if ((COMP_CWORD == 1)); then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'scan blocks search dump info cite merge rules' -- "$cur")
	fi
}
complete -o filenames -F _evtriage evtriage
