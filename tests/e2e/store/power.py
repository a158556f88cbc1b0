#!/usr/bin/env python3
"""Runs a machine with a disk that counts its writes, and at one of them the power goes, or the disk says no.

    tests/e2e/store/power.py IMAGE DEVICE EVENT NUMBER SEED LOG scripts/qemu.sh ESP SERIAL_LOG

IMAGE is the disk, which QEMU has over the network block device protocol (NBD) as DEVICE: "nvme", and what else -device
takes. EVENT comes at write NUMBER, counted from 0:

    none    the machine ends by itself
    cut     the machine is killed before the write; those before it are on the disk
    torn    the same, and some sectors of that write are on the disk
    lost    the same, and of those since the last flush each sector is on the disk, or is not, as the seed has it: a
            disk with a cache that needs power
    error   the disk refuses this write, and from then on all that are of the same bytes
    errors  the disk refuses this and all that come

LOG gets a line for each request: write NUMBER OFFSET LENGTH, or flush NUMBER, the number of writes before it. Exit code:
that of the machine; 0 when it was killed as it should; 1 when there never was such a write.
"""
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading

SECTOR = 512
EIO = 5
# The protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
MAGIC, OPTION_MAGIC, REPLY_MAGIC = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
REQUEST_MAGIC, ANSWER_MAGIC = 0x25609513, 0x67446698
FIXED_NEWSTYLE = NO_ZEROES = 1
OPTION_ABORT, OPTION_GO = 2, 7
REPLY_ACK, REPLY_INFO, REPLY_UNSUPPORTED = 1, 3, 0x80000001
HAS_FLAGS, SENDS_FLUSH = 1, 4
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3


class Disk:
    """The image, and what the power or an error does to it."""

    def __init__(self, image, event, number, seed, log):
        self.file = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.file).st_size
        self.event, self.number = event, number
        self.random = random.Random(seed)
        self.log = log
        self.writes = 0
        self.bad = None  # (from, to): bytes that are not written any more
        self.unflushed = []  # (offset, what was there before), oldest first
        self.cut = threading.Event()

    def read(self, offset, length):
        return os.pread(self.file, length, offset)

    def write(self, offset, data):
        """Whether it is on the disk; None: the power went."""
        number, self.writes = self.writes, self.writes + 1
        self.log.write(f"write {number} {offset} {len(data)}\n")
        if self.refuses(number, offset, len(data)):
            return False
        if self.event in ("cut", "torn", "lost") and number == self.number:
            self.lose_power(offset, data)
            return None
        if self.event == "lost":
            self.unflushed.append((offset, self.read(offset, len(data))))
        os.pwrite(self.file, data, offset)
        return True

    def refuses(self, number, offset, length):
        if self.event == "error" and number == self.number:
            self.bad = (offset, offset + length)
        if self.event == "errors" and number == self.number:
            self.bad = (0, self.size)
        return self.bad and offset < self.bad[1] and offset + length > self.bad[0]

    def flush(self):
        self.log.write(f"flush {self.writes}\n")
        self.unflushed = []

    def lose_power(self, offset, data):
        for at, before in reversed(self.unflushed):
            self.put_some(at, before)
        if self.event in ("torn", "lost"):
            self.put_some(offset, data)
        os.fsync(self.file)
        self.cut.set()

    def put_some(self, offset, data):
        """Sectors as the dice fall; now and then all or none."""
        share = self.random.choice((0, 0.1, 0.5, 0.9, 1))
        for at in range(0, len(data), SECTOR):
            if self.random.random() < share:
                os.pwrite(self.file, data[at : at + SECTOR], offset + at)


class Connection:
    """A client, from its first byte to its last."""

    def __init__(self, connection, disk):
        self.connection, self.disk = connection, disk

    def take(self, count):
        data = bytearray()
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return bytes(data)

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def reply(self, option, kind, data=b""):
        self.connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)

    def negotiate(self):
        """False: it goes again."""
        self.connection.sendall(struct.pack(">QQH", MAGIC, OPTION_MAGIC, FIXED_NEWSTYLE))
        self.take(4)
        while True:
            _, option, length = self.unpack(">QII")
            self.take(length)
            if option == OPTION_GO:
                self.reply(option, REPLY_INFO, struct.pack(">HQH", 0, self.disk.size, HAS_FLAGS | SENDS_FLUSH))
                self.reply(option, REPLY_ACK)
                return True
            if option == OPTION_ABORT:
                self.reply(option, REPLY_ACK)
                return False
            self.reply(option, REPLY_UNSUPPORTED)

    def answer(self, handle, error, data=b""):
        self.connection.sendall(struct.pack(">IIQ", ANSWER_MAGIC, error, handle) + data)

    def serve(self):
        """Until the client goes, or the power does."""
        while not self.disk.cut.is_set():
            _, _, kind, handle, offset, length = self.unpack(">IHHQQI")
            if kind == DISCONNECT:
                return
            if kind == READ:
                self.answer(handle, 0, self.disk.read(offset, length))
            elif kind == FLUSH:
                self.disk.flush()
                self.answer(handle, 0)
            elif kind == WRITE:
                written = self.disk.write(offset, self.take(length))
                if written is not None:
                    self.answer(handle, 0 if written else EIO)

    def run(self):
        try:
            if self.negotiate():
                self.serve()
        except (EOFError, ConnectionError):
            pass


def listen(path, disk):
    """Serves whoever comes, one behind the other, in a thread that ends with the program."""
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()

    def loop():
        while True:
            connection, _ = server.accept()
            Connection(connection, disk).run()
            if not disk.cut.is_set():
                connection.close()  # a machine that is killed learns of nothing

    threading.Thread(target=loop, daemon=True).start()


def kill(process):
    """QEMU itself: timeout, which started it, would ask it to end in order."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as children:
        for child in children.read().split():
            os.kill(int(child), signal.SIGKILL)
    process.wait()


def main():
    if len(sys.argv) < 10:
        sys.exit(__doc__)
    image, device, event, number, seed, log, *command = sys.argv[1:]
    path = command[-1] + ".nbd"
    extra = f"{os.environ.get('QEMU_EXTRA', '')} -drive if=none,id=p,format=raw,file=nbd:unix:{path} -device {device},drive=p"
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # the machine ends with us
    with open(log, "w", encoding="ascii") as lines:
        disk = Disk(image, event, int(number), int(seed), lines)
        listen(path, disk)
        process = subprocess.Popen(command, env={**os.environ, "QEMU_EXTRA": extra})
        try:
            while process.poll() is None and not disk.cut.wait(0.05):
                pass
            if disk.cut.is_set():
                kill(process)
        finally:
            process.terminate()
    if event == "none" or event.startswith("error") and disk.writes > disk.number:
        sys.exit(process.returncode)
    sys.exit(0 if disk.cut.is_set() else f"the machine ended after {disk.writes} writes, before write {number}")


if __name__ == "__main__":
    main()
