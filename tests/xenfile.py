#!/usr/bin/env python3
"""Makes of a Xen one of another kind, for the tests and the boot bench.

    tests/xenfile.py large XEN TARGET     takes 10 MiB of memory, as one with XEN_ALIGN_2M=y does: too much for its
                                          place where firmware has something at 8 MiB, so that init has to move it
    tests/xenfile.py parts XEN TARGET     has a second part to load, of no bytes, where its note was: init places one
                                          only and leaves it to kexec-tools, which forget empty ones

XEN is a xen or xen.gz of 32 bits; words may be joined, as large+parts. Exit code 1: it is not of the kind that can be
changed so.
"""
import gzip
import struct
import sys

LOAD, NOTE = 1, 4
HEADERS_AT = 0x1C  # in the ELF file's header: where the program headers are, their size and number
HEADER_SIZE_AT = 0x2A
# In a program header of 32 bits (System V ABI, chapter 5): type, then these.
FILE_SIZE, MEMORY_SIZE = 16, 20
LARGE = 10 << 20


def header(image, number, kind):
    """Where the program header of this number lies, which is of this kind."""
    at, = struct.unpack_from("<I", image, HEADERS_AT)
    size, count = struct.unpack_from("<HH", image, HEADER_SIZE_AT)
    at += number * size
    if number >= count or struct.unpack_from("<I", image, at) != (kind,):
        sys.exit(f"xenfile: program header {number} is none of type {kind}")
    return at


def large(image):
    at = header(image, 0, LOAD) + MEMORY_SIZE
    if struct.unpack_from("<I", image, at)[0] > LARGE:
        sys.exit("xenfile: it takes more than 10 MiB")
    struct.pack_into("<I", image, at, LARGE)


def parts(image):
    at = header(image, 1, NOTE)
    struct.pack_into("<I", image, at, LOAD)
    struct.pack_into("<II", image, at + FILE_SIZE, 0, 0)


def main():
    if len(sys.argv) != 4 or not set(sys.argv[1].split("+")) <= set(CHANGES):
        sys.exit(__doc__)
    words, source, target = sys.argv[1:]
    with open(source, "rb") as file:
        data = file.read()
    image = bytearray(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    if image[:5] != b"\x7fELF\x01":
        sys.exit(f"xenfile: {source} is no ELF file of 32 bits")
    for word in words.split("+"):
        CHANGES[word](image)
    with open(target, "wb") as file:
        file.write(image)


CHANGES = {"large": large, "parts": parts}

if __name__ == "__main__":
    main()
