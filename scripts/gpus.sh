#!/bin/sh
# The tables "which driver for which GPU" of docs/image.md and README.md, made of initramfs/gpus.tsv and the pairs of
# scripts/driver.sh:
#
#   scripts/gpus.sh long     a row for each kind of GPU, as docs/image.md has it
#   scripts/gpus.sh short    a row for all that want the same, as README.md has it
#   scripts/gpus.sh write    both into their pages, between <!-- scripts/gpus.sh NAME --> and <!-- end -->
#   scripts/gpus.sh check    says what write would change; exit code 1 when that is anything
set -eu
export LC_ALL=C

here=$(dirname "$0")
data=$here/../initramfs/gpus.tsv

# The table, of which Debian's drivers are those that scripts/driver.sh knows, newest first.
table() {
	awk -F '\t' -v form="$1" -v pairs="$("$here/driver.sh" list | cut -d ' ' -f 1 | paste -sd ' ')" '
		function branch(version) { sub(/\..*/, "", version); return version + 0 }
		# the pairs that a kind of GPU can be driven by: "" for none
		function known(k,   i, n, list, found) {
			n = split(pairs, list, " ")
			for (i = 1; i <= n; i++)
				if (branch(list[i]) >= first[k] && (last[k] == "-" || branch(list[i]) <= last[k]))
					found = found (found == "" ? "" : ", ") list[i]
			return found
		}
		function driver(k) {
			return first[k] (last[k] == "-" ? " or later" : " to " last[k])
		}
		# what to type: open is the default, so a GPU that has both needs no word
		function image(k,   words) {
			words = known(k) != "" ? "DRIVER=debian" : "DRIVER=FILE.run"
			return "`" words (flavours[k] == "proprietary" ? " FLAVOUR=proprietary" : "") "`"
		}
		# the open modules came with 515
		function flavour(k,   text) {
			text = flavours[k]
			sub(/,/, (first[k] < 515 ? " (from 515 on)" : "") " or ", text)
			return text
		}
		function file(k) { return firmware[k] == "-" ? "–" : "`" firmware[k] "`" }
		function append(list, word) { return list == "" ? word : index(list, word) ? list : list ", " word }
		/^#/ || !NF { next }
		$1 == "gpus" {
			order[++count] = k = $2
			generation[k] = $3; chips[k] = $4; examples[k] = $5; flavours[k] = $6
			first[k] = $7; last[k] = $8; firmware[k] = $9
			next
		}
		$1 == "ids" { ids[$4] = ids[$4] (ids[$4] == "" ? "" : ", ") $2 "–" $3; next }
		{ print "gpus.tsv:" NR ": neither gpus nor ids" >"/dev/stderr"; bad = 1 }
		function long(   i, k) {
			print "| GPUs | chips | PCI device ids | kernel modules | driver | Debian has | firmware | `make image` |"
			print "|---|---|---|---|---|---|---|---|"
			for (i = 1; i <= count; i++) {
				k = order[i]
				printf "| %s: %s | %s | %s | %s | %s | %s | %s | %s |\n", generation[k], examples[k], chips[k],
					ids[k], flavour(k), driver(k), known(k) == "" ? "none" : known(k), file(k), image(k)
			}
		}
		function short(   i, k, key, rows, n) {
			print "| GPUs | kernel modules | driver | `make image` |"
			print "|---|---|---|---|"
			for (i = 1; i <= count; i++) {
				k = order[i]
				key = flavour(k) " | " driver(k) " | " image(k)
				if (!(key in names)) rows[++n] = key
				names[key] = append(names[key], generation[k])
			}
			for (i = 1; i <= n; i++) print "| " names[rows[i]] " | " rows[i] " |"
		}
		END {
			if (bad) exit 1
			if (form == "long") long(); else short()
		}' "$data"
}

# page FILE FORM: the page as it should be.
page() {
	table "$2" >"$work/table"
	awk -v mark="<!-- scripts/gpus.sh $2 -->" -v table="$work/table" '
		$0 == mark { print; print ""; while ((getline line <table) > 0) print line; print ""; print "<!-- end -->"
			inside = found = 1; next }
		inside && $0 == "<!-- end -->" { inside = 0; next }
		!inside { print }
		END { exit !(found && !inside) }' "$1" >"$work/page" || {
		echo "gpus: $1 has no place for the table: <!-- scripts/gpus.sh $2 --> and <!-- end -->" >&2
		exit 1
	}
}

pages="docs/image.md=long README.md=short"

case $#${1:-} in
1long | 1short) table "$1" ;;
1write | 1check)
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM
	cd "$here/.."
	here=scripts data=initramfs/gpus.tsv
	code=0
	for pair in $pages; do
		page "${pair%=*}" "${pair#*=}"
		cmp -s "$work/page" "${pair%=*}" && continue
		if [ "$1" = write ]; then
			cat "$work/page" >"${pair%=*}"
		else
			diff -u "${pair%=*}" "$work/page" || code=1
		fi
	done
	exit "$code"
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac
