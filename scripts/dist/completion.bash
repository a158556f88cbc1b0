# Completion of forestage and forestage-run for bash: verbs and options come from the commands' own help.

_forestage_options() {
	"$@" 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

_forestage_values() {
	case $1 in
	--method) mapfile -t COMPREPLY < <(compgen -W 'auto firmware grub' -- "$2") ;;
	--bundle | --esp | --jobs | --out) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	--region | --metrics | --html) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	*) return 1 ;;
	esac
	compopt -o filenames 2>/dev/null
}

_forestage_runs() {
	mapfile -t COMPREPLY < <(compgen -W "$(ls /var/lib/forestage/runs 2>/dev/null)" -- "$1"
		compgen -d -- "$1")
	compopt -o filenames 2>/dev/null
}

_forestage() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} verbs

	COMPREPLY=()
	! _forestage_values "$before" "$word" || return 0
	verbs=$(forestage --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
	if [ "$COMP_CWORD" -eq 1 ] || [ "$before" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$word")
	elif [[ $word = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_forestage_options forestage help "$verb")" -- "$word")
	elif [[ $verb = compare || $verb = report ]]; then
		_forestage_runs "$word"
	elif [ "$verb" = store ] && [ "$COMP_CWORD" -eq 2 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'create show verify remove' -- "$word")
	elif [ "$verb" = store ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null
	elif [ "$verb" = check ]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
	fi
}

_forestage_run() {
	local word=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	! _forestage_values "${COMP_WORDS[COMP_CWORD - 1]}" "$word" || return 0
	mapfile -t COMPREPLY < <(compgen -W "$(_forestage_options forestage-run --help)" -- "$word")
}

complete -F _forestage forestage
complete -F _forestage_run forestage-run
