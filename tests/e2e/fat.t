#!/bin/sh
# forestage arm on a real FAT: the command as it is shipped, under dom0's kernel, without the chain around it.
# ROUNDS: of the race; 15, and 40 with LONG=yes
. tests/e2e/lib.sh
: "${work:?}"

[ "${LONG:-no}" != yes ] || : "${ROUNDS:=40}"
: "${ROUNDS:=15}"
part=$BUILD/parts/dom0

# The host: a kernel and an initrd that are none but in their first bytes, and the smallest Xen that kexec could load.
host() {
	root=$work/root
	mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" "$root/boot/efi" \
		"$root/usr/share/forestage/image"
	install -m 755 tests/e2e/fat/init "$root/init"
	install -m 755 "$BUILD/parts/tools/bin/busybox" "$root/bin/busybox"
	install -m 755 "$BUILD/dom0/forestage" "$root/bin/forestage"
	printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	echo "$ROUNDS" >"$root/rounds"
	for name in forestage.efi vmlinuz initramfs.img; do echo "$name" >"$root/usr/share/forestage/image/$name"; done
	python3 - "$root/boot" <<-'EOT'
		import gzip, struct, sys
		boot = sys.argv[1]
		xen = bytearray(4096)
		xen[0:52] = struct.pack('<16sHHIIIIIHHHHHH', b'\x7fELF\1\1\1', 2, 3, 1, 0x200000, 64, 0, 0, 52, 32, 1, 0, 0, 0)
		xen[64:96] = struct.pack('<8I', 1, 256, 0, 0x200000, 1024, 2048, 7, 0)
		xen[512:528] = struct.pack('<4I', 0xe85250d6, 0, 24, 2**32 - 0xe85250d6 - 24)
		open(boot + '/xen.gz', 'wb').write(gzip.compress(bytes(xen)))
		kernel = bytearray(1024)
		kernel[0x202:0x206] = b'HdrS'
		open(boot + '/vmlinuz', 'wb').write(kernel)
		open(boot + '/initrd', 'wb').write(b'070701initrd')
	EOT
	release=$(ls "$part/lib/modules")
	[ -f "$part/lib/modules/$release/modules.dep" ] || /sbin/depmod -b "$part" "$release"
	for module in virtio_pci virtio_blk vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8; do
		/sbin/modprobe -d "$part" -S "$release" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
		cp "$module" "$root/modules/"
		basename "$module" >>"$root/modules.list"
	done
	(cd "$root" && find . -mindepth 1 | sort | cpio --quiet -o -H newc -R 0:0) >"$work/initrd"
}

disk() {
	mkdir -p "$work/esp/EFI/xenserver"
	echo grub >"$work/esp/EFI/xenserver/grubx64.efi"
	cat >"$work/esp/EFI/xenserver/grub.cfg" <<-'EOT'
		set default=0
		menuentry 'XCP-ng' {
			multiboot2 /boot/xen.gz dom0_mem=1G
			module2 /boot/vmlinuz root=LABEL=root ro console=hvc0
			module2 /boot/initrd
		}
	EOT
	truncate -s 36M "$work/esp.img"
	/sbin/mkfs.vfat -F 32 "$work/esp.img" >/dev/null && MTOOLS_SKIP_CHECK=1 mcopy -s -Q -i "$work/esp.img" "$work/esp/EFI" ::/
}

machine() {
	timeout -k 5 "${LIMIT:-240}" qemu-system-x86_64 -nodefaults -machine q35 -accel tcg,thread=multi -cpu max -m 512M \
		-smp 2 -display none -no-reboot -kernel "$work/kernel" -initrd "$work/initrd" \
		-append "console=ttyS0 panic=-1 quiet cryptomgr.notests mitigations=off init_on_alloc=0 audit=0 apparmor=0" \
		-drive "if=none,id=esp,format=raw,file=$work/esp.img" -device virtio-blk-pci,drive=esp \
		-serial "file:$work/serial.log" </dev/null
}

set_up "no kernel" unpacked_kernel "$work/kernel"
set_up "no initrd" host
set_up "no ESP image" disk
check "the machine ends by itself" machine
tr -d '\r' <"$work/serial.log" | sed -n 's/^fat: //p' >"$work/lines"
# The host stays what it is: nothing there starts the stage.
if grep -qx end "$work/lines"; then echo "# machine: ended in dom0"; else echo "# machine: ended in nowhere"; fi
while read -r line <&3; do
	case $line in
	"ok "*) check "${line#ok }" true ;;
	"not ok "*) check "${line#not ok }" false ;;
	"#"*) echo "$line" ;;
	esac
done 3<"$work/lines"
check "it came to its end" grep -qx end "$work/lines"
check "the FAT has no fault" /sbin/fsck.vfat -n "$work/esp.img"
finish_tests
