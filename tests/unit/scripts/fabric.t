#!/bin/sh
# NVIDIA's Fabric Manager for an image: of the archive, the package and the folder what the stage needs is taken, with
# settings of the stage; another version, what is damaged and what is something else are refused, with one message.
# All of it is made here: of NVIDIA's there is nothing but the names.
set -u
export LC_ALL=C

: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

said() {
	"$@" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	return "$code"
}

# tree FOLDER BIN SHARE ETC: Fabric Manager 1.2.3, as the archive and the package have it.
tree() {
	mkdir -p "$1/$2" "$1/$3" "$1/$4"
	echo 'const char version[] = "1.2.3"; int main(void) { return version[0] == 0; }' |
		"$CC" -x c -o "$1/$2/nv-fabricmanager" -
	for board in dgxh100_hgxh100_topology dgxa100_hgxa100_topology; do echo "$board" >"$1/$3/$board"; done
	cat >"$1/$4/fabricmanager.cfg" <<-'END'
		# Note: a comment with DAEMONIZE=0 in it
		LOG_LEVEL=4
		LOG_FILE_NAME=/var/log/fabricmanager.log
		DAEMONIZE=0
		BIND_INTERFACE_IP=127.0.0.1
		FABRIC_MODE = 1
		STATE_FILE_NAME=/var/tmp/fabricmanager.state
		UNIX_SOCKET_PATH=
		DATABASE_PATH=/usr/share/nvidia/nvswitch
	END
}

name=fabricmanager-linux-x86_64-1.2.3-archive
mkdir "$work/in"
tree "$work/in/$name" bin share/nvidia/nvswitch etc
echo "terms" >"$work/in/$name/LICENSE"
tar -C "$work/in" -cJf "$work/$name.tar.xz" "$name"

fabric() {
	rm -rf "$work/out"
	said scripts/driver/fabric.sh "$1" "${2:-1.2.3}" "$work/out"
}

# refuses PATTERN GIVEN [VERSION]: with that message, and one line of it.
refuses() {
	pattern=$1
	shift
	! fabric "$@" && grep -qE "$pattern" "$work/said" && [ "$(wc -l <"$work/said")" -eq 1 ] && [ ! -e "$work/out" ] &&
		! ls -d "$work"/out.* 2>/dev/null
}

cat >"$work/settings" <<-'END'
	# Note: a comment with DAEMONIZE=0 in it
	LOG_LEVEL=4
	LOG_FILE_NAME=/run/nvidia-fabricmanager/log
	DAEMONIZE=1
	BIND_INTERFACE_IP=127.0.0.1
	FABRIC_MODE=0
	STATE_FILE_NAME=/run/nvidia-fabricmanager/state
	UNIX_SOCKET_PATH=/run/nvidia-fabricmanager/socket
	DATABASE_PATH=/usr/share/nvidia/nvswitch
	FM_CMD_UNIX_SOCKET_PATH=/run/nvidia-fabricmanager/command-socket
	TOPOLOGY_FILE_PATH=/usr/share/nvidia/nvswitch
END

check "the archive is taken" fabric "$work/$name.tar.xz"
check "its program is as it was" cmp "$work/in/$name/bin/nv-fabricmanager" "$work/out/nv-fabricmanager"
check "it says its version" test "$(cat "$work/out/version")" = 1.2.3
check "both topologies came along" test -s "$work/out/share/dgxh100_hgxh100_topology" -a \
	-s "$work/out/share/dgxa100_hgxa100_topology"
check "its settings are the stage's, and NVIDIA's otherwise" diff "$work/settings" "$work/out/share/fabricmanager.cfg"
check "its licence came along" test -s "$work/out/licence/LICENSE"
check "nothing else is left behind" test "$(echo "$work"/out*)" = "$work/out"

mkdir -p "$work/deb/DEBIAN"
tree "$work/deb" usr/bin usr/share/nvidia/nvswitch usr/share/nvidia/nvswitch
printf '%s\n' 'Package: nvidia-fabricmanager-1' 'Version: 1.2.3-0ubuntu1' 'Architecture: amd64' 'Maintainer: a <a@b.c>' \
	'Description: of the test' >"$work/deb/DEBIAN/control"
dpkg-deb --root-owner-group -Znone -b "$work/deb" "$work/fm.deb" >/dev/null
check "the package is taken" fabric "$work/fm.deb"
check "its settings, which lie beside the topologies, are the stage's, too" diff "$work/settings" \
	"$work/out/share/fabricmanager.cfg"
check "a folder that says its version is taken" fabric "$work/in/$name"
cp -r "$work/deb/usr" "$work/unpacked"
check "a folder that does not is taken by what the program has inside" fabric "$work/unpacked"
check "and is as it was" test -x "$work/unpacked/bin/nv-fabricmanager"

check "another version than the driver's is refused: archive" \
	refuses 'is of version 1\.2\.3, and the driver of 1\.2\.4: .* give that of 1\.2\.4$' "$work/$name.tar.xz" 1.2.4
check "another version than the driver's is refused: package" \
	refuses 'is of version 1\.2\.3, and the driver of 1\.2\.4' "$work/fm.deb" 1.2.4
check "another version than the driver's is refused: folder" \
	refuses "does not have the driver's version 1\.2\.4 inside" "$work/unpacked" 1.2.4
head -c 900 "$work/$name.tar.xz" >"$work/short.tar.xz"
check "an archive that is cut is refused" refuses 'short\.tar\.xz is damaged' "$work/short.tar.xz"
head -c 9000 "$work/fm.deb" >"$work/short.deb"
check "a package that is cut is refused" refuses 'short\.deb is damaged' "$work/short.deb"
echo "no archive" >"$work/text.tar.xz"
check "what is no archive is refused" refuses 'text\.tar\.xz is damaged' "$work/text.tar.xz"
check "what is not there is refused" refuses "there is no file or folder $work/nothing" "$work/nothing"
: >"$work/settings.rpm"
check "another kind of package is refused, with what to do" refuses 'unpack it \(rpm2cpio\)' "$work/settings.rpm"
tar -C "$work/in" -cJPf "$work/leads-out.tar.xz" --transform "s|^$name/LICENSE|../x|" "$name"
check "an archive whose names lead elsewhere is refused" refuses 'it holds "\.\./x"$' "$work/leads-out.tar.xz"
check "no file of it was written" test ! -e "$work/x"

# without FILE WHAT…: the folder without it.
without() {
	rm -rf "$work/less"
	cp -r "$work/unpacked" "$work/less"
	find "$work/less" -name "$1" -delete
}
without nv-fabricmanager
check "without the program it is something else" refuses "has no nv-fabricmanager: it is not NVIDIA's" "$work/less"
without '*_topology'
check "without topologies it is refused" refuses 'has no \*_topology: no board' "$work/less"
without fabricmanager.cfg
check "without settings it is refused" refuses 'has no fabricmanager\.cfg' "$work/less"
cp -r "$work/unpacked/." "$work/less"
echo "1.2.3" >"$work/less/bin/nv-fabricmanager"
check "a program that is none is refused" refuses 'is not ELF' "$work/less"
plan
