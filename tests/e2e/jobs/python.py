"""Some of what docs/image.md says that the image's Python can do, and which Python it is. It is short: QEMU without KVM
takes seconds for each module that is compiled."""

import bz2, hashlib, json, lzma, math, struct, subprocess, sys, zlib

assert sys.argv[1:] == ["two words"]
assert hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf")
assert math.sqrt(struct.unpack("<f", b"\0\0\x80\x40")[0]) == 2
for packer in bz2, lzma, zlib:
    assert packer.decompress(packer.compress(b"abc" * 1000)) == b"abc" * 1000
assert subprocess.run(["sh", "-c", "echo $0", "here"], capture_output=True, text=True, check=True).stdout == "here\n"
with open("modules.json", "w") as file:
    json.dump({"executable": sys.executable, "prefix": sys.prefix, "encoding": sys.stdout.encoding}, file)
