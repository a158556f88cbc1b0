#!/usr/bin/env python3
"""A PCI device that says it is an NVIDIA GPU, so that the real kernel module has something to find in QEMU:

    tests/driver/gpu.py DEVICE BOOT_0 COMMAND…

DEVICE is the PCI device id, BOOT_0 what the chip says of itself in its first register, both hexadecimal.
COMMAND runs scripts/qemu.sh somewhere below, with QEMU_EXTRA saying how the machine gets the device:
QEMU's x-pci-proxy-dev asks this program, by QEMU's multi-process protocol (docs/devel/multi-process.rst
and include/hw/remote/mpqemu-link.h there), what the device answers.

It is the outside of a GPU and no more: configuration space, three windows, the registers that name the
chip. All others read as zero and forget what is written. So the module gets as far as the chip's name
takes it, and nothing of what it then says of the chip's inside means anything.
"""

import os
import socket
import struct
import subprocess
import sys
import threading

SYNC_SYSMEM, RET, CFG_WRITE, CFG_READ, BAR_WRITE, BAR_READ, SET_IRQFD, DEVICE_RESET = range(8)
HEADER = struct.Struct("=i4xQ")
CONFIG = struct.Struct("=IIi")
BAR = struct.Struct("=QQI?3x")
REPLY = struct.Struct("=Q")

VENDOR, CLASS_3D = 0x10DE, 0x0302
# registers; memory and the window for instance memory, prefetchable: drivers since 610 refuse a GPU without the last
BARS = {0x10: (16 << 20, 0), 0x14: (64 << 20, 8), 0x18: (32 << 20, 8)}
PMC_BOOT_0, PMC_BOOT_42 = 0x0, 0xA00


class Gpu:
    """What the device answers."""

    def __init__(self, device, boot_0):
        self.config = bytearray(256)
        struct.pack_into("<HH", self.config, 0x00, VENDOR, device)
        struct.pack_into("<H", self.config, 0x0A, CLASS_3D)
        struct.pack_into("<HH", self.config, 0x2C, VENDOR, device)
        self.config[0x08] = boot_0 & 0xFF  # revision
        self.config[0x3D] = 1  # INTA
        for bar, (_, flags) in BARS.items():
            self.config[bar] = flags
        # the same facts as BOOT_0, in the places of the newer register
        boot_42 = (boot_0 & 0x1FF00000) | (boot_0 & 0xFF) << 12
        self.registers = {PMC_BOOT_0: boot_0, PMC_BOOT_42: boot_42}
        self.base = 0

    def read_config(self, address, length):
        return int.from_bytes(self.config[address:address + length], "little")

    def write_config(self, address, value, length):
        if address in BARS and length == 4:
            size, flags = BARS[address]
            value = value & ~(size - 1) & 0xFFFFFFFF | flags
        elif address in (0x04, 0x05, 0x0C, 0x0D, 0x3C):
            pass  # command, cache line, latency, interrupt line
        else:
            return
        self.config[address:address + length] = (value & (1 << 8 * length) - 1).to_bytes(length, "little")

    def read_window(self, address, size):
        """QEMU gives the bus address: which window it is follows from where the BARs are now."""
        for bar, (window, _) in BARS.items():
            offset = address - (self.read_config(bar, 4) & ~0xF)
            if bar == 0x10 and 0 <= offset < window:
                value = self.registers.get(offset & ~3, 0) >> 8 * (offset & 3)
                return value & (1 << 8 * size) - 1
        return 0


def receive(link, length):
    data = b""
    while len(data) < length:
        more, fds, _, _ = socket.recv_fds(link, length - len(data), 8)
        for fd in fds:
            os.close(fd)  # the machine's memory and an interrupt: not for us
        if not more:
            return None
        data += more
    return data


def answer(gpu, command, body):
    """The value to send back, or None where QEMU waits for nothing."""
    if command in (CFG_READ, CFG_WRITE):
        address, value, length = CONFIG.unpack_from(body)
        if command == CFG_READ:
            return gpu.read_config(address, length)
        gpu.write_config(address, value, length)
        return 0
    if command == BAR_READ:
        address, _, size, _ = BAR.unpack_from(body)
        return gpu.read_window(address, size)
    return 0 if command in (BAR_WRITE, DEVICE_RESET) else None


def serve(gpu, link):
    while True:
        header = receive(link, HEADER.size)
        if header is None:
            return
        command, size = HEADER.unpack(header)
        body = receive(link, size) if size else b""
        value = answer(gpu, command, body)
        if value is not None:
            link.sendall(HEADER.pack(RET, REPLY.size) + REPLY.pack(value))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    gpu = Gpu(int(sys.argv[1], 16), int(sys.argv[2], 16))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    memory = os.environ.get("MEM", "3G")
    extra = (f"-object memory-backend-memfd,id=ram,size={memory},share=on -machine memory-backend=ram "
             f"-device x-pci-proxy-dev,fd={theirs.fileno()}")
    environment = dict(os.environ, QEMU_EXTRA=f"{extra} {os.environ.get('QEMU_EXTRA', '')}".strip())
    threading.Thread(target=serve, args=(gpu, ours), daemon=True).start()
    return subprocess.run(sys.argv[3:], env=environment, pass_fds=[theirs.fileno()], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
