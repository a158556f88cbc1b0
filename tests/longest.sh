#!/bin/sh
# The test files named, in the order in which they are best begun: the longest first, as the last runs here had it
# (tests/lib/Progress.pm keeps that), because one that starts last would be waited for alone. Of those that have not
# run yet nobody knows: they come before, as they are named.
#
#   tests/longest.sh FILE…
set -eu
export LC_ALL=C

printf '%s\n' "$@" | awk -F '\t' -v times="${BUILD:-build}/tests/times.tsv" '
	BEGIN {
		while ((getline line <times) > 0) {
			split(line, column, "\t")
			seconds[column[1]] = column[2]
		}
	}
	{ print ($1 in seconds ? seconds[$1] : 1000000) "\t" $1 }' | sort -s -t "$(printf '\t')" -k 1,1nr | cut -f 2
