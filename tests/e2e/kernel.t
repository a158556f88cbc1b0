#!/bin/sh
# The stage's own kernel: on machines of many kinds, with NVIDIA's modules, and what a job can reach in it.
# Skipped until `make kernel` has built it. LONG=yes adds the machines that take minutes under TCG: very
# many processors, very much memory.
. tests/e2e/lib.sh

own=$BUILD/kernel/current
[ -f "$own/versions" ] || skip_all "no own kernel: make kernel"
release=$(sed -n 's/^kernel=//p' "$own/versions")

set_up "no init" "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -static \
	-o "$work/init" tests/e2e/kernel/init.c

# pack_init FOLDER [DRIVER_FOLDER]: a file system with the init, and with a driver's modules.
pack_init() {
	rm -rf "$work/root"
	mkdir -p "$work/root"
	cp "$work/init" "$work/root/init"
	[ $# -lt 2 ] || { mkdir "$work/root/modules" && cp "$2"/modules/* "$work/root/modules/"; }
	(cd "$work/root" && find . -mindepth 1 | cpio --quiet -o -H newc | gzip -1) >"$1"
}

# machine DESCRIPTION SECONDS QEMU_ARGUMENT…: boots the kernel alone; it must switch the machine off.
machine() {
	machine=$1 limit=$2
	shift 2
	rm -f "$work/console"
	begin=$(date +%s)
	check "$machine: ends by itself" timeout -k 5 "$limit" qemu-system-x86_64 -nodefaults \
		-accel tcg,thread=multi -cpu max -display none -no-reboot -kernel "$own/vmlinuz" \
		-initrd "$work/initrd" -append "$options console=ttyS0,115200n8" \
		-serial "file:$work/serial.log" "$@"
	echo "# $machine: $(($(date +%s) - begin)) s"
	tr -d '\r' <"$work/serial.log" >"$work/console"
	check "$machine: it is ours, and comes to its end" in_order "^kernel: release=$release\$" "^kernel: end\$"
	check "$machine: no complaint" quiet
}

# The stage's own words (efi/parse/stageline.c); everything that is a warning would be seen.
options="intel_iommu=off amd_iommu=off panic=-1 loglevel=5 mitigations=off"

quiet() {
	! grep -aE 'BUG:|WARNING:|Call Trace|Kernel panic|Oops' "$work/console"
}

# Only what nvidia-uvm takes from nvidia may be missing: without a GPU, nvidia does not stay.
all_symbols() {
	! grep -a 'Unknown symbol' "$work/console" | grep -v 'nvidia_uvm: Unknown symbol nvUvmInterface'
}

has() {
	check "$machine: $1" console_has "$2"
}

pack_init "$work/initrd"
machine "machine q35" 60 -machine q35 -smp 2 -m 1G
has "two processors" '^kernel: processors=2$'
machine "machine pc" 60 -machine pc -smp 2 -m 1G
has "two processors" '^kernel: processors=2$'
machine "two NUMA nodes" 60 -machine q35 -smp 4,sockets=2 -m 2G \
	-object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G \
	-numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,cpus=2-3,memdev=m1
has "both are there" '^kernel: nodes=0-1$'
machine "Intel IOMMU" 60 -machine q35,kernel-irqchip=off -smp 2 -m 1G -device intel-iommu,intremap=on
has "interrupts are remapped" 'kernel: log: .*DMAR-IR: Enabled IRQ remapping'
machine "AMD IOMMU" 60 -machine q35 -smp 2 -m 1G -device amd-iommu,intremap=on
has "both processors" '^kernel: processors=2$'

# Page structures of so much memory take 1/64 of it, which this machine must have to spare.
large_memory() {
	spare=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
	if [ "$spare" -lt 12 ]; then
		skip "512 GB of memory" "this machine has $spare GB to spare"
		return
	fi
	machine "512 GB of memory" 500 -machine q35,memory-backend=m -smp 4 -m 512G \
		-object memory-backend-ram,id=m,size=512G,reserve=off
	has "all of it" '^kernel: memory_mib=5[0-9]{5}$'
}

if [ "${LONG:-no}" = yes ]; then
	machine "64 processors" 300 -machine q35 -smp 64,sockets=2,cores=16,threads=2 -m 2G
	has "all are there" '^kernel: processors=64$'
	machine "255 processors" 900 -machine q35 -smp 255 -m 3G
	has "all are there" '^kernel: processors=255$'
	large_memory
fi

# NVIDIA's modules, where scripts/driver.sh has built them for this kernel.
found=
for driver in "$BUILD"/driver/*-own; do
	grep -qx "kernel=$release" "$driver/versions" 2>/dev/null || continue
	found=yes
	pack_init "$work/initrd" "$driver"
	machine "$(basename "$driver")" 120 -machine q35 -smp 2 -m 2G
	has "it is loaded as far as a GPU is needed" '^kernel: module nvidia: No such device$'
	has "it says so" 'NVRM: No NVIDIA GPU found'
	check "$machine: the kernel has every symbol they need" all_symbols
done
if [ -z "$found" ]; then
	skip "NVIDIA's modules" "not built for it: KERNEL=own scripts/driver.sh"
fi

# From here on, whole runs on a machine with a disk of NVMe and one of AHCI, and one behind a RAID controller.
. tests/e2e/store/lib.sh
stage_kernel=$own/vmlinuz stage_part=$own
disk "$work/ahci.img" 64 1 56
disk "$work/nvme.img" 64 1 56
disk "$work/raid.img" 64 1 56
raid="-drive if=none,id=r,format=raw,file=$work/raid.img -device megasas-gen2,id=raid -device scsi-hd,drive=r,bus=raid.0,serial=STORE-R"
steps_extra=$raid steps_drivers=megaraid_sas steps_disks=/dev/sdb1
pack DRIVER=rehearsal

# What is loaded, and knows of a disk: a line each.
program_job drivers Exec=./drivers <<'EOT'
#!/bin/sh
cut -d ' ' -f 1 /proc/modules
ls /sys/block
for device in /sys/bus/pci/devices/*; do
	case $(cat $device/class) in 0x01*) [ ! -e $device/driver ] || readlink $device/driver ;; esac
done
[ -z "$(find /dev -type b)" ]
EOT

# printed JOB: by it, in the collected run.
printed() {
	cat "$work/run/jobs/$1"/*/stdout
}

# An order without a store, with a job that tries what it should not be able to do.
mkdir "$work/reach"
set_up "no job" "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wundef -O2 -static \
	-o "$work/reach/reach" tests/e2e/kernel/reach.c
printf '[Job]\nType=program\n[Program]\nExec=./reach\n' >"$work/reach/reach.conf"
cp "$work"/jobs/drivers* "$work/reach"
for image in nvme ahci raid; do cp --sparse=always "$work/$image.img" "$work/$image.before"; done
pack_dom0
bundle JOBS="$work/reach"
truncate -s 300M "$work/out.img"
check "a job that reaches out: ends by itself" boot LIMIT=150 OUT_DISK="$work/out.img" QEMU_EXTRA="$nvme $ahci $raid"
check "a job that reaches out: dom0 hands over" scripts/handover.sh "$work/out.img" "$work/serial.log" "$work"
check "a job that reaches out: nothing was possible" grep -x '0 possible' "$work"/run/jobs/reach/*/stdout
check "a job that reaches out: each attempt was refused" test \
	"$(grep -c ': refused' "$work"/run/jobs/reach/*/stdout)" -eq 24
check "a job that reaches out: it passes" json '[.jobs[] | select(.job == "reach")] | length > 0 and all(.status == "pass")'
check "an order without a store: no module is loaded, and no disk is known" test -z "$(printed drivers)"
check "an order without a store: the job that looks passes" json '[.jobs[] | select(.job == "drivers" and .status == "pass")] | length == 1'
check "an order without a store: NVMe is as it was" same nvme
check "an order without a store: AHCI is as it was" same ahci
check "an order without a store: the RAID controller's disk is as it was" same raid

# A store on each of them, made by the dom0s of three hosts, with inputs, and what is too large for the region.
cat >"$work/make" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
for disk in nvme:/dev/nvme0n1p1 ahci:/dev/sda1 raid:/dev/sdb1; do
	mount -t ext4 ${disk#*:} /mnt
	run forestage store create /mnt/store --size 24M --yes
	store-arm /inputs tree small land.erofs >/run/out/${disk%:*}.map
	run forestage store verify
	mv /var/lib/forestage/store.json /run/out/${disk%:*}.json
	umount /mnt
done
EOT
input_jobs
large_job
check "stores of a dom0" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
check "stores of a dom0: all are there" said "create /mnt/store" "^= 0" "verify" "^= 0" "create /mnt/store" "^= 0" "verify" "^= 0" "create /mnt/store" "^= 0" "verify" "^= 0"
order_says=hand-off=reset

# on_disk NAME LINUX_NAME PARTITION MODULE…: a run with the store there, and the dom0 that collects it.
on_disk() {
	store_disk=$1 store_map=$work/maps/$1.map node=$2 partition=$3
	shift 3
	cp "$work/maps/$store_disk.json" "$work/maps/store.json"
	sed "s:/dev/nvme0n1p1:$partition:" "$work/collect" >"$work/steps"
	kept "a store on $store_disk"
	check "$this: the next boot's dom0" with_dom0 "$work/steps" "$work/var"
	check "$this: it collects the run" said "store verify" "^= 0" "collect --once" "run $run: PASS, 7 of 7 passed" "^= 0"
	rm -rf "$work/run"
	cp -r "$work/left/run" "$work/run" 2>/dev/null
	check "$this: run.json is of that run" json ".run_id == \"$run\" and .verdict == \"pass\" and .complete"
	check "$this: it was found, and proven" store_event ".disk == \"$node\" and .room_bytes > 25000000"
	check "$this: a large file came through it" cmp "$work/large.bin" "$work/run/jobs/large/0/large.bin"
	check "$this: the inputs were mapped" event '.event == "stage.inputs" and (.error | not) and (.inputs | length == 3)'
	check "$this: a program reads a tree of it, each block held against its hash" grep -qx \
		"$(sha256sum <"$work/large.bin" | cut -d' ' -f 1)" "$work/run/jobs/reads/0/sum.txt"
	printed drivers >"$work/console"
	for module in "$@" dm_verity erofs sha256_ssse3; do
		check "$this: $module is loaded" console_has "^$module\$"
	done
}

numbers >"$work/large.bin"
on_disk nvme nvme0n1 /dev/nvme0n1p1 nvme
on_disk ahci sda /dev/sda1 ahci sd_mod
on_disk raid sda /dev/sdb1 megaraid_sas sd_mod
finish_tests
