#!/bin/sh
# Makes what tests/bench/boot boots, below build/bench/: one ESP folder for each way to Xen.
#
#   tests/bench/boot-prepare.sh
#
# The ready-made initramfs are made by Debian's own tools in a Debian of their own (build/bench/root), so
# that nothing is installed on this machine. Needs root for that chroot, and a finished `make`.
# Environment: BUILD; WAYS (the names to make; default: all, but for moved and tools); XEN (instead of Debian 12's)
set -eu
export LC_ALL=C

: "${BUILD:=build}"
export BUILD
here=tests/bench
bench=$BUILD/bench
root=$bench/root
ready="most dep dep-cloud dracut dracut-hostonly"
: "${WAYS:=own default debian $ready xen grub none}"

first() {
	for file; do [ -f "$file" ] && { echo "$file"; return; }; done
	echo "bench: none of these is there: $*" >&2
	exit 1
}

# --- the parts ---

parts() {
	scripts/parts.sh >&2
	cloud_kernel=$(first "$BUILD"/parts/stage/boot/vmlinuz-*)
	cloud=${cloud_kernel##*/vmlinuz-}
	dom0_kernel=$(first "$BUILD"/parts/dom0/boot/vmlinuz-*)
	xen=${XEN:-$(first "$BUILD"/parts/xen/boot/xen-*.gz)}
	mkdir -p "$bench"
	DOM0_PART=$BUILD/parts/dom0 tests/e2e/dom0/pack.sh "$bench/dom0.initrd"
}

# The kernel that the ready-made initramfs are made for.
debian_kernel() {
	debian_part=$(scripts/driver.sh kernel)
	debian=$(ls "$debian_part/lib/modules")
}

# --- a Debian to make the ready-made ones in ---

chroot_make() {
	[ ! -e "$root/.ready" ] || return 0
	scripts/fetch.sh bookworm "$BUILD/parts/mmdebstrap" mmdebstrap >&2
	scripts/fetch.sh --sources bookworm >"$bench/sources.list"
	echo "bench: making a Debian in $root: some minutes" >&2
	rm -rf "$root"
	nice -n 10 "$BUILD/parts/mmdebstrap/usr/bin/mmdebstrap" --mode=root --variant=apt --quiet \
		--include=initramfs-tools,dracut-core,busybox,zstd,kexec-tools,kmod,udev,mount,cpio,xz-utils \
		bookworm "$root" "$bench/sources.list" >&2
	touch "$root/.ready"
}

# chroot_kernel PART RELEASE: a kernel with its modules, as its package would install them.
chroot_kernel() {
	[ ! -e "$root/lib/modules/$2/modules.dep" ] || return 0
	mkdir -p "$root/lib/modules"
	cp -r "$1/lib/modules/$2" "$root/lib/modules/"
	cp "$1/boot/config-$2" "$1/boot/vmlinuz-$2" "$root/boot/"
	/sbin/depmod -b "$root" "$2"
}

# in_chroot COMMAND…: with the file systems that MODULES=dep and dracut's hostonly look at. They see a
# root file system on a disk of this machine, as on any host.
in_chroot() {
	mkdir -p "$bench/empty"
	# shellcheck disable=SC2016 # expanded by that shell
	unshare -m sh -eu -c '
		root=$1; shift
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		exec chroot "$root" "$@"' sh "$(cd "$root" && pwd)" "$@"
}

initramfs_tools() {
	conf=$root/etc/initramfs-tools
	mkdir -p "$conf/hooks" "$conf/scripts/init-premount"
	cat >"$conf/hooks/kexec" <<-'END'
		#!/bin/sh
		[ "$1" != prereqs ] || exit 0
		. /usr/share/initramfs-tools/hook-functions
		copy_exec /sbin/kexec /sbin
	END
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016 # expanded by the script that this makes
		echo '[ "$1" != prereqs ] || exit 0'
		cat "$here/boot-kexec.sh"
	} >"$conf/scripts/init-premount/kexec"
	chmod +x "$conf/hooks/kexec" "$conf/scripts/init-premount/kexec"
	echo "MODULES=$2" >"$conf/conf.d/modules"
	in_chroot mkinitramfs -o "/boot/$1.img" "$3" >"$bench/$1.log" 2>&1
}

dracut_image() {
	module=$root/usr/lib/dracut/modules.d/99xen-kexec
	mkdir -p "$module"
	cat >"$module/module-setup.sh" <<-'END'
		#!/bin/bash
		check() { return 0; }
		install() {
			inst_multiple kexec zcat gzip cp dd sed
			inst_hook pre-trigger 10 "$moddir/kexec.sh"
			# without a root it does not go on, and only a hostonly image keeps --kernel-cmdline
			mkdir -p "$initdir/etc/cmdline.d"
			echo root=/dev/sda1 >"$initdir/etc/cmdline.d/root.conf"
		}
	END
	cp "$here/boot-kexec.sh" "$module/kexec.sh"
	chmod +x "$module"/*.sh
	in_chroot dracut --force --no-early-microcode "$2" --kver "$debian" "/boot/$1.img" >"$bench/$1.log" 2>&1
}

ready_made() {
	[ -z "$(find "$root/boot/$1.img" -newer "$here/boot-kexec.sh" 2>/dev/null)" ] || return 0
	chroot_make
	chroot_kernel "$debian_part" "$debian"
	echo "bench: $1" >&2
	case $1 in
	most | dep) initramfs_tools "$1" "$1" "$debian" ;;
	dep-cloud)
		chroot_kernel "$BUILD/parts/stage" "$cloud"
		initramfs_tools "$1" dep "$cloud"
		;;
	dracut) dracut_image "$1" --no-hostonly ;;
	dracut-hostonly) dracut_image "$1" --hostonly ;;
	esac || {
		tail -n 20 "$bench/$1.log" >&2
		exit 1
	}
}

# --- ESP folders ---

# bundle NAME KERNEL INITRAMFS [RUN [FILE]]: FILE in the place of the next system's files.
bundle() {
	rm -rf "$bench/$1.esp"
	mkdir -p "$bench/no-jobs"
	EFI=$BUILD/efi/forestage.efi KERNEL=$2 INITRAMFS=$3 JOBS=$bench/no-jobs XEN=${5:-$xen} \
		DOM0_KERNEL=${5:-$dom0_kernel} DOM0_INITRD=${5:-$bench/dom0.initrd} \
		XEN_OPTIONS="console=com1 com1=115200,8n1 dom0_mem=1G,max:1G" \
		DOM0_OPTIONS="console=hvc0 panic=5 quiet" \
		CONF="$(printf '%s\n' region-size=64M 'fallback=\EFI\demo\fallback.efi' \
			console=ttyS0,115200n8 countdown=0)" \
		RUN=${4:-$(uuidgen)} scripts/bundle.sh "$bench/$1.esp"
	mkdir -p "$bench/$1.esp/EFI/BOOT" "$bench/$1.esp/EFI/demo"
	cp "$BUILD/efi/forestage.efi" "$bench/$1.esp/EFI/BOOT/BOOTX64.EFI"
	cp "$BUILD/efi/fallback.efi" "$bench/$1.esp/EFI/demo/fallback.efi"
}

# theirs NAME KERNEL: a ready-made initramfs brings Xen, dom0's kernel and initrd along itself, as it would
# on a host without us, so that nobody reads them twice. A bundle has to have such files: stand-ins.
theirs() {
	rm -rf "$bench/theirs"
	mkdir -p "$bench/theirs/next"
	gzip -dc "$xen" >"$bench/theirs/next/xen"
	cp "$dom0_kernel" "$bench/theirs/next/vmlinuz"
	cp "$bench/dom0.initrd" "$bench/theirs/next/initrd"
	cp "$root/boot/$1.img" "$bench/$1.img"
	truncate -s %4 "$bench/$1.img" # where an archive may begin
	(cd "$bench/theirs" && find next | cpio --quiet -o -H newc -R 0:0) >>"$bench/$1.img"
	echo stand-in >"$bench/theirs/file"
	bundle "$1" "$2" "$bench/$1.img" "" "$bench/theirs/file"
}

# ours NAME KERNEL KERNEL_PART
ours() {
	DRIVER=none KERNEL_PART=$3 initramfs/pack.sh "$bench/$1.img" >/dev/null
	bundle "$1" "$2" "$bench/$1.img"
}

# other_xen NAME KIND: the same with a Xen of another kind, as tests/xenfile.py makes it.
other_xen() {
	tests/xenfile.py "$2" "$xen" "$bench/$1.xen"
	plain=$xen xen=$bench/$1.xen
	ours "$1" "$cloud_kernel" "$BUILD/parts/stage"
	xen=$plain
}

xen_direct() {
	esp=$bench/xen.esp
	rm -rf "$esp"
	mkdir -p "$esp/EFI/BOOT"
	cp "$(first "$BUILD"/parts/xen/boot/xen-*.efi)" "$esp/EFI/BOOT/BOOTX64.EFI"
	cp "$dom0_kernel" "$esp/EFI/BOOT/vmlinuz"
	cp "$bench/dom0.initrd" "$esp/EFI/BOOT/initrd"
	printf '[global]\ndefault=xen\n[xen]\noptions=console=com1 com1=115200,8n1 dom0_mem=1G,max:1G\nkernel=vmlinuz console=hvc0 panic=5 quiet\nramdisk=initrd\n' \
		>"$esp/EFI/BOOT/BOOTX64.cfg"
}

grub() {
	esp=$bench/grub.esp
	scripts/fetch.sh bookworm "$BUILD/parts/grub" grub-efi-amd64-bin grub-common >&2
	rm -rf "$esp"
	mkdir -p "$esp/EFI/BOOT"
	gzip -dc "$xen" >"$esp/xen"
	cp "$dom0_kernel" "$esp/vmlinuz"
	cp "$bench/dom0.initrd" "$esp/initrd"
	cat >"$bench/grub.cfg" <<-'END'
		multiboot2 /xen placeholder console=com1 com1=115200,8n1 dom0_mem=1G,max:1G
		module2 /vmlinuz placeholder console=hvc0 panic=5 quiet
		module2 /initrd
		boot
	END
	"$BUILD/parts/grub/usr/bin/grub-mkimage" -d "$BUILD/parts/grub/usr/lib/grub/x86_64-efi" \
		-O x86_64-efi -p / -c "$bench/grub.cfg" -o "$esp/EFI/BOOT/BOOTX64.EFI" \
		normal multiboot2 fat part_gpt part_msdos boot
}

parts
for way in $WAYS; do
	case $way in
	own) ours own "$(scripts/kernel.sh)/vmlinuz" "$(scripts/kernel.sh)" ;;
	default) ours default "$cloud_kernel" "$BUILD/parts/stage" ;;
	moved) other_xen moved large ;;
	tools) other_xen tools large+parts ;;
	debian)
		debian_kernel
		ours debian "$debian_part/boot/vmlinuz-$debian" "$debian_part"
		;;
	xen) xen_direct ;;
	grub) grub ;;
	none)
		DRIVER=none initramfs/pack.sh "$bench/none.img" >/dev/null
		bundle none "$cloud_kernel" "$bench/none.img" none
		;;
	dep-cloud)
		debian_kernel
		ready_made "$way"
		theirs "$way" "$cloud_kernel"
		;;
	*)
		debian_kernel
		ready_made "$way"
		theirs "$way" "$debian_part/boot/vmlinuz-$debian"
		;;
	esac
	scripts/esp.sh "$bench/$way.esp" "$bench/$way.esp.img"
done
