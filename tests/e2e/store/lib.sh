# What the tests of the store share; sourced behind tests/e2e/lib.sh. Disks of AHCI, NVMe and virtio, a dom0 without Xen
# that has them, and what is found on them afterwards.
# shellcheck shell=sh disable=SC2154 # $work is of tests/e2e/lib.sh
needs "$BUILD/tests/store-arm" /usr/bin/mkfs.erofs /usr/sbin/dmsetup /usr/sbin/sfdisk /usr/sbin/mkfs.ext4
part=$BUILD/parts/dom0 # of Debian, with all drivers
ahci="-drive if=none,id=a,format=raw,file=$work/ahci.img -device ide-hd,drive=a,bus=ide.0,serial=STORE-A"
nvme="-drive if=none,id=n,format=raw,file=$work/nvme.img -device nvme,drive=n,serial=STORE-N"
virtio= # a test that wants such a disk says so

# Where `kept` has its store: the disk, the store's map, and its path in dom0.
store_disk=nvme store_map=$work/maps/nvme.map store_path=/mnt/store

# What the dom0 of with_dom0 has besides: seconds, memory, drivers, words of QEMU's, disks it waits for, a folder whose files are laid over, and
# where libraries for the programs in its bin are.
steps_limit=300 steps_memory=1G steps_drivers='' steps_extra='' steps_disks='' steps_files='' steps_libraries=''

# Where `kept` has its store: the disk, and the store's map.
store_disk=nvme store_map=$work/maps/nvme.map

# disk IMAGE MIB NUMBER-OF-EXT4 PARTITION-MIB…: partitions one after the other; one of them has an ext4.
disk() {
	image=$1 with=$3 at=1 number=0
	rm -f "$image"
	truncate -s "$2M" "$image"
	shift 3
	echo "label: gpt" >"$work/table"
	for mib; do
		number=$((number + 1))
		echo "start=${at}MiB, size=${mib}MiB, type=linux" >>"$work/table"
		if [ "$number" = "$with" ]; then
			rm -f "$work/ext4"
			truncate -s "${mib}M" "$work/ext4"
			/usr/sbin/mkfs.ext4 -q -b 4096 "$work/ext4"
			dd if="$work/ext4" of="$image" bs=1M seek="$at" conv=notrunc,sparse status=none
		fi
		at=$((at + mib))
	done
	/usr/sbin/sfdisk -q "$image" <"$work/table" >/dev/null 2>&1 # it tells of file systems, which are wanted
}

# with_dom0 FILE [FOLDER]: the steps in FILE, by a dom0 without Xen that has the folder in /var/lib/forestage; what they
# have left is in $work/left.
with_dom0() {
	rm -rf "$work/files" "$work/left" "$work/out.img"
	mkdir -p "$work/files/var/lib"
	[ -z "${2:-}" ] || cp -r "$2" "$work/files/var/lib/forestage"
	mkdir -p "$work/files/bin" "$work/files/lib64" "$work/files/lib/x86_64-linux-gnu" "$work/left"
	[ -z "$steps_files" ] || cp -r "$steps_files/." "$work/files"
	cp "$1" "$work/files/steps"
	[ ! -d "$work/inputs" ] || cp -a "$work/inputs" "$work/files/inputs"
	printf '%s\n' ${ahci:+/dev/sda1} ${nvme:+/dev/nvme0n1p1} /dev/vda ${virtio:+/dev/vdb} $steps_disks >"$work/files/disks"
	cp /usr/sbin/dmsetup /usr/bin/mkfs.erofs "$BUILD/tests/store-arm" "$work/files/bin"
	for program in "$work/files/bin"/*; do LD_LIBRARY_PATH=$steps_libraries ldd "$program"; done | awk '/=> \// { print $3 }' | sort -u |
		xargs -I '{}' cp -L '{}' "$work/files/lib/x86_64-linux-gnu"
	cp -L /lib64/ld-linux-x86-64.so.2 "$work/files/lib64"
	DOM0_PART=$part INIT=tests/e2e/store/init FILES=$work/files \
		DRIVERS="ahci sd_mod nvme virtio_pci virtio_blk dm-mod crc32c_generic ext4 $steps_drivers" \
		tests/e2e/dom0/pack.sh "$work/steps.initrd" || return
	truncate -s 300M "$work/out.img"
	[ -s "$work/kernel" ] || unpacked_kernel "$work/kernel" || return
	# shellcheck disable=SC2086 # lists of words
	nice -n 5 timeout "$steps_limit" qemu-system-x86_64 -nodefaults -machine q35 -accel tcg,thread=multi -m "$steps_memory" -display none \
		-no-reboot -kernel "$work/kernel" -initrd "$work/steps.initrd" \
		-append "console=ttyS0 panic=5 quiet no_timer_check cryptomgr.notests mitigations=off" $ahci $nvme $virtio $steps_extra \
		-drive "if=none,id=out,format=raw,file=$work/out.img" -device virtio-blk-pci,drive=out \
		-serial "file:$work/serial.log" </dev/null || return
	tar -xf "$work/out.img" -C "$work/left"
}

# with_lvm2: the dom0 has lvm2's own tools; no udev has been told of their volumes.
with_lvm2() {
	volumes=$(realpath "$BUILD/parts/volumes")
	steps_libraries=$volumes/usr/lib/x86_64-linux-gnu:$volumes/lib/x86_64-linux-gnu
	mkdir -p "$steps_files/bin" "$steps_files/etc/lvm"
	cp "$volumes/sbin/lvm" "$steps_files/bin"
	printf '%s\n' 'activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }' \
		'devices { obtain_device_list_from_udev = 0 external_device_info_source = "none" }' >"$steps_files/etc/lvm/lvm.conf"
}

# said PATTERN…: what the steps have printed, one behind the other.
said() {
	cp "$work/left/log" "$work/console"
	in_order "$@" || { cat "$work/left/log"; return 1; }
}

# What a job finds of disks: no node of one, and it can make none.
mkdir "$work/jobs"
cp samples/jobs/vecadd.* "$work/jobs"
find samples/jobs -maxdepth 1 -type d -name data -exec cp -r {} "$work/jobs" \;
printf '[Job]\nType=program\n[Program]\nExec=./disks\n' >"$work/jobs/disks.conf"
cat >"$work/jobs/disks" <<'EOT'
#!/bin/sh
ls -d /sys/block/*
[ -z "$(find /dev -type b)" ] || { echo "block devices: $(find /dev -type b)"; exit 1; }
[ -z "$(find /dev -name 'nvme*' -o -name 'sg*' -o -name 'ng*')" ] || { ls -l /dev; exit 1; }
device=$(cat /sys/block/*/dev | head -n 1)
! mknod /tmp/disk b "${device%:*}" "${device#*:}" || { echo "mknod made a disk"; exit 1; }
EOT
chmod +x "$work/jobs/disks"

# What a job leaves that is larger than what goes into the region: 3 MiB of numbers, known by their hash.
large_job() {
	printf '[Job]\nType=program\n[Program]\nExec=./large\nCollect=*.bin\n[Expect]\nlarge.bin=sha256:%s\n' \
		"$(numbers | sha256sum | cut -d' ' -f 1)" >"$work/jobs/large.conf"
	cat >"$work/jobs/large" <<-'EOT'
		#!/bin/sh
		seq 1 600000 | head -c 3145728 >large.bin
		for process in 1 $PPID $(cut -d' ' -f 4 /proc/$PPID/stat); do
			! readlink /proc/$process/fd/* | grep -q . || { echo "$process shows what it has open"; exit 1; }
		done
	EOT
	chmod +x "$work/jobs/large"
}

# Trees that jobs read from the store: tree, a folder, and the user land of a job, an image that was made elsewhere.
input_jobs() {
	mkdir -p "$work/inputs/tree/sub" "$work/land/bin" "$work/land/etc"
	numbers >"$work/inputs/tree/sub/numbers"
	ln -s sub/numbers "$work/inputs/tree/link"
	mkdir -p "$work/inputs/small" # one block, which has no hash tree
	echo small >"$work/inputs/small/note"
	cp "$BUILD/parts/tools/bin/busybox" "$work/land/bin"
	ln -s busybox "$work/land/bin/sh"
	echo "of the tree" >"$work/land/etc/land"
	mkfs.erofs -d1 "$work/inputs/land.erofs" "$work/land" >/dev/null
	program_job reads 'Exec=./reads\nData=tree\nData=small' <<-'EOT'
		#!/bin/sh
		sum=$(sha256sum <tree/link) || exit 2
		! touch tree/new 2>/dev/null || exit 3
		[ "$(cat small/note)" = small ] || exit 4
		echo "${sum%% *}" >sum.txt
	EOT
	printf 'Collect=sum.txt\n' >>"$work/jobs/reads.conf"
	program_job ignores 'Exec=./ignores\nData=tree' <<-'EOT'
		#!/bin/sh
		cat tree/sub/numbers >/dev/null
		exit 0
	EOT
	program_job land 'Exec=sh ./inside\nRoot=land.erofs\nCollect=out.txt' </dev/null
	cat >"$work/jobs/inside" <<-'EOT'
		set -e
		bb=/bin/busybox
		$bb test "$($bb cat /etc/land)" = "of the tree"
		! $bb touch /new /bin/new 2>/dev/null
		! $bb test -e /init
		$bb test -d /proc/self -a -c /dev/null -a -e /sys/kernel
		$bb test "$($bb find /dev -type b)" = ""
		! $bb test -e /dev/mapper/control
		$bb test -e "$LD_LIBRARY_PATH/libcuda.so.1"
		$bb test "$HOME" = "$PWD"
		$bb pwd >out.txt
	EOT
}

# program_job NAME LINES: of [Program]; the program is on standard input.
program_job() {
	printf '[Job]\nType=program\n[Program]\n%b\n' "$2" >"$work/jobs/$1.conf"
	cat >"$work/jobs/$1"
	chmod +x "$work/jobs/$1"
}

numbers() {
	seq 1 600000 | head -c 3145728
}

# same IMAGE: no byte of that disk is another than before.
same() {
	cmp "$work/$1.img" "$work/$1.before"
}

store_event() {
	event ".event == \"stage.store\" and $1" || { grep stage.store "$work/run/events.jsonl"; return 1; }
}

# outside: no byte of the store's disk is another than before but in the room of the store's extents.
outside() {
	cp --sparse=always "$work/$store_disk.img" "$work/outside.now"
	cp --sparse=always "$work/$store_disk.before" "$work/outside.before"
	sed -n 's/^extent=//p' "$store_map" >"$work/extents"
	[ -s "$work/extents" ] || return 1
	while read -r start length; do
		for copy in now before; do
			dd if=/dev/zero of="$work/outside.$copy" bs=4096 seek=$((start / 4096 + 1)) \
				count=$((length / 4096 - 1)) conv=notrunc status=none
		done
	done <"$work/extents"
	cmp "$work/outside.now" "$work/outside.before"
}

# kept DESCRIPTION VARIABLE=VALUE…: a run that is reset at its end, and what the dom0 has that collects it. The order has
# the line $order_says besides.
kept() {
	this=$1 run=$(uuidgen)
	shift
	cp "$work/maps/store.json" "$work/var/"
	cp --sparse=always "$work/$store_disk.img" "$work/$store_disk.before"
	bundle_to_xen JOBS="$work/jobs" STORE="$store_map" RUN="$run" "$@"
	[ -z "${order_says:-}" ] || echo "$order_says" >>"$work/esp/EFI/forestage/order"
	check "$this: ends in a reset" boot LIMIT=240 QEMU_EXTRA="$(eval "echo \"\$$store_disk\"")"
	check "$this: the run is kept before" in_order "^forestage: sealed" "^forestage: kept in the store" "^forestage: rebooting"
	check "$this: not a byte is another outside of the store" outside
	armed "$run" >"$work/var/armed.json"
}

# armed RUN: what dom0 has of its order.
armed() {
	printf '{"schema": "forestage-armed/1", "order": "%s", "store": {"path": "%s"}}' "$1" "$store_path"
}

# turn_byte OFFSET: of the disk's image: it becomes another one.
turn_byte() {
	byte=$(dd if="$work/nvme.img" bs=1 skip="$1" count=1 status=none | od -An -tu1)
	printf '%b' "\\0$(printf %03o $((byte ^ 1)))" | dd of="$work/nvme.img" bs=1 seek="$1" conv=notrunc status=none
}

# sector OFFSET: of the disk, where that byte of the store's room is; behind the extents' first blocks.
sector() {
	sed -n 's/^extent=//p' "$store_map" | awk -v at="$1" \
		'at < $2 - 4096 && !found { print int(($1 + 4096 + at) / 512); found = 1 } { at -= $2 - 4096 }'
}

conf_reset() {
	conf
	echo "hand-off=$1"
}

# The dom0 of the next boot: /run/out/run is the run's folder.
mkdir "$work/var"
cat >"$work/collect" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
mount -t ext4 /dev/nvme0n1p1 /mnt
run forestage store verify
run forestage status
run forestage collect --once
run forestage collect --once
run forestage status
cp -r /var/lib/forestage/runs/* /run/out/run
EOT
sed '/collect --once/d; s|^run forestage store verify|&\nrun forestage collect --out /run/out/run|' "$work/collect" >"$work/by-hand"
