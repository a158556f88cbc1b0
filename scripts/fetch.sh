#!/bin/sh
# Downloads Debian packages and unpacks them into a folder, with nothing installed and no root:
#
#   scripts/fetch.sh SUITE FOLDER PACKAGE…
#   scripts/fetch.sh --there SUITE FOLDER PACKAGE…    only says by its exit code whether they are there
#   scripts/fetch.sh --sources SUITE                  prints the sources.list that it uses
#
# The packages are one set, and apt chooses it as it would for a machine with SUITE (bookworm or trixie), its
# updates and its security suite: the newest version of the first package with which the whole set can be
# installed and downloaded now. An archive in the middle of an update gives an older set, or one message. A PACKAGE is
#
#   NAME             as apt chooses
#   NAME=VERSION     that version, with a star at its end any that begins so
#   NAME=@           the upstream version of the first package
#   NAME~VERSION     that version while the archive has it, else the newest (first PACKAGE only)
#   kernel:NAME      the kernel image NAME, or the one that the meta package NAME depends on
#   modules:NAME     the same, and what modules for it are built with: headers and kbuild
#   +PATTERN         what is called so and needed by one of the others, in the versions that apt chooses
#
# FOLDER is left alone when it holds these packages already, and then nothing is asked of any archive. In it, .packages
# has the names of the files, and .archive what was chosen, from which lists, and what was passed over.
# Environment: COMPONENTS (main) names the archive's components, SOURCES a sources.list to use instead of this
# machine's addresses. Exit code 1: no set is complete; 2: usage; 3: the archive cannot be reached.
set -euf
export LC_ALL=C

: "${BUILD:=build}"
: "${COMPONENTS:=main}"

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
}

say() {
	echo "fetch: $*" >&2
}

here=$(dirname "$0")
option=
case ${1:-} in
--sources)
	[ $# -eq 2 ] || usage
	suite=$2
	# shellcheck source=scripts/archive.sh
	. "$here/archive.sh"
	sources || { say "$no_archive"; exit 3; }
	exit 0
	;;
--there) option=$1; shift ;;
esac
[ $# -ge 3 ] || usage
suite=$1 folder=$2
shift 2
wanted="$suite $COMPONENTS $*"
there() {
	[ -f "$folder/.archive" ] && [ "$(cat "$folder/.fetched")" = "$wanted" ]
}
! there || exit 0
[ -z "$option" ] || exit 1

# shellcheck source=scripts/archive.sh
. "$here/archive.sh"

# Two that run at once would read the same lists and unpack into the same folder.
mkdir -p "$BUILD/apt"
exec 9>"$BUILD/apt/lock"
flock -n 9 || { say "waiting for another fetch"; flock 9; }
! there || exit 0
trap 'rm -rf "$folder.partial" "$downloads/.partial"' EXIT
trap 'exit 1' INT TERM

# kernel NAME VERSION WITH: asks for it, WITH "modules" for its headers too. False: $why.
kernel() {
	image=$1
	case $1 in
	linux-image-[0-9]*) ;;
	*)
		image=$(apt_run apt-cache show "$1=$2" 2>/dev/null |
			sed -n '/^Depends:.*linux-image-[0-9]/ { s/.*\(linux-image-[0-9][^ ,]*\).*/\1/p; q }')
		[ -n "$image" ] || { why="$1 depends on no kernel"; return 1; }
		;;
	esac
	ask="$ask $1=$2"
	take="$take $image"
	[ "$3" = modules ] || return 0
	ask="$ask linux-headers-${image#linux-image-}"
	take="$take linux-headers-* linux-kbuild-*"
}

# attempt VERSION PACKAGE…: the set with this version of the first package, down to files that are right. False: $why.
attempt() {
	why='' ask='' take='' upstream=${1%-*}
	case $2 in
	kernel:* | modules:*) kernel "$name" "$1" "${2%%:*}" || return 1 ;;
	*) ask=$name=$1 take=$name ;;
	esac
	shift 2
	for package; do
		case $package in
		+*) take="$take ${package#+}" ;;
		*=@) ask="$ask ${package%@}$upstream-*" take="$take ${package%=@}" ;;
		*) ask="$ask $package" take="$take ${package%%=*}" ;;
		esac
	done
	solve && get
}

# candidates PACKAGE: the versions to try of the first package, best first. Sets $name.
candidates() {
	name=${1#kernel:}
	name=${name#modules:}
	case $name in
	*=*) tries=${name#*=} name=${name%%=*} ;;
	*~*)
		preferred=${name#*~} name=${name%%~*}
		tries="$preferred $(versions "$name" | grep -vxF -- "$preferred")"
		;;
	*) tries=$(versions "$name") ;;
	esac
}

# choose PACKAGE…: the best set that is complete. With lists that were not read in this call, the first thing that is
# missing ends it: they are read anew before anything older is taken.
choose() {
	passed=
	for place in sources release; do
		[ "$place" = sources ] || ! cmp -s "$apt/sources.list" "$apt/release.list" || break
		candidates "$1"
		[ -n "$tries" ] || note "$name" "it is in no list"
		for version in $tries; do
			attempt "$version" "$@" && return 0
			note "$name $version" "$why"
			[ -n "$tried" ] || return 1
		done
	done
	return 1
}

# note SET WHY: passed over. The first reason counts: without the security suite there are only more.
note() {
	case $passed in
	*"$1: "*) ;;
	*)
		passed="$passed$1: $2
"
		;;
	esac
}

# Each line of $1 behind the name of this script.
say_lines() {
	printf '%s' "$1" | sed 's/^/fetch:   /' >&2
}

give_up() {
	if [ -n "$unreached" ]; then
		say "$folder is missing ($*), and $suite's archive cannot be reached:"
		say_lines "$unreached
$passed"
		say "what lies in $downloads is not all of a set; run it again with a network"
		exit 3
	fi
	say "$suite has no complete set for $folder ($*):"
	say_lines "$passed"
	say "its lists are $(archive_dates)"
	say "an archive that is just being updated is whole again some hours later: run it again then"
	exit 1
}

unpack() {
	rm -rf "$folder.partial"
	mkdir -p "$folder.partial"
	for file in $files; do
		dpkg-deb -x "$downloads/$file" "$folder.partial" || {
			say "$downloads/$file does not unpack"
			exit 1
		}
		echo "$file" >>"$folder.partial/.packages"
	done
	{
		for package in $chosen; do echo "package $package"; done
		echo "lists $(archive_dates)"
		[ -z "$passed" ] || printf '%s' "$passed" | sed 's/^/passed over /'
	} >"$folder.partial/.archive"
	echo "$wanted" >"$folder.partial/.fetched"
	rm -rf "$folder"
	mv "$folder.partial" "$folder"
}

archive_begin
archive_fresh || archive_update || give_up "$@"
choose "$@" || {
	[ -z "$tried" ] || give_up "$@"
	archive_update || give_up "$@"
	choose "$@" || give_up "$@"
}
[ -z "$unreached" ] || say "$suite's lists could not all be read anew ($unreached): used those that are there"
[ -z "$passed" ] || { say "passed over:"; say_lines "$passed"; }
unpack
