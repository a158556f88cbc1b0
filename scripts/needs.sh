#!/bin/sh
# Brings what a target needs of Debian's archive, at the start of a run and all at once:
#
#   scripts/needs.sh TOOLS… [-- [PART…]]
#
# TOOLS: words of scripts/setup.sh; PART: those of scripts/parts.sh, its usual four if none is named behind "--". What
# is missing is named before anything is fetched; when all is there, no archive is asked. Exit code: that of the
# script that failed.
set -eu

here=$(dirname "$0")
tools=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	tools="$tools $1"
	shift
done
# shellcheck disable=SC2086 # a list of words, here and below
to_install=$("$here/setup.sh" missing $tools)
to_unpack=
[ $# -eq 0 ] || {
	shift
	to_unpack=$("$here/parts.sh" missing "$@")
}
[ -n "$to_install$to_unpack" ] || exit 0

list() {
	[ -z "$to_install" ] || echo "needs:   packages to install: $to_install"
	[ -z "$to_unpack" ] || echo "needs:   packages to unpack into: $to_unpack"
}
echo "needs: still to come from Debian's archive:"
list
code=0
# shellcheck disable=SC2086
[ -z "$to_install" ] || "$here/setup.sh" $tools || code=$?
[ "$code" -ne 0 ] || [ -z "$to_unpack" ] || "$here/parts.sh" "$@" || code=$?
[ "$code" -eq 0 ] || {
	echo "needs: this is needed once, with a network, and could not be had now:" >&2
	list >&2
	exit "$code"
}
