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
BLOCK BLK_DEV_* SCSI ATA NVME_* MD EXT4_FS FAT_FS VFAT_FS FUSE_FS OVERLAY_FS NFS_FS AUTOFS_FS
NAMESPACES USER_NS PID_NS NET_NS UTS_NS CGROUPS
BPF_SYSCALL BPF_JIT DEBUG_FS FTRACE KPROBES UPROBES TRACING KGDB PROC_KCORE DEBUG_INFO
IO_URING USERFAULTFD KEXEC_FILE COREDUMP CHECKPOINT_RESTORE CROSS_MEMORY_ATTACH KEYS
DEVPORT X86_IOPL_IOPERM IA32_EMULATION X86_X32_ABI MODIFY_LDT_SYSCALL LEGACY_VSYSCALL_EMULATE
MODULE_FORCE_LOAD MODULE_FORCE_UNLOAD UEVENT_HELPER STATIC_USERMODEHELPER MAGIC_SYSRQ
USB USB_SUPPORT SOUND DRM VIRTIO KVM XEN HYPERVISOR_GUEST SWAP HIBERNATION SUSPEND
CRYPTO SECURITY ACPI_CUSTOM_METHOD ACPI_DEBUG X86_PTDUMP_CORE'

# The symbols that are on in a list or a configuration, one a line.
on() {
	sed -n 's/^CONFIG_\([A-Z0-9a-z_]*\)=.*/\1/p' "$1" | sort -u
}

listed() {
	sed 's/#.*//' "$allowed" | tr -s ' \t' '\n' | sed '/^$/d' | sort -u
}

# found FILE: the forbidden names in a file of names.
found() {
	for name in $forbidden; do
		case $name in
		*'*') grep -E "^${name%\*}" "$1" | grep -vx 'BLK_DEV_INITRD' ;;
		*) grep -xF "$name" "$1" ;;
		esac
	done
	return 0
}

none_in() {
	found "$1" >"$work/found"
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
	on "$fragment" >"$work/names"
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

no_modules() {
	! grep '=m$' "$config"
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
	check "the kernel has no modules of its own" no_modules
else
	for test in "nothing else than the two lists" "nothing that a job must not find" \
		"everything that was asked for" "no modules of its own"; do
		skip "the kernel has $test" "no own kernel: make kernel"
	done
fi
plan
