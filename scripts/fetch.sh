#!/bin/sh
# Downloads Debian packages and unpacks them into a folder, with nothing installed and no root:
#
#   scripts/fetch.sh SUITE FOLDER PACKAGE…
#
# SUITE is bookworm or trixie; its updates and security suites are used as well. A PACKAGE
# "kernel:META" stands for the kernel image that the meta package depends on, "NAME=VERSION" for
# exactly that version. The mirror is the one this machine is set up with. FOLDER is left alone when
# it holds these packages already. COMPONENTS (main) names the archive's components.
set -eu

: "${BUILD:=build}"
: "${COMPONENTS:=main}"

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
}
[ $# -ge 3 ] || usage
suite=$1 folder=$2
shift 2
wanted="$suite $COMPONENTS $*"
[ "$(cat "$folder/.fetched" 2>/dev/null)" = "$wanted" ] && exit 0

# One configuration for each set of components: lists read for one do not serve another.
case $BUILD in
/*) apt=$BUILD/apt/$suite ;;
*) apt=$PWD/$BUILD/apt/$suite ;;
esac
[ "$COMPONENTS" = main ] || apt=$apt-$(echo "$COMPONENTS" | tr ' ' '-')
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"

# The archive's address as the machine's own configuration has it, for a suite like $1.
mirror() {
	# shellcheck disable=SC2016 # apt-get expands these
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk -v suite="$1" '$1 ~ suite { print $2; exit }'
}

sources() {
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	main=$(mirror '^(bookworm|trixie|stable|testing|oldstable)$')
	security=$(mirror 'security$')
	if [ -z "$main" ]; then
		echo "fetch: this machine has no Debian archive configured in /etc/apt" >&2
		exit 1
	fi
	echo "deb [signed-by=$keys] $main $suite $COMPONENTS"
	echo "deb [signed-by=$keys] $main $suite-updates $COMPONENTS"
	[ -z "$security" ] || echo "deb [signed-by=$keys] $security $suite-security $COMPONENTS"
}

cat >"$apt/apt.conf" <<EOF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "/dev/null";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
EOF
export APT_CONFIG="$apt/apt.conf"

update() {
	echo "fetch: reading $suite's package lists"
	(unset APT_CONFIG && sources) >"$apt/sources.list"
	apt-get -qq update
}
# Lists older than a day may name packages that the archive no longer has.
if [ -z "$(find "$apt/lists" -name '*_Packages*' -mmin -1440 2>/dev/null | head -n 1)" ]; then
	update
fi

# The packages to download, with meta packages resolved.
names=
for package in "$@"; do
	case $package in
	kernel:*)
		package=$(apt-cache depends "${package#kernel:}" | awk '/Depends: linux-image/ { print $2; exit }')
		[ -n "$package" ] || { echo "fetch: $suite has no kernel package" >&2; exit 1; }
		;;
	esac
	names="$names $package"
done

mkdir -p "$BUILD/downloads/$suite"
echo "fetch:$names ($suite)"
# shellcheck disable=SC2086 # a list of words
(cd "$BUILD/downloads/$suite" && apt-get -qq download $names) || {
	update
	# shellcheck disable=SC2086
	(cd "$BUILD/downloads/$suite" && apt-get -qq download $names)
}

rm -rf "$folder.partial"
mkdir -p "$folder.partial"
for name in $names; do
	# the version asked for, or the newest should an older one lie there too
	case $name in
	*=*) file=${name%%=*}_$(echo "${name#*=}" | sed 's/:/%3a/') ;;
	*) file="${name}_*" ;;
	esac
	# shellcheck disable=SC2012,SC2086 # file names of packages, one of them a pattern
	deb=$(ls -t "$BUILD/downloads/$suite/"${file}_*.deb | head -n 1)
	dpkg-deb -x "$deb" "$folder.partial"
	basename "$deb" >>"$folder.partial/.packages"
done
echo "$wanted" >"$folder.partial/.fetched"
rm -rf "$folder"
mv "$folder.partial" "$folder"
