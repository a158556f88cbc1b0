#!/bin/sh
# The store on each kind of disk that the stage can have in QEMU, in each layout that a host has: a partition, a logical
# volume of lvm2's own tools in two pieces, a file on ext4, a file on xfs. Each time a run with a large result ends in a
# reset, the disk is what it was outside of the store's extents, and the next dom0 collects the run by its hashes.
# ROWS="nvme-volume ahci-ext4" picks some.
. tests/e2e/lib.sh
. tests/e2e/store/lib.sh

set_up "no lvm2 or xfs" scripts/parts.sh volumes
volumes=$(realpath "$BUILD/parts/volumes")
virtio="-drive if=none,id=v,format=raw,file=$work/virtio.img -device virtio-blk-pci,drive=v,serial=STORE-V"
buses="ahci nvme virtio" layouts="partition volume ext4 xfs"
rows=${ROWS:-$(for bus in $buses; do for layout in $layouts; do echo "$bus-$layout"; done; done)}

# What dom0 calls the first partition of a bus's disk, but for its number; and a layout's path.
part_of() {
	case $1 in ahci) echo /dev/sda ;; nvme) echo /dev/nvme0n1p ;; virtio) echo /dev/vda ;; esac
}
path_of() {
	case $2 in
	partition) echo "$(part_of "$1")1" ;;
	volume) echo "/dev/$1/forestage" ;;
	*) echo "/mnt/$1-$2/store" ;;
	esac
}

# A partition, one for the volume group, an ext4 and an xfs, whose tools make none of less than 300 MiB.
for bus in $buses; do
	disk "$work/$bus.img" 470 3 40 48 56 320
	rm -f "$work/xfs"
	truncate -s 320M "$work/xfs"
	set_up "no xfs" env LD_LIBRARY_PATH="$volumes/usr/lib/x86_64-linux-gnu" "$volumes/sbin/mkfs.xfs" -q "$work/xfs"
	dd if="$work/xfs" of="$work/$bus.img" bs=1M seek=145 conv=notrunc,sparse status=none
done

# --- what its dom0s do ---

steps_drivers=xfs
steps_files=$work/besides
with_lvm2

begin_steps() {
	cat <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
export DM_DISABLE_UDEV=1
EOT
	for bus in $buses; do
		echo "mkdir -p /mnt/$bus-ext4 /mnt/$bus-xfs"
		echo "mount -t ext4 $(part_of "$bus")3 /mnt/$bus-ext4; mount -t xfs $(part_of "$bus")4 /mnt/$bus-xfs"
	done
}

# row_said ROW PATTERN…: what the steps of that row have printed, one behind the other.
row_said() {
	sed -n "/^== $1\$/,/^== /p" "$work/left/log" | tr -d '\r' >"$work/console"
	shift
	in_order "$@" || { cat "$work/console"; return 1; }
}

# The volume grows behind one that is made meanwhile, so it lies in two pieces.
begin_steps >"$work/make"
for bus in $buses; do
	cat <<EOT
lvm pvcreate -q $(part_of "$bus")2 && lvm vgcreate -q $bus $(part_of "$bus")2
lvm lvcreate -q -y -n forestage -l 3 $bus && lvm lvcreate -q -y -n other -l 1 $bus && lvm lvextend -q -l +3 $bus/forestage
EOT
done >>"$work/make"
for row in $rows; do
	bus=${row%-*} layout=${row#*-}
	size=
	case $layout in ext4 | xfs) size="--size 24M" ;; esac
	cat <<EOT
echo "== $row"
rm -f /var/lib/forestage/store.json
run forestage store create $(path_of "$bus" "$layout") $size --yes
run forestage store verify
store-arm >/run/out/$row.map
cp /var/lib/forestage/store.json /run/out/$row.json
EOT
done >>"$work/make"
check "a dom0 makes stores of each kind on disks of each kind" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
for row in $rows; do
	check "$row: made, and verified" row_said "$row" "^Made:" "^= 0" \
		"store verify" "is where it was" "^= 0"
done
volume_in_two() {
	for row in $rows; do
		case $row in *-volume) [ "$(grep -c ^extent= "$work/maps/$row.map")" -eq 2 ] || return ;; esac
	done
}
check "each volume lies in two pieces" volume_in_two

# --- the runs ---

large_job
packed=
for row in $rows; do
	store_disk=${row%-*} store_map=$work/maps/$row.map
	store_path=$(path_of "$store_disk" "${row#*-}")
	# Debian's cloud kernel has no driver for AHCI.
	kernel=$stage_kernel stage_part_now=$stage_part
	[ "$store_disk" != ahci ] || kernel=$(echo "$part"/boot/vmlinuz-*) stage_part_now=$part
	[ "$packed" = "$kernel" ] || pack DRIVER=rehearsal KERNEL_PART="$stage_part_now"
	packed=$kernel
	cp "$work/maps/$row.json" "$work/maps/store.json"
	kept "$row" CONF="$(conf_reset reset)" KERNEL="$kernel"
	mkdir -p "$steps_files/rows/$row"
	cp "$work/var/armed.json" "$work/var/store.json" "$steps_files/rows/$row"
	echo "$run" >"$work/$row.run"
done

# Of these disks, that of virtio alone can be read-only.
case $rows in
*virtio-partition*)
	pack DRIVER=rehearsal KERNEL_PART="$stage_part"
	bundle_to_xen JOBS="$work/jobs" STORE="$work/maps/virtio-partition.map"
	cp --sparse=always "$work/virtio.img" "$work/virtio.before"
	QEMU_EXTRA=$(echo "$virtio" | sed 's/format=raw/&,readonly=on/') ends_in_xen "a read-only disk" 1
	check "a read-only disk: refused" store_event '(.error | test("is read-only"))'
	check "a read-only disk: not a byte of it is another" cmp "$work/virtio.img" "$work/virtio.before"
	;;
esac

begin_steps >"$work/collect"
echo "lvm vgchange -q -ay" >>"$work/collect"
for row in $rows; do
	cat <<EOT
echo "== $row"
rm -rf /var/lib/forestage
cp -r /rows/$row /var/lib/forestage
run forestage store verify
run forestage collect --once
run forestage status
mv /var/lib/forestage/runs/* /run/out/$row
EOT
done >>"$work/collect"
check "a dom0 collects them" with_dom0 "$work/collect"
numbers >"$work/large.bin"
for row in $rows; do
	run=$(cat "$work/$row.run")
	check "$row: the run has passed, and is collected" row_said "$row" "store verify" "^= 0" "collect --once" \
		"run $run: PASS, 3 of 3 passed" "^= 0" "are collected"
	rm -rf "$work/run"
	cp -r "$work/left/$row" "$work/run" 2>/dev/null
	check "$row: run.json says where it was" json ".run_id == \"$run\" and .verdict == \"pass\" and .complete and
		.region.source == \"$(path_of "${row%-*}" "${row#*-}")\" and .region.data_bytes < 1048576"
	check "$row: the large file is what the job has left" cmp "$work/large.bin" "$work/run/jobs/large/0/large.bin"
	check "$row: the stage has found the store" store_event '.generation == 2 and .room_bytes > 20000000'
done
finish_tests
