#!/usr/bin/env python3
"""Packs a kernel for a dom0 anew, with LZ4: in QEMU, Xen takes a quarter of the whole boot to unpack Debian's xz.

    tests/e2e/dom0/kernel.py VMLINUZ TARGET

Xen finds the packed kernel by Linux's boot protocol (Documentation/arch/x86/boot.rst) and does not start what is
around it, so that nothing else changes: what runs is Debian's kernel, byte by byte. On a machine alone it would not.
"""
import lzma
import os
import struct
import subprocess
import sys

SETUP_SECTORS = 0x1F1  # one byte: so many sectors, and the boot sector, lie before the rest
PAYLOAD = 0x248  # where in the rest the packed kernel lies, and how long it is
XZ = b"\xfd7zXZ\0"


def repacked(image):
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    begin = ((image[SETUP_SECTORS] or 4) + 1) * 512 + offset
    packed = image[begin:begin + length]
    if not packed.startswith(XZ):
        return image  # it does not take long
    kernel = lzma.decompress(packed[:-4])  # the last four bytes are its size
    if struct.unpack("<I", packed[-4:]) != (len(kernel),):
        sys.exit("kernel: the packed kernel is not as long as it says")
    packed = subprocess.run(["lz4", "-l", "-9", "-c"], input=kernel, stdout=subprocess.PIPE, check=True).stdout
    packed += struct.pack("<I", len(kernel))
    header = bytearray(image[:begin])
    struct.pack_into("<II", header, PAYLOAD, offset, len(packed))
    return bytes(header) + packed


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        image = repacked(file.read())
    new = f"{target}.{os.getpid()}"  # two tests may want it at once
    with open(new, "wb") as file:
        file.write(image)
    os.rename(new, target)


if __name__ == "__main__":
    main()
