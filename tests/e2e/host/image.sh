#!/bin/sh
# Builds a reference host's disk once, from the root file system that root.sh makes:
#
#   tests/e2e/host/image.sh        prints the folder with disk.img (raw) and vars.fd
#
# What a host has of its own is in a folder of its name: partitions, root/ (files that are put over those of the root
# file system), and first-boot, which runs there under Debian's kernel alone, so that loader and boot entry are made as
# an installation makes them. The image's folder is build/host/HOST-KEY; KEY is made of all that it is made of.
#
# Environment: HOST (debian, xcp-ng)
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${LIMIT:=900}" "${HOST:=debian}"
here=$(dirname "$0")
own=$here/$HOST

say() {
	echo "host: $*" >&2
}
[ -f "$own/partitions" ] || {
	say "there is no host $HOST; there are: $(cd "$here" && dirname -- */partitions | tr '\n' ' ')"
	exit 2
}

root=$("$here/root.sh")
key=$({
	basename "$root"
	cd "$own" && find -L . -type f ! -name '*.sh' | sort | xargs sha256sum
} | cat - "$here/image.sh" | sha256sum | cut -c1-16)
out=$BUILD/host/$HOST-$key
[ ! -f "$out/disk.img" ] || { echo "$out"; exit 0; }

started=$(date +%s)
work=$BUILD/host/work-$HOST
rm -rf "$work"
mkdir -p "$work/root"

# The host's root file system: the files are those of root.sh's folder, but for what is put over them.
cp -al "$root/." "$work/root"
cp -RL --remove-destination "$own/root/." "$work/root"

# make_file_system IMAGE TYPE LABEL ID FOLDER: without mounting anything; a FAT file system stays empty.
make_file_system() {
	case $2 in
	vfat) /sbin/mkfs.vfat -F 32 -i "$(echo "$4" | tr -d -)" -n "$3" "$1" >/dev/null ;;
	*) "/sbin/mkfs.$2" -q -U "$4" -L "$3" -d "$5" "$1" ;;
	esac
}

say "making the disk of $HOST"
mkdir "$work/empty"
sed '/^#/d' "$own/partitions" >"$work/partitions"
echo "label: gpt" >"$work/table"
at=1
while read -r number type mib label id place; do
	from=$work/empty
	[ "$place" != / ] || { from=$work/root root_id=$id; }
	truncate -s "${mib}M" "$work/part.img"
	make_file_system "$work/part.img" "$type" "$label" "$id" "$from"
	truncate -s "$((at + mib))M" "$work/disk.img"
	dd if="$work/part.img" of="$work/disk.img" seek=$at conv=notrunc,sparse bs=1M status=none
	rm "$work/part.img"
	[ "$type" = vfat ] && gpt=uefi || gpt=linux
	echo "$number : start=${at}MiB, size=${mib}MiB, type=$gpt" >>"$work/table"
	at=$((at + mib))
done <"$work/partitions"
truncate -s "$((at + 1))M" "$work/disk.img"
/sbin/sfdisk -q "$work/disk.img" <"$work/table" >/dev/null # it tells of file systems, which are wanted

say "first boot: loader, its configuration and the boot entry"
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars.fd"
# shellcheck source=tests/e2e/host/machine.sh
. "$here/machine.sh"
# shellcheck disable=SC2046 # no blank in its name; not every host has one
steps_begin "$work/steps.img" $(find "$own" -maxdepth 1 -name grub.cfg)
steps_add "$work/steps.img" "$own/first-boot"
DISK=$work/disk.img DISK_FORMAT=raw STEPS=$work/steps.img VARS=$work/vars.fd LIMIT=$LIMIT \
	machine_run "$work/serial.log" -kernel "$(echo "$root"/boot/vmlinuz-*)" \
	-initrd "$(echo "$root"/boot/initrd.img-*)" \
	-append "root=UUID=$root_id ro console=ttyS0,115200 quiet" || {
	tail -n 30 "$work/serial.log" >&2
	exit 1
}
steps_take "$work/steps.img" "$work/result"
[ "$(cat "$work/result/1.code" 2>/dev/null)" = 0 ] || {
	say "the first boot of $HOST failed:"
	cat "$work/result/1.out" >&2
	exit 1
}
mkdir -p "$out"
cp "$work/vars.fd" "$out/vars.fd"
mv "$work/disk.img" "$out/disk.img"
used=$(du -m "$out/disk.img" | cut -f1)
say "$used MiB on disk, made in $(($(date +%s) - started)) s"
rm -rf "$work"
echo "$out"
