"""A machine of QEMU's from outside, for the tests and the boot bench: its monitor, and the region in its memory."""
import json
import re
import socket

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
