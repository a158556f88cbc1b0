#!/bin/sh
# The own kernel holds what initramfs/kernel.config asks for and what that brings along, which is listed in
# initramfs/kernel.allowed; so nothing creeps in unseen. The lists are checked always, the finished
# configuration when `make kernel` has left one.
set -u
export LC_ALL=C

: "${BUILD:=build}"
fragment=initramfs/kernel.config
allowed=initramfs/kernel.allowed
config=$BUILD/kernel/current/config
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

# What a job must not find, by name or by the beginning of a name (with a star).
forbidden='INET IPV6 NETFILTER PACKET NETDEVICES ETHERNET WLAN BT VSOCKETS XFRM TIPC
BLK_DEV_LOOP BLK_DEV_RAM BLK_DEV_NBD BLK_DEV_ZONED BLK_DEV_BSG BLK_DEV_IO_TRACE BLK_DEBUG_FS BLK_DEV_MD
MSDOS_PARTITION EFI_PARTITION CHR_DEV_SG CHR_DEV_ST BLK_DEV_SR NVME_MULTIPATH NVME_FABRICS NVME_TARGET ATA_SFF
DM_CRYPT DM_SNAPSHOT DM_MIRROR DM_MULTIPATH DM_INIT ISCSI_TCP
EXT4_FS FAT_FS VFAT_FS FUSE_FS OVERLAY_FS NFS_FS AUTOFS_FS XFS_FS BTRFS_FS EROFS_FS_ONDEMAND
NAMESPACES USER_NS PID_NS NET_NS UTS_NS CGROUPS
BPF_SYSCALL BPF_JIT DEBUG_FS FTRACE KPROBES UPROBES TRACING KGDB PROC_KCORE DEBUG_INFO
IO_URING USERFAULTFD KEXEC_FILE COREDUMP CHECKPOINT_RESTORE CROSS_MEMORY_ATTACH KEYS
DEVPORT X86_IOPL_IOPERM IA32_EMULATION X86_X32_ABI MODIFY_LDT_SYSCALL LEGACY_VSYSCALL_EMULATE
MODULE_FORCE_LOAD MODULE_FORCE_UNLOAD UEVENT_HELPER STATIC_USERMODEHELPER MAGIC_SYSRQ
USB USB_SUPPORT SOUND DRM KVM XEN HYPERVISOR_GUEST SWAP HIBERNATION SUSPEND
CRYPTO_USER CRYPTO_USER_API_* SECURITY ACPI_CUSTOM_METHOD ACPI_DEBUG X86_PTDUMP_CORE'

# What it has as modules alone, which only an order with a store loads: without them the block layer has no disk.
modules='SCSI SCSI_COMMON SCSI_MOD SCSI_SAS_ATTRS SCSI_MPT3SAS SCSI_SMARTPQI SCSI_VIRTIO MEGARAID_SAS BLK_DEV_SD
ATA SATA_AHCI NVME_CORE BLK_DEV_NVME VIRTIO VIRTIO_PCI VIRTIO_PCI_LIB VIRTIO_BLK
BLK_DEV_DM DM_BUFIO DM_VERITY EROFS_FS CRYPTO CRYPTO_ALGAPI CRYPTO_HASH CRYPTO_SHA256 CRYPTO_SHA256_SSSE3 CRYPTO_CRC32C LIBCRC32C'

# The symbols that are on in a list or a configuration, one a line, with =m behind a module's, as $allowed has it.
on() {
	sed -n -e 's/^CONFIG_\([A-Z0-9a-z_]*=m\)$/\1/p' -e t -e 's/^CONFIG_\([A-Z0-9a-z_]*\)=.*/\1/p' "$1" | sort -u
}

listed() {
	sed 's/#.*//' "$allowed" | tr -s ' \t' '\n' | sed '/^$/d' | sort -u
}

# none_in FILE: no name in it is forbidden, nor one built in that may be a module alone.
none_in() {
	while read -r name; do
		set -f
		for pattern in $forbidden; do
			# shellcheck disable=SC2254 # patterns
			case ${name%=m} in $pattern) echo "$name" ;; esac
		done
		for pattern in $modules; do # SCSI=m is not SCSI
			# shellcheck disable=SC2254 # patterns
			case $name in $pattern) echo "$name is no module" ;; esac
		done
		set +f
	done <"$1" >"$work/found"
	[ ! -s "$work/found" ] || { cat "$work/found"; return 1; }
}

# Each group of the fragment starts with a line that says why it is there.
every_group_says_why() {
	awk '/^# ---/ { why = 1; next }
		/^CONFIG_|^# CONFIG_/ { if (!why) { print "no reason above: " $0; bad = 1 } next }
		/^$/ { why = 0 }
		END { exit bad }' "$fragment"
}

no_twice() {
	on "$fragment" | sed 's/=m$//' >"$work/names"
	sed -n 's/^# CONFIG_\([A-Z0-9_]*\) is not set/\1/p' "$fragment" >>"$work/names"
	[ -z "$(sort "$work/names" | uniq -d)" ] || { sort "$work/names" | uniq -d; return 1; }
}

# What the compiler, the assembler and the architecture can do is no part of the kernel.
within() {
	{ on "$fragment" && listed; } | sort -u >"$work/may"
	grep -vE '=("|[0-9]|0x)' "$config" >"$work/config"
	on "$work/config" | grep -vE '^(HAVE|ARCH|CC|AS|LD|GCC[0-9]*|CLANG|GENERIC|TOOLS|PAHOLE|RUST|CPU_RMAP)(_|$)|(^|_)HAVE_|_HAS_|^LOCK_|^INLINE_' >"$work/is"
	comm -23 "$work/is" "$work/may" >"$work/more"
	[ ! -s "$work/more" ] || { echo "not in $allowed:"; cat "$work/more"; return 1; }
}

asked_is_there() {
	grep -E '^CONFIG_' "$fragment" | grep -vxFf "$config" >"$work/lost"
	[ ! -s "$work/lost" ] || { cat "$work/lost"; return 1; }
}

check "every group of options says why it is there" every_group_says_why
check "no option is named twice" no_twice
on "$fragment" >"$work/fragment"
check "the fragment asks for nothing that a job must not find" none_in "$work/fragment"
listed >"$work/listed"
check "nor does the list of what comes along hold such a thing" none_in "$work/listed"
if [ -f "$config" ]; then
	check "the kernel has nothing else than the two lists" within
	on "$config" >"$work/all"
	check "the kernel has nothing that a job must not find" none_in "$work/all"
	check "the kernel has everything that was asked for" asked_is_there
else
	for test in "nothing else than the two lists" "nothing that a job must not find" \
		"everything that was asked for"; do
		skip "the kernel has $test" "no own kernel: make kernel"
	done
fi
plan
