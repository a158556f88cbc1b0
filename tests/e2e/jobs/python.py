"""What docs/image.md says that the image's Python can do, and which Python it is."""

import array, bz2, csv, ctypes, decimal, hashlib, json, lzma, math, random, struct, subprocess, sys, threading, zlib
import concurrent.futures, datetime, pathlib, re, statistics, tempfile

assert sys.argv[1:] == ["two words"]
assert hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf")
for packer in bz2, lzma, zlib:
    assert packer.decompress(packer.compress(b"abc" * 1000)) == b"abc" * 1000
assert subprocess.run(["sh", "-c", "echo $0", "here"], capture_output=True, text=True, check=True).stdout == "here\n"
with concurrent.futures.ThreadPoolExecutor() as threads:
    assert list(threads.map(math.isqrt, [4, 9])) == [2, 3]
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "ä").write_text("ß")
    assert pathlib.Path(folder, "ä").read_text() == "ß"
assert ctypes.CDLL("libcuda.so.1").cuInit(0) == 0
with open("modules.json", "w") as file:
    json.dump({"executable": sys.executable, "prefix": sys.prefix, "encoding": sys.stdout.encoding,
               "version": sys.version.split()[0], "modules": len(sys.modules)}, file)
