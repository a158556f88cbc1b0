#!/bin/sh
# The roles install and uninstall on a stand-in host: each does its work once, another image is installed anew, what was
# interrupted is ended, and the host is as it was afterwards. The package itself is not installed here: that is dpkg's.
set -u
export LC_ALL=C.UTF-8

: "${BUILD:=build}"
work=$(mktemp -d /tmp/ff-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
needs "$BUILD/tests/dom0-host"
. tests/fleet/lib.sh

bare_host() {
	settle && template debian && host one debian || return 1
	ROOT=$site/one "$BUILD/tests/dom0-host" uninstall --yes || return 1
	mkdir -p "$work/new/image"
	mv "$site/one/usr/share/forestage/image"/* "$work/new/image/"
	tar -C "$work/new" -czf "$work/image.tar.gz" image
	site_ready
	snapshot >"$work/before"
}

# All of the host but for what is ours to keep, and for the image's folder, which is the package's.
snapshot() {
	(cd "$site/one" && find . \( -path ./var -o -path ./run -o -path ./usr -o -name log \) -prune -o -type f -exec sha256sum {} + | sort -k 2)
}

install_it() {
	play install -e forestage_image="$work/image.tar.gz" -e forestage_image_dir="$site/one/usr/share/forestage" \
		-e forestage_doctor=false
}

installed() {
	install_it || return 1
	ROOT=$site/one "$BUILD/tests/dom0-host" status --json | jq -e '.installed and .state == "idle"' &&
		[ "$(sha256sum <"$work/image.tar.gz" | cut -d' ' -f 1)" = "$(cat "$site/one/var/lib/forestage/fleet/image.sha256")" ]
}

nothing_again() {
	install_it || return 1
	[ "$(recap changed)" -eq 0 ]
}

another_image() {
	echo more >>"$work/new/image/vmlinuz"
	tar -C "$work/new" -czf "$work/image.tar.gz" image
	install_it || return 1
	cmp "$work/new/image/vmlinuz" "$site/one/boot/efi/EFI/forestage/vmlinuz"
}

out_of_service() {
	echo '{}' >"$site/one/var/lib/forestage/fleet/away.json"
	! play uninstall -e forestage_remove_package=false && grep -q 'was taken out of service for a run' "$work/said" &&
		rm "$site/one/var/lib/forestage/fleet/away.json"
}

uninstalled() {
	play uninstall -e forestage_remove_package=false || return 1
	snapshot | diff "$work/before" - && [ ! -e "$site/one/var/lib/forestage/fleet" ]
}

set_up "a host without Forestage" bare_host
check "install puts image and boot there" installed
check "a second time it changes nothing" nothing_again
check "another image is installed" another_image
check "a host that is out of service is not uninstalled" out_of_service
check "uninstall leaves it as it was" uninstalled
plan
