#!/bin/sh
# Lays out the bundle of an armed run, as `forestage arm` will do on a host:
#
#   scripts/bundle.sh FOLDER      (FOLDER/EFI/forestage/… is made anew)
#
# Environment: EFI, KERNEL, INITRAMFS (files); JOBS (a folder, may be empty); XEN, DOM0_KERNEL,
# DOM0_INITRD (files); MODULES (files, instead of DOM0_INITRD: all of Xen's modules behind dom0's kernel); XEN_OPTIONS, DOM0_OPTIONS; CONF (lines for forestage.conf);
# RUN (the order's id; "none": no order); STORE (a file: where the store lies)
set -eu
export LC_ALL=C

[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
root=$1/EFI/forestage

copy() {
	[ -f "$1" ] || { echo "bundle: $1 is missing" >&2; exit 1; }
	cp "$1" "$root/$2"
}

rm -rf "$root"
mkdir -p "$root/next" "$root/jobs"
copy "$EFI" forestage.efi
copy "$KERNEL" vmlinuz
copy "$INITRAMFS" initramfs.img
copy "$XEN" next/xen
# plain, as `forestage install` leaves it: kexec takes no other
if [ "$(head -c 2 "$root/next/xen" | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
	gzip -dc "$XEN" >"$root/next/xen"
fi
copy "$DOM0_KERNEL" next/vmlinuz
number=0
for module in ${MODULES:-}; do
	number=$((number + 1))
	copy "$module" "next/module-$number"
done
[ "$number" -gt 0 ] || copy "$DOM0_INITRD" next/initrd
cp -rL "$JOBS/." "$root/jobs"
store=
[ -z "${STORE:-}" ] || { copy "$STORE" store && store=store; }
printf '%s\n' "${CONF:-}" >"$root/forestage.conf"
printf 'xen-options=%s\ndom0-options=%s\n' "${XEN_OPTIONS:-}" "${DOM0_OPTIONS:-}" >"$root/next/next.conf"
(cd "$root" && find forestage.conf vmlinuz initramfs.img $store jobs next -type f ! -name '.*' | sort |
	xargs -d '\n' sha256sum) >"$root/manifest"
[ "${RUN:-none}" = none ] || printf 'run=%s\nrepeat=once\n' "$RUN" >"$root/order"
