#!/usr/bin/env python3
"""Starts a machine, lets its firmware come to its first disk, and keeps the machine as it is then.

    tests/e2e/firmware.py SNAPSHOT scripts/qemu.sh ESP SERIAL_LOG

A machine of the same kind goes on from there with -incoming "exec:cat<SNAPSHOT", whatever is on its disks by then:
what the firmware has seen of this one is the first sectors, which scripts/esp.sh makes alike. For the tests of what
comes behind the firmware's own start, which is half of a boot up to Xen. A snapshot that is there is left alone, and
of several that make it at once the others wait.
"""
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path.insert(0, "tests")
from monitor import Monitor  # noqa: E402  (found by the line above)

# Of reads, one at once and then one a second: the firmware waits before it knows any file. And a machine that takes a
# snapshot over is to run, even though this one has stopped.
EXTRA = "-set drive.esp.throttling.iops-total=1 -global migration.store-global-state=off"
LIMIT = 60  # seconds, until it reads


def await_monitor(path, machine):
    while True:
        try:
            return Monitor(path)
        except (FileNotFoundError, ConnectionRefusedError):
            if machine.poll() is not None:
                sys.exit(f"firmware: the machine did not start: exit code {machine.returncode}")
            time.sleep(0.01)


def has_read(monitor):
    drives = {drive["device"]: drive["stats"]["rd_operations"] for drive in monitor.ask("query-blockstats")}
    return drives["esp"] > 0


# QEMU's stream of a migration (docs/devel/migration in its sources). Each page has its address, with these flags in
# the bits below, and its block's name unless it is the block of the page before.
PAGE = 4096
SECTION_START, SECTION_PART, SECTION_END, CONFIGURATION, FOOTER = 1, 2, 3, 7, 0x7E
ZERO, SIZES, DATA, END, SAME_BLOCK = 0x02, 0x04, 0x08, 0x10, 0x20
MAIN_MEMORY = b"pc.ram"


class Stream:
    """Copies a stream without the pages of main memory that are zero, as those of a new machine are: it would take
    memory for all of them to see that."""

    def __init__(self, source, target):
        self.source, self.target, self.block = source, target, b""

    def take(self, count):
        data = self.source.read(count)
        if len(data) != count:
            raise ValueError("the stream ends too early")
        return data

    def copy(self, count):
        data = self.take(count)
        self.target.write(data)
        return data

    def name(self):
        return self.take(self.take(1)[0])

    def copy_name(self):
        self.copy(self.copy(1)[0])

    def copy_sizes(self, total):
        while total > 0:
            self.copy_name()
            total -= struct.unpack(">Q", self.copy(8))[0]

    def page(self, place, flags, written):
        """One page; returns the block that is the target's by then."""
        if not flags & SAME_BLOCK:
            self.block = self.name()
        content = self.take(1 if flags & ZERO else PAGE)
        if flags & ZERO and content == b"\0" and self.block == MAIN_MEMORY:
            return written
        same = SAME_BLOCK if self.block == written else 0
        self.target.write(struct.pack(">Q", place | flags & ~SAME_BLOCK | same))
        self.target.write(b"" if same else bytes([len(self.block)]) + self.block)
        self.target.write(content)
        return self.block

    def memory(self):
        written = None
        while True:
            head = struct.unpack(">Q", self.take(8))[0]
            place, flags = head & -PAGE, head & (PAGE - 1)
            if flags & ~SAME_BLOCK in (ZERO, DATA):
                written = self.page(place, flags, written)
                continue
            self.target.write(struct.pack(">Q", head))
            if flags == SIZES:
                self.copy_sizes(place)
            elif flags == END:
                return
            else:
                raise ValueError(f"flags {flags:#x} are not expected")

    def section(self, kind):
        self.copy(4)  # its number
        if kind == SECTION_START:
            self.copy_name()
            self.copy(8)  # instance and version
        self.memory()
        if self.copy(1)[0] != FOOTER:
            raise ValueError("a section without an end")
        self.copy(4)

    def shorten(self):
        self.copy(8)  # magic and version
        kind = self.copy(1)[0]
        if kind == CONFIGURATION:
            self.copy(struct.unpack(">I", self.copy(4))[0])
            kind = self.copy(1)[0]
        while kind in (SECTION_START, SECTION_PART):
            self.section(kind)
            kind = self.copy(1)[0]
        if kind != SECTION_END:
            raise ValueError(f"a section of kind {kind} amid the memory")
        self.section(kind)
        shutil.copyfileobj(self.source, self.target)


def save(monitor, snapshot):
    whole, partial = snapshot + ".whole", snapshot + ".partial"
    monitor.ask("stop")
    monitor.ask("migrate", uri=f"exec:cat>{whole}")
    while (state := monitor.ask("query-migrate"))["status"] != "completed":
        if state["status"] == "failed":
            sys.exit(f"firmware: no snapshot: {state.get('error-desc', 'QEMU does not say why')}")
        time.sleep(0.05)
    with open(whole, "rb") as source, open(partial, "wb") as target:
        Stream(source, target).shorten()
    os.unlink(whole)
    os.rename(partial, snapshot)


def make(snapshot, command):
    path = command[-1] + ".qmp"
    if os.path.exists(path):
        os.unlink(path)
    extra = f"{EXTRA} -qmp unix:{path},server=on,wait=off {os.environ.get('QEMU_EXTRA', '')}"
    machine = subprocess.Popen(command, env={**os.environ, "QEMU_EXTRA": extra})
    try:
        monitor = await_monitor(path, machine)
        end = time.monotonic() + LIMIT
        while not has_read(monitor):
            if time.monotonic() > end:
                sys.exit(f"firmware: it has read no disk within {LIMIT} s")
            time.sleep(0.02)
        save(monitor, snapshot)
    finally:
        machine.terminate()  # timeout ends QEMU, too
        machine.wait()


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    snapshot, *command = sys.argv[1:]
    with open(snapshot + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(snapshot):
            make(snapshot, command)


if __name__ == "__main__":
    main()
