#!/bin/sh
# NVIDIA's Fabric Manager for an image, which machines with NVSwitches need:
#
#   scripts/driver/fabric.sh GIVEN VERSION FOLDER
#
# GIVEN is NVIDIA's archive of it (fabricmanager-linux-x86_64-VERSION-archive.tar.xz), its package
# (nvidia-fabricmanager….deb), or a folder that one of the two was unpacked into. It must be of the driver's VERSION: it
# refuses any other. Nothing of it is run. FOLDER is made anew:
#
#   nv-fabricmanager   version   licence/
#   share/             the topologies, and fabricmanager.cfg as the stage wants it
set -eu
export LC_ALL=C
umask 022

[ $# -eq 3 ] || {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
}
given=$1 version=$2 folder=$3
unpacked=$folder.unpacked
run=/run/nvidia-fabricmanager # initramfs/driver/fabric.c makes it

tidy() {
	rm -rf "$unpacked" "$unpacked.tar" "$unpacked.tar.names" "$folder.tar" "$folder.new"
}

die() {
	echo "fabric: $*" >&2
	tidy
	exit 1
}

# shellcheck source=scripts/driver/names.sh
. "$(dirname "$0")/names.sh"

# unpack_tar FILE: an archive that tar reads, compressed or not.
unpack_tar() {
	cp "$1" "$unpacked.tar"
	wrong=$(strange_name "$unpacked.tar" 2>/dev/null) || die "$given is damaged: it cannot be read to its end"
	[ -z "$wrong" ] || die "$given is not from NVIDIA as it is: it holds \"$wrong\""
	mkdir -p "$unpacked"
	tar -C "$unpacked" --no-same-owner --no-same-permissions -xf "$unpacked.tar" 2>/dev/null ||
		die "$given cannot be unpacked into $unpacked"
	chmod -R u+rwX,go+rX,go-w "$unpacked"
}

unpack_deb() {
	name=$(dpkg-deb -f "$given" Package 2>/dev/null) || die "$given is damaged, or no package of Debian's kind"
	case $name in
	nvidia-fabricmanager-dev*) die "$given is the package $name, which has no program: take nvidia-fabricmanager" ;;
	nvidia-fabricmanager*) ;;
	*) die "$given is the package $name, not nvidia-fabricmanager" ;;
	esac
	declared=$(dpkg-deb -f "$given" Version | sed 's/^[0-9]*://; s/-.*//')
	dpkg-deb --fsys-tarfile "$given" >"$folder.tar" 2>/dev/null || die "$given is damaged: it cannot be read to its end"
	unpack_tar "$folder.tar"
}

# declared_by NAME: the version that the name of an archive's folder says, in $declared.
declared_by() {
	declared=$(basename "$1" | sed -n 's/^fabricmanager-\(linux-x86_64-\)\{0,1\}\([0-9][0-9.]*[0-9]\)\(-archive\)\{0,1\}$/\2/p')
}

unpack() {
	declared=
	case $given in
	*.deb) unpack_deb ;;
	*.rpm) die "$given: packages of this kind are not read; unpack it (rpm2cpio), and give the folder" ;;
	*)
		unpack_tar "$given"
		for top in "$unpacked"/*; do declared_by "$top"; done
		;;
	esac
	place=$unpacked
}

# one NAME WHAT: the file of that name, in $file.
one() {
	file=$(find "$place" -type f -name "$1" | sort | head -n 1)
	[ -n "$file" ] || die "$given has no $1${2:+: $2}"
}

# of_driver: whether it is of the driver's version, by its name, and where that says nothing, by the text in it.
of_driver() {
	case $(od -An -tx1 -N 20 "$program" | tr -d ' \n') in
	7f454c4602*3e00) ;;
	7f454c46*) die "$given: nv-fabricmanager is for another processor than x86_64" ;;
	*) die "$given: nv-fabricmanager is not ELF: it is damaged, or something else" ;;
	esac
	if [ -n "$declared" ]; then
		[ "$declared" = "$version" ] || die "$given is of version $declared, and the driver of $version:" \
			"Fabric Manager refuses any driver but its own; give that of $version"
	else
		grep -qaF "$version" "$program" || die "$given: nv-fabricmanager does not have the driver's version" \
			"$version inside: Fabric Manager refuses any driver but its own; give that of $version"
	fi
}

# settings: NVIDIA's own of this version, so that each is one that it knows; what the stage wants takes their place, or
# is added. Sockets instead of ports: the stage has no network.
settings() {
	awk -v run="$run" '
		BEGIN {
			FS = "="
			wanted["DAEMONIZE"] = 1
			wanted["LOG_FILE_NAME"] = run "/log"
			wanted["UNIX_SOCKET_PATH"] = run "/socket"
			wanted["FM_CMD_UNIX_SOCKET_PATH"] = run "/command-socket"
			wanted["STATE_FILE_NAME"] = run "/state"
			wanted["TOPOLOGY_FILE_PATH"] = "/usr/share/nvidia/nvswitch"
			count = split("DAEMONIZE LOG_FILE_NAME UNIX_SOCKET_PATH FM_CMD_UNIX_SOCKET_PATH STATE_FILE_NAME " \
				"TOPOLOGY_FILE_PATH", order, " ")
			# only where they are there already
			wanted["FABRIC_MODE"] = wanted["FABRIC_MODE_RESTART"] = wanted["LOG_USE_SYSLOG"] = 0
			wanted["FM_STAY_RESIDENT_ON_FAILURES"] = 0
		}
		{ key = $1; gsub(/[ \t]/, "", key) }
		key in wanted { print key "=" wanted[key]; there[key] = 1; next }
		{ print }
		END {
			for (i = 1; i <= count; i++)
				if (!(order[i] in there)) print order[i] "=" wanted[order[i]]
		}' "$1"
}

lay_out() {
	new=$folder.new
	rm -rf "$new"
	mkdir -p "$new/share" "$new/licence"
	install -m 755 "$program" "$new/nv-fabricmanager"
	# what lies beside a topology goes along: newer versions have more than those
	find "$(dirname "$topology")" -maxdepth 1 -type f ! -name nv-fabricmanager ! -name '*.so*' ! -name '*.h' \
		! -name '*.service' -exec install -m 644 {} "$new/share/" \;
	settings "$config" >"$new/share/fabricmanager.cfg"
	for name in LICENSE third-party-notices.txt; do
		found=$(find "$place" -type f -name "$name" | sort | head -n 1)
		[ -z "$found" ] || install -m 644 "$found" "$new/licence/$name"
	done
	echo "$version" >"$new/version"
	rm -rf "$folder"
	mv "$new" "$folder"
}

tidy
mkdir -p "$(dirname "$folder")"
if [ -d "$given" ]; then
	place=$given
	declared_by "$given"
else
	[ -f "$given" ] || die "there is no file or folder $given"
	unpack
fi
one nv-fabricmanager "it is not NVIDIA's Fabric Manager"
program=$file
one fabricmanager.cfg
config=$file
one '*_topology' "no board would be known to it"
topology=$file
of_driver
lay_out
tidy
