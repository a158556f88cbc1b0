#!/bin/sh
# A stand-in for the core of NVIDIA's driver: the folder kernel-open of a public source tree has no
# nvidia/nv-kernel.o_binary, and building that from the tree's src/ takes more than a thousand files. What the rows ask
# for, memory and bus addresses, is in kernel-open itself; the core is only called when the module is loaded and when
# it finds a GPU. Each function of the core does nothing here and says that it went well.
#
#   research/evidence/stand-in.sh SOURCE     makes SOURCE/nvidia/nv-kernel.o_binary
set -eu
export LC_ALL=C

if [ $# -ne 1 ] || [ ! -d "$1/nvidia" ]; then
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
fi

# These answer with a truth value, and the others with a status, where 0 is success.
truths='rm_init_rm rm_init_private_state rm_init_event_locks rm_wait_for_bar_firewall rm_is_supported_pci_device'

{
	echo '/* weak: what kernel-open has of its own goes first */'
	# The driver's name in a string, as the core has it.
	echo 'const char *const pNVRM_ID = "nvidia id: stand-in";'
	# called, or handed on by their names, some of them in headers
	grep -hoE '\b(rm|nvlink_lib|nvswitch_lib)_[a-z0-9_]+\b|\bnv_get_hypervisor_type\b' \
		"$1"/nvidia/*.c "$1"/common/inc/*.h | sort -u | while read -r name; do
		case " $truths " in
		*" $name "*) value=1 ;;
		*) value=0 ;;
		esac
		echo "__attribute__((weak)) long $name(void) { return $value; }"
	done
} | ${CC:-gcc} -x c -std=gnu11 -O2 -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone -fcf-protection=none \
	-c -o "$1/nvidia/nv-kernel.o_binary" -
