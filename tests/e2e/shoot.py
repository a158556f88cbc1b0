#!/usr/bin/env python3
"""Runs a machine with a graphics card, and reads its screen at given moments.

    tests/e2e/shoot.py FONT FOLDER 'NAME PATTERN'… -- scripts/qemu.sh ESP SERIAL_LOG

Each time when the serial log has a line like PATTERN, a regular expression, what is on the screen a moment later
becomes FOLDER/NAME.png and, as text, FOLDER/NAME.txt: cell by cell the letter of FONT (a PSF file of 8 by 16 pixels, it
may be packed) that looks most like it, so that the font need not be quite the same. FOLDER is made anew. Exit code: the
machine's.
"""
import gzip
import os
import re
import shutil
import sys
import time
import zlib

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path.insert(0, "tests")
from monitor import Monitor, has_line, machine  # noqa: E402  (found by the line above)

WIDTH, HEIGHT = 8, 16
SETTLE = 0.2  # seconds, for the rest of what is printed with the line


def glyphs(path):
    """What each letter looks like: its rows, as one number. PSF 1 and 2 (Linux's kbd); ASCII stands at its codes."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:2] == b"\x36\x04":
        start, size = 4, data[3]
    elif data[:4] == b"\x72\xb5\x4a\x86":
        start, size = int.from_bytes(data[8:12], "little"), int.from_bytes(data[20:24], "little")
    else:
        sys.exit(f"{path} is no PSF font")
    if size != HEIGHT:
        sys.exit(f"{path}: a letter has {size} rows, not {HEIGHT}")
    return {chr(code): int.from_bytes(data[start + code * size:start + (code + 1) * size], "big")
            for code in range(0x20, 0x7f)}


def read_ppm(path):
    with open(path, "rb") as file:
        data = file.read()
    match = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(match[1]), int(match[2]), data[match.end():]


def write_png(path, width, height, pixels):
    """As RFC 2083 has it: eight bits each of red, green and blue, and no filter, which is a zero before each line."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    lines = b"".join(b"\0" + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(lines)) +
                   chunk(b"IEND", b""))


def cell(pixels, width, column, row):
    """Which of its pixels are lit, as one number."""
    bits = 0
    for line in range(HEIGHT):
        at = 3 * ((row * HEIGHT + line) * width + column * WIDTH)
        for pixel in range(WIDTH):
            bits = bits << 1 | (max(pixels[at + 3 * pixel:at + 3 * pixel + 3]) > 0x50)
    return bits


def difference(glyph, bits):
    """How many pixels; some letters stand a column further to the left or right in another font."""
    return min(bin(shape ^ bits).count("1") for shape in (glyph, glyph << 1, glyph >> 1))


def text_of(width, height, pixels, letters):
    known = {bits: letter for letter, bits in letters.items()}
    lines = []
    for row in range(height // HEIGHT):
        line = ""
        for column in range(width // WIDTH):
            bits = cell(pixels, width, column, row)
            if bits not in known:
                known[bits] = min(letters, key=lambda letter: difference(letters[letter], bits))
            line += known[bits]
        lines.append(line.rstrip())
    return "\n".join(lines).rstrip() + "\n"


def shoot(monitor, name, letters):
    """NAME.png and NAME.txt of what is on the screen now; NAME with its folder."""
    monitor.ask("screendump", filename=name + ".ppm")
    picture = read_ppm(name + ".ppm")
    os.unlink(name + ".ppm")
    write_png(name + ".png", *picture)
    with open(name + ".txt", "w", encoding="ascii") as file:
        file.write(text_of(*picture, letters))


def main():
    if "--" not in sys.argv[4:]:
        sys.exit(__doc__)
    font, folder = sys.argv[1:3]
    split = sys.argv.index("--")
    moments, command = [moment.split(" ", 1) for moment in sys.argv[3:split]], sys.argv[split + 1:]
    log, path = command[-1], command[-1] + ".qmp"
    letters = glyphs(font)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with machine(command, path, "-device VGA") as process:
        while process.poll() is None and moments:
            if not has_line(log, moments[0][1]):
                time.sleep(0.05)
                continue
            time.sleep(SETTLE)
            shoot(Monitor(path), os.path.abspath(folder) + "/" + moments.pop(0)[0], letters)
        for name, pattern in moments:
            print(f"no picture {name}: the log has no line like {pattern}", file=sys.stderr)
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
