#!/bin/sh
# The store, at length: made and verified by a dom0 on disks of AHCI and NVMe, found and proven by the stage on the same
# disks, and nothing else of them written. What make test has of it is tests/e2e/store.t.
TEST_NAME=store-disks # not that of tests/e2e/store.t
. tests/e2e/lib.sh
. tests/e2e/store/lib.sh
cloud_part=$stage_part
disk "$work/ahci.img" 256 2 64 64 64
disk "$work/nvme.img" 200 1 160
cat >"$work/make" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
anew() { rm -f /var/lib/forestage/store.json; }
mkdir /two
mount -t ext4 /dev/nvme0n1p1 /mnt && mount -t ext4 /dev/sda2 /two
export DM_DISABLE_UDEV=1 # there is none
dmsetup create linear --table "0 65536 linear /dev/sda3 0"
dmsetup create striped --table "0 65536 striped 2 128 /dev/sda3 65536 /dev/sda3 98304"
run forestage store create /run/store --size 16M --yes
run forestage store create /dev/sda2 --yes
run forestage store create /dev/mapper/striped --yes
run forestage store create /mnt/large --size 4G --yes
umount /two
run forestage store create /dev/sda2 --yes
dmsetup remove linear
dmsetup remove striped
run forestage store create /dev/sda --yes
dmsetup create linear --table "0 65536 linear /dev/sda3 0"
run forestage store create /dev/mapper/linear --yes
run forestage store verify
run forestage store remove --yes
run forestage store create /dev/sda1 --yes
run forestage store verify
run forestage store show
run forestage store create /mnt/store --size 32M --yes
run store-arm >/run/out/ahci.map
run forestage store verify
anew
run forestage store create /mnt/store --size 32M --yes
run rm -f /mnt/store
store-arm >/run/out/old.map
store-arm >/run/out/nvme.map
cp /var/lib/forestage/store.json /run/out/
run forestage store verify
cp /mnt/store /mnt/copy
sed -i s:/mnt/store:/mnt/copy: /var/lib/forestage/store.json
run forestage store verify
sed -i s:/mnt/copy:/mnt/store: /var/lib/forestage/store.json
run forestage store verify
rm /mnt/copy
sed -i '/^[+=]/d' /run/out/ahci.map
ln -s /proc/mounts /etc/mtab
run e4defrag -v /mnt/store
run forestage store verify
EOT
steps_files=$work/besides
mkdir -p "$steps_files/bin"
cp /usr/sbin/e4defrag "$steps_files/bin"
check "a dom0 makes stores on its disks" with_dom0 "$work/make"
cp "$work/left/log" "$work/made.log"
cp -r "$work/left" "$work/maps"
check "refused: a file system in memory" said "create /run/store" "is on a file system of kind 0x" "^= 1"
check "refused: what is mounted, or begins with something" said "create /dev/sda2" "cannot open /dev/sda2: .*busy" \
	"create /dev/sda2" "something stands in the first MiB of /dev/sda2" "^= 1"
check "refused: a whole disk" said "create /dev/sda --yes" "extent 0 is the disk's first block" "^= 1"
check "refused: a striped mapping" said "create /dev/mapper/striped" "a mapping of kind .striped." "^= 1"
check "refused: no room" said "create /mnt/large" "has room for" "^= 1"
check "a linear mapping: made, verified, removed" said "create /dev/mapper/linear" "^Made: .* in 1 piece" "^= 0" \
	"store verify" "is where it was" "^= 0" "store remove" "^Removed:" "^= 0"
check "a partition: made, verified, shown" said "create /dev/sda1" "^Made: .*63 MiB of room" "^= 0" "store verify" "^= 0" \
	"store show" "^GPT:" "^= 0"
check "one is enough" said "create /mnt/store" "this host has a store already, /dev/sda1" "^= 1" "store verify" "^= 0"
check "a file: made, and nobody removes it" said "create /mnt/store" "^Made:" "^= 0" "rm -f /mnt/store" \
	"not permitted" "^= 1" "store verify" "^= 0"
check "e4defrag moves none of it" said "e4defrag -v /mnt/store" "Operation not permitted" "store verify" "is where it was" "^= 0"
check "a copy of it is none" said "rm -f /mnt/store" "store verify" "^= 0" "store verify" \
	"the disk does not have what was written there: .*(there is no store|the store was moved)" "^= 1" "store verify" "^= 0"

cp --sparse=always "$work/nvme.img" "$work/nvme.before"
pack DRIVER=rehearsal
bundle_to_xen JOBS="$work/jobs" STORE="$work/maps/nvme.map"
QEMU_EXTRA=$nvme
export QEMU_EXTRA
ends_in_xen "a file on NVMe" 0
check "a file on NVMe: found, and proven" store_event '.disk == "nvme0n1" and .generation == 3 and .room_bytes > 33000000'
check "a file on NVMe: a job has no way to it" json '.verdict == "pass" and ([.jobs[].job] | any(. == "disks"))'
check "a file on NVMe: not a byte of the disk is another" same nvme
bundle_to_xen JOBS="$work/jobs" STORE="$work/maps/old.map"
ends_in_xen "an old order" 1
check "an old order: the reason, and no pass" store_event '(.error | test("of generation 3, and the order of 2: the order is an old one"))'
check "an old order: the jobs ran all the same" json '[.jobs[].status] | all(. == "pass")'
check "an old order: not a byte of the disk is another" same nvme

# refused DESCRIPTION MAP PATTERN QEMU-WORDS: the reason is said, the jobs run all the same, and it is no pass.
refused() {
	bundle_to_xen JOBS="$work/jobs" STORE="$2"
	QEMU_EXTRA=$4
	ends_in_xen "$1" 1
	check "$1: refused, and the jobs ran all the same" refusal "$3"
}
refusal() {
	store_event "(.error | test(\"$1\"))" && json '[.jobs[].status] | all(. == "pass")'
}
cp --sparse=always "$work/nvme.img" "$work/other.img"
other="-drive if=none,id=o,format=raw,file=$work/other.img -device nvme,drive=o"
refused "a copy of the disk in its place" "$work/maps/nvme.map" "its (WWN|serial number) is .*, and .* is wanted" "$other,serial=STORE-X"
# Of two NVMe disks with one serial number Linux takes the first alone.
refused "a disk twice" "$work/maps/nvme.map" "2 disks are the one that is wanted" \
	"$nvme -drive if=none,id=o,format=raw,file=$work/other.img -device virtio-blk-pci,drive=o,serial=STORE-N"
truncate -s +1M "$work/other.img"
refused "a larger disk in its place" "$work/maps/nvme.map" "it has .* bytes, and .* are wanted" "$other,serial=STORE-N"
refused "no disk" "$work/maps/nvme.map" "no(ne of the| disk)" ""
sed 's/^host=.*/host=00112233445566778899aabbccddeeff/' "$work/maps/nvme.map" >"$work/foreign.map"
refused "a store of another host" "$work/foreign.map" "extent 0 belongs to another host" "$nvme"
sed '/^extent=/{p;}' "$work/maps/nvme.map" >"$work/twice.map"
refused "extents that overlap" "$work/twice.map" "lie one over the other" "$nvme"
check "not a byte of the disk is another, whatever was refused" same nvme

# AHCI: Debian's cloud kernel has no driver for that.
stage_options="$stage_options quiet"
cp --sparse=always "$work/ahci.img" "$work/ahci.before"
stage_part=$part
pack DRIVER=rehearsal
bundle_to_xen KERNEL="$(echo "$part"/boot/vmlinuz-*)" JOBS="$work/jobs" STORE="$work/maps/ahci.map"
QEMU_EXTRA=$ahci
ends_in_xen "a partition on AHCI" 0
check "a partition on AHCI: found, and proven" store_event '.disk == "sda" and .generation == 2 and .extents == 1'
check "a partition on AHCI: not a byte of the disk is another" same ahci

# A run that ends in a reset is kept in the store, and the next normal boot collects it.
stage_part=$cloud_part
pack DRIVER=rehearsal
kept "hand-off=reset" CONF="$(conf_reset reset)"
check "hand-off=reset: the next boot's dom0" with_dom0 "$work/collect" "$work/var"
check "hand-off=reset: it collects the run, once" said "store verify" "^= 0" "status" "left no results" "^= 0" \
	"collect --once" "run $run: PASS, 2 of 2 passed" "^= 0" "collect --once" "^= 0" "status" "are collected" "^= 0"
rm -rf "$work/run"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "hand-off=reset: run.json is of that run, and says where it was" \
	json ".run_id == \"$run\" and .verdict == \"pass\" and .complete and .region.source == \"/mnt/store\""
start=$(sed -n 's/^extent=\([0-9]*\) .*/\1/p' "$work/maps/nvme.map" | head -n 1)
printf X | dd of="$work/nvme.img" bs=1 seek=$((start + 3 * 4096 + 2000)) conv=notrunc status=none
check "hand-off=reset: another dom0, behind a byte that was altered" with_dom0 "$work/by-hand" "$work/var"
check "hand-off=reset: an altered byte is no pass" said "collect --out" "Verdict: *INCOMPLETE" "^= 4"
head -c 65536 /dev/zero >"$work/no-xen"
kept "a Xen that is none, and hand-off=kexec-else-reset" CONF="$(conf_reset kexec-else-reset)" XEN="$work/no-xen"
check "a Xen that is none: the next boot's dom0" with_dom0 "$work/by-hand" "$work/var"
check "a Xen that is none: the run passes" said "collect --out" "Verdict: *PASS" "^= 0"

# The disk fails where a large file is to lie, behind the room of the run itself, which is 8 MiB and two blocks.
large_job
cat >"$work/fails.conf" <<EOT
[inject-error]
event = "write_aio"
errno = "5"
sector = "$(sector $(((8 << 20) + 8192 + 2500000)))"
EOT
whole=$nvme
nvme="-drive if=none,id=n,format=raw,file=blkdebug:$work/fails.conf:$work/nvme.img -device nvme,drive=n,serial=STORE-N"
kept "a disk that fails half-way" CONF="$(conf_reset reset)"
nvme=$whole
check "a disk that fails half-way: the next boot's dom0" with_dom0 "$work/by-hand" "$work/var"
check "a disk that fails half-way: no pass, and whole" said "collect --out" "Verdict: *FAIL" "^= 1"
rm -rf "$work/run"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "a disk that fails half-way: the job of the file has failed, with the reason" \
	json '.complete and any(.jobs[]; .job == "large" and .status == "error" and
		(.reason | test("large.bin cannot be written to the store: .* cannot be written: ")))'
check "a disk that fails half-way: the others passed" json '[.jobs[] | select(.job != "large").status] | all(. == "pass")'
finish_tests
