"""A machine of QEMU's from outside, for the tests and the boot bench: its monitor, and the region in its memory."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys

REGION_BYTES_AT = 2 << 20  # the region begins at a multiple of this, between 1 and 4 GiB


class Monitor:
    """QEMU's machine protocol (QMP) on the UNIX socket that -qmp unix:PATH,server=on,wait=off makes."""

    def __init__(self, path):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(path)
        self.stream = self.connection.makefile("rw")
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])

    def bytes_at(self, address, count):
        text = self.ask("human-monitor-command", **{"command-line": f"xp /{count}bx {address:#x}"})
        return bytes(int(word, 16) for word in re.findall(r"0x([0-9a-f]{2})\b", text.split(":", 1)[-1])[:count])

    def find_region(self):
        """Where firmware puts it first, from the top of the low memory down: QEMU takes host memory for all it reads."""
        magic = region_magic()
        likely = range((2 << 30) - REGION_BYTES_AT, (1 << 30) - 1, -REGION_BYTES_AT)
        for address in (*likely, *range(2 << 30, 1 << 32, REGION_BYTES_AT)):
            if self.bytes_at(address, len(magic)) == magic:
                return address
        raise RuntimeError("no region in the machine's memory")

    def save_region(self, size, path):
        """Stops the machine and writes `size` bytes from the region's begin to a file, by its absolute name."""
        self.ask("stop")
        self.ask("pmemsave", val=self.find_region(), size=size, filename=path)


def region_magic():
    """LAYOUT_HEADER_MAGIC, as region/layout.h has it."""
    with open("region/layout.h", encoding="utf-8") as text:
        return re.search(r'LAYOUT_HEADER_MAGIC\s+"([^"]*)"', text.read()).group(1).encode()[:8]


def has_line(log, pattern):
    """Whether a serial log has a line like the regular expression; one that is not there yet has none."""
    try:
        with open(log, "rb") as file:
            return re.search(pattern.encode(), file.read().replace(b"\r", b""), re.MULTILINE)
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def machine(command, path, extra=""):
    """Starts scripts/qemu.sh, whose last word is the serial log, with its monitor at `path`; it ends with the block."""
    for old in (command[-1], path):
        if os.path.exists(old):
            os.unlink(old)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # the machine ends with us
    extra = f"{os.environ.get('QEMU_EXTRA', '')} {extra} -qmp unix:{path},server=on,wait=off"
    process = subprocess.Popen(command, env={**os.environ, "QEMU_EXTRA": extra})
    try:
        yield process
    finally:
        process.terminate()  # timeout ends QEMU, too
        process.wait()
