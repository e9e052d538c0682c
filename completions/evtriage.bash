# bash completion for evtriage; made by: evtriage __complete bash
_evtriage() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=scan word words=
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		scan | blocks | search | dump | info | rules)
			command=$word
			break
			;;
		esac
	done
	case $command:$prev in
	scan:--rules | scan:-r | rules:--rules | rules:-r)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--output | scan:-o | search:--output | search:-o)
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
	scan:--type | scan:-t | search:--type | search:-t)
		mapfile -t COMPREPLY < <(compgen -W 'csv json jsonl table' -- "$cur")
		return
		;;
	dump:--type | dump:-t)
		mapfile -t COMPREPLY < <(compgen -W 'jsonl xml' -- "$cur")
		return
		;;
	info:--type | info:-t | rules:--type | rules:-t)
		mapfile -t COMPREPLY < <(compgen -W 'table jsonl' -- "$cur")
		return
		;;
	scan:--min-level)
		mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$cur")
		return
		;;
	scan:--fail-on)
		mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$cur")
		return
		;;
	scan:--from | blocks:--from | search:--from | dump:--from)
		COMPREPLY=()
		return
		;;
	scan:--to | blocks:--to | search:--to | dump:--to)
		COMPREPLY=()
		return
		;;
	scan:--include-eid | search:--include-eid | dump:--include-eid)
		COMPREPLY=()
		return
		;;
	scan:--reader | blocks:--reader | search:--reader | dump:--reader | info:--reader)
		mapfile -t COMPREPLY < <(compgen -W 'auto direct libevtx' -- "$cur")
		return
		;;
	scan:--residual | blocks:--residual | search:--residual | info:--residual)
		mapfile -t COMPREPLY < <(compgen -W 'yes no' -- "$cur")
		return
		;;
	dump:--residual)
		mapfile -t COMPREPLY < <(compgen -W 'yes no' -- "$cur")
		return
		;;
	scan:--threads | blocks:--threads | search:--threads | dump:--threads | info:--threads)
		COMPREPLY=()
		return
		;;
	scan:--manifest | blocks:--manifest | search:--manifest | dump:--manifest | info:--manifest)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	scan:--temp-dir | blocks:--temp-dir | search:--temp-dir | dump:--temp-dir | info:--temp-dir)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	rules:rules)
		mapfile -t COMPREPLY < <(compgen -W 'list check export' -- "$cur")
		return
		;;
	esac
	case $command in
	scan) words='--rules --output --type --min-level --fail-on --from --to --include-eid --reader --residual --carve --threads --require-sandbox --manifest --rules-strict --csv-raw --bom --force --temp-dir --no-color --quiet --verbose --help --version' ;;
	blocks) words='--output --from --to --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	search) words='--output --type --regexp --from --to --include-eid --reader --residual --carve --threads --require-sandbox --manifest --csv-raw --bom --force --temp-dir --no-color --quiet --verbose --help --version' ;;
	dump) words='--output --type --from --to --include-eid --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	info) words='--type --reader --residual --carve --threads --require-sandbox --manifest --force --temp-dir --quiet --verbose --help --version' ;;
	rules) words='--rules --type --force --quiet --verbose --help --version' ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	if ((COMP_CWORD == 1)); then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'scan blocks search dump info rules' -- "$cur")
	fi
}
complete -o filenames -F _evtriage evtriage
