#!/bin/sh
# Builds the root file system of the reference hosts once, as a folder: Debian 12 with its own GRUB, Xen and a whole
# dom0 with systemd. What a host has of its own is put into it by image.sh.
#
#   tests/e2e/host/root.sh        prints the folder
#
# Root is needed for the chroot that the packages are configured in. The folder is build/host/root-KEY; KEY is made of
# all that it is made of.
set -eu
export LC_ALL=C

: "${BUILD:=build}"
here=$(dirname "$0")
packages=$(sed 's/#.*//' "$here/packages" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')
key=$(cat "$here/packages" "$here/root.sh" "$here/steps" "$here"/files/* | sha256sum | cut -c1-16)
root=$BUILD/host/root-$key
[ ! -d "$root" ] || { echo "$root"; exit 0; }

say() {
	echo "host: $*" >&2
}
[ "$(id -u)" -eq 0 ] || {
	say "the host's packages are configured in a chroot, which needs root"
	exit 1
}

started=$(date +%s)
work=$BUILD/host/work-root
rm -rf "$work"
mkdir -p "$work"

# fetch.sh knows the machine's own mirror.
scripts/fetch.sh --sources bookworm >"$work/sources.list"

# What goes in before packages are configured, and after.
cat >"$work/setup" <<HOOK
#!/bin/sh
set -e
mkdir -p "\$1/etc/initramfs-tools/conf.d"
install -m 644 "$here/files/initramfs.conf" "\$1/etc/initramfs-tools/conf.d/reference"
install -m 644 "$here/files/modules" "\$1/etc/initramfs-tools/modules"
HOOK
cat >"$work/customize" <<HOOK
#!/bin/sh
set -e
install -m 755 "$here/steps" "\$1/usr/local/sbin/steps"
install -m 644 "$here/files/steps.service" "$here/files/steps.target" "\$1/etc/systemd/system/"
mkdir -p "\$1/etc/systemd/system.conf.d"
install -m 644 "$here/files/system.conf" "\$1/etc/systemd/system.conf.d/patient.conf"
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

say "installing Debian with Xen into a folder"
mmdebstrap --mode=root --variant=essential --include="$packages" \
	--dpkgopt=force-unsafe-io \
	--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
	--setup-hook="$work/setup" --customize-hook="$work/customize" \
	bookworm "$work/root" - <"$work/sources.list" >"$work/log" 2>&1 || {
	tail -n 20 "$work/log" >&2
	exit 1
}
mv "$work/root" "$root"
rm -rf "$work"
say "the packages of both hosts took $(($(date +%s) - started)) s"
echo "$root"
