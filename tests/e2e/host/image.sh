#!/bin/sh
# Builds the reference host's disk once: Debian 12 with its own GRUB, Xen and a whole dom0 with
# systemd.
#
#   tests/e2e/host/image.sh        prints the folder with disk.img (raw) and vars.fd
#
# Root is needed for the chroot that the packages are configured in. The first boot is Debian's
# kernel alone: it runs grub-install and update-grub, so that loader, boot entry and grub.cfg are
# those of a real installation. The folder is build/host/KEY; KEY is made of all that it is made of.
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${LIMIT:=900}"
here=$(dirname "$0")
packages=$(sed 's/#.*//' "$here/packages" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')
key=$(cat "$here/packages" "$here/image.sh" "$here/steps" "$here"/files/* | sha256sum | cut -c1-16)
out=$BUILD/host/$key
[ ! -f "$out/disk.img" ] || { echo "$out"; exit 0; }

say() {
	echo "host: $*" >&2
}
[ "$(id -u)" -eq 0 ] || {
	say "the host's packages are configured in a chroot, which needs root"
	exit 1
}

started=$(date +%s)
work=$BUILD/host/work
mkdir -p "$work"
root=$work/root

# fetch.sh knows the machine's own mirror.
scripts/fetch.sh --sources bookworm >"$work/sources.list"

root_uuid=6a1f0c1e-5d0f-4b0e-9d39-3c51f0a5a701
esp_uuid=F04E-57A6

# What goes into the root file system before packages are configured, and after.
cat >"$work/setup" <<HOOK
#!/bin/sh
set -e
mkdir -p "\$1/etc/initramfs-tools/conf.d" "\$1/etc/default/grub.d"
install -m 644 "$here/files/initramfs.conf" "\$1/etc/initramfs-tools/conf.d/reference"
install -m 644 "$here/files/modules" "\$1/etc/initramfs-tools/modules"
HOOK
cat >"$work/customize" <<HOOK
#!/bin/sh
set -e
install -m 644 "$here/files/grub" "\$1/etc/default/grub.d/reference.cfg"
install -m 755 "$here/steps" "\$1/usr/local/sbin/steps"
install -m 644 "$here/files/steps.service" "$here/files/steps.target" "\$1/etc/systemd/system/"
mkdir -p "\$1/etc/systemd/system.conf.d"
install -m 644 "$here/files/system.conf" "\$1/etc/systemd/system.conf.d/patient.conf"
sed -e "s/@ROOT@/$root_uuid/" -e "s/@ESP@/$esp_uuid/" "$here/files/fstab" >"\$1/etc/fstab"
ln -sf /etc/systemd/system/steps.target "\$1/etc/systemd/system/default.target"
for unit in $(tr '\n' ' ' <"$here/files/masked"); do
	ln -sf /dev/null "\$1/etc/systemd/system/\$unit"
done
echo reference >"\$1/etc/hostname"
echo uninitialized >"\$1/etc/machine-id"
mkdir -p "\$1/boot/efi" "\$1/steps"
for name in gpu media net infiniband; do rm -rf "\$1"/lib/modules/*/kernel/drivers/\$name; done
for name in doc man locale; do rm -rf "\$1/usr/share/\$name"; done
rm -rf "\$1"/lib/modules/*/kernel/sound "\$1"/lib/modules/*/kernel/arch/x86/crypto
for path in etc/apt/sources.list etc/apt/sources.list.d var/lib/apt/lists var/cache/apt; do
	rm -rf "\$1/\$path"
done
HOOK
chmod +x "$work/setup" "$work/customize"

install_root() {
	say "installing Debian with Xen into a folder"
	rm -rf "$root"
	mmdebstrap --mode=root --variant=essential --include="$packages" \
		--dpkgopt=force-unsafe-io \
		--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
		--setup-hook="$work/setup" --customize-hook="$work/customize" \
		bookworm "$root" - <"$work/sources.list" >"$work/mmdebstrap.log" 2>&1 || {
		tail -n 20 "$work/mmdebstrap.log" >&2
		exit 1
	}
}

# A disk whose first boot failed is made again from the same folder.
if [ "$(cat "$work/key" 2>/dev/null)" != "$key" ]; then
	install_root
	echo "$key" >"$work/key"
fi

# The disk: GPT, an ESP and an ext4 root file system, made without mounting anything.
say "making the disk"
mkdir -p "$work/esp/EFI"
esp_mib=200 root_mib=1500
rm -f "$work"/*.img
truncate -s "${esp_mib}M" "$work/esp.img"
/sbin/mkfs.vfat -F 32 -i "$(echo $esp_uuid | tr -d -)" -n ESP "$work/esp.img" >/dev/null
MTOOLS_SKIP_CHECK=1 mcopy -s -Q -i "$work/esp.img" "$work/esp"/* ::/
truncate -s "${root_mib}M" "$work/root.img"
/sbin/mkfs.ext4 -q -U "$root_uuid" -L reference -d "$root" "$work/root.img"
truncate -s "$((esp_mib + root_mib + 2))M" "$work/disk.img"
/sbin/sfdisk -q "$work/disk.img" <<EOT
label: gpt
start=1MiB, size=${esp_mib}MiB, type=uefi
size=${root_mib}MiB, type=linux
EOT
into="conv=notrunc,sparse bs=1M status=none"
# shellcheck disable=SC2086 # a list of words
dd if="$work/esp.img" of="$work/disk.img" seek=1 $into
# shellcheck disable=SC2086
dd if="$work/root.img" of="$work/disk.img" seek=$((1 + esp_mib)) $into

say "first boot: grub-install and update-grub"
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars.fd"
# shellcheck source=tests/e2e/host/machine.sh
. "$here/machine.sh"
steps_begin "$work/steps.img"
steps_add "$work/steps.img" "$here/files/first-boot"
DISK=$work/disk.img DISK_FORMAT=raw STEPS=$work/steps.img VARS=$work/vars.fd LIMIT=$LIMIT \
	machine_run "$work/serial.log" -kernel "$(echo "$root"/boot/vmlinuz-*)" \
	-initrd "$(echo "$root"/boot/initrd.img-*)" \
	-append "root=UUID=$root_uuid ro console=ttyS0,115200 quiet" || {
	tail -n 30 "$work/serial.log" >&2
	exit 1
}
steps_take "$work/steps.img" "$work/result"
[ "$(cat "$work/result/1.code" 2>/dev/null)" = 0 ] || {
	say "grub-install or update-grub failed:"
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
