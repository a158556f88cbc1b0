"""Debugs the stage in QEMU: `make demo GDB=yes`, and from the same folder in another terminal

    gdb -x scripts/gdb.py
    (gdb) forestage-efi            stops in efi_main of forestage.efi; forestage-efi WHERE: there
    (gdb) forestage-init           stops in main of the stage's init; forestage-init WHERE: there

Environment: BUILD (build), OUT (what make demo was given; BUILD/demo).
"""

import os
import signal
import struct
import subprocess
import threading

import gdb

BUILD = os.environ.get("BUILD", "build")
SOCKET = os.path.join(os.environ.get("OUT", os.path.join(BUILD, "demo")), "gdb")
EFI = os.path.join(BUILD, "efi/forestage.so")
INIT = os.path.join(BUILD, "initramfs/init")

# UEFI 2.10: 18.4 (how a debugger finds the system table and the images), 4.3, 4.4, 9.1
POINTER_STEP = 4 << 20
POINTER_REACH = 256 << 20  # the firmware takes the memory that is highest below 4 GiB
SIGNATURE = b"IBI SYST"
IMAGE_TABLE = bytes.fromhex("772e1549da1a6447b7a27afefed95e8b")
BOOT_SERVICES = 96
TABLE_COUNT = 104
TABLES = 112
START_IMAGE = 208


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def read_numbers(address, layout):
    """Little-endian numbers at an address, in the letters of struct."""
    return struct.unpack("<" + layout, read(address, struct.calcsize("<" + layout)))


def connect():
    if gdb.selected_inferior().pid:
        return
    if not os.path.exists(SOCKET):
        raise gdb.GdbError(f"{SOCKET} is not there: start `make demo GDB=yes` in this folder first")
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute(f"target remote {SOCKET}", to_string=True)


def run_for(seconds):
    """Lets the machine run for a while, or up to a breakpoint."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    gdb.execute("continue", to_string=True)
    timer.cancel()


def top_of_memory():
    """The end of the memory below 4 GiB, as QEMU's q35 lays it out: of 2.75 GiB or more, 2."""
    said = gdb.execute("monitor info memory_size_summary", to_string=True)
    size = int(said.split("base memory:")[1].split()[0])
    return size if size < 0xB0000000 else 2 << 30


def find_system_table(top):
    """The firmware's system table, as soon as there is one; 0 before. It is not looked for further down: QEMU would
    have to make memory there that nobody has written to yet, and takes seconds for all of it."""
    bottom = max(top - POINTER_REACH, 0)
    for address in range((top - 1) // POINTER_STEP * POINTER_STEP, bottom, -POINTER_STEP):
        try:
            signature, table = read_numbers(address, "8sQ")
            if signature == SIGNATURE and read(table, 8) == SIGNATURE:
                return table
        except gdb.MemoryError:
            pass
    return 0


def wait_for_boot_services():
    """Runs the firmware until it has its StartImage; returns the table and StartImage's address."""
    top = top_of_memory()
    for _ in range(300):
        run_for(0.2)
        table = find_system_table(top)
        services = read_numbers(table + BOOT_SERVICES, "Q")[0] if table else 0
        start = read_numbers(services + START_IMAGE, "Q")[0] if services else 0
        if start:
            return table, start
    raise gdb.GdbError("the firmware shows no system table: is this OVMF's start?")


def image_bases(table):
    """Where the images lie that the firmware has loaded so far."""
    count, tables = read_numbers(table + TABLE_COUNT, "QQ")
    for i in range(count):
        guid, header = read_numbers(tables + 24 * i, "16sQ")
        if guid != IMAGE_TABLE:
            continue
        _, entries, array = read_numbers(header, "IIQ")
        for info in read_numbers(array, f"{entries}Q") if array else ():
            if info:
                loaded = read_numbers(info + 8, "Q")[0]
                yield read_numbers(loaded + 64, "Q")[0]


def code_of(program):
    """The address and the first bytes of a program's code, as they are linked."""
    sections = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True, check=True).stdout
    words = next(line for line in sections.splitlines() if " .text " in line).split("]")[1].split()
    address, offset, size = (int(word, 16) for word in words[2:5])
    with open(program, "rb") as file:
        file.seek(offset)
        return address, file.read(min(size, 4096))


def find_program(table):
    """Where forestage.efi has been loaded; None: not yet."""
    address, code = code_of(EFI)
    for base in image_bases(table):
        try:
            if read(base + address, len(code)) == code:
                return base
        except gdb.MemoryError:
            pass
    return None


class Stop(gdb.Breakpoint):
    """A place where the machine stops, without a word, once `is_there` is true there."""

    def __init__(self, where, is_there):
        super().__init__(where, gdb.BP_HARDWARE_BREAKPOINT, internal=True)
        self.silent = True
        self.is_there = is_there
        self.reached = False

    def stop(self):
        self.reached = bool(self.is_there())
        return self.reached


def stop_at(where, is_there):
    """Runs up to a place, and on while it is another program's code at the same address."""
    stop = Stop(where, is_there)
    try:
        gdb.execute("continue", to_string=True)
        if not stop.reached:
            raise gdb.GdbError(f"the machine stopped on its way to {where}")
    finally:
        stop.delete()


def wait_for_program():
    """Runs the firmware until it starts forestage.efi; returns where it lies."""
    table, start = wait_for_boot_services()
    found = []

    def look():
        base = find_program(table)
        if base is not None:
            found.append(base)
        return found

    try:
        stop_at(f"*{start:#x}", look)
    except gdb.GdbError as error:
        raise gdb.GdbError(f"the firmware has not started what {EFI} is; was it built anew since?") from error
    return found[0]


class Efi(gdb.Command):
    """forestage-efi [WHERE]: run up to efi_main of forestage.efi, or another place in it."""

    loaded = False

    def __init__(self):
        super().__init__("forestage-efi", gdb.COMMAND_RUNNING, gdb.COMPLETE_LOCATION)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        connect()
        if not self.loaded:
            base = wait_for_program()
            gdb.execute(f"add-symbol-file {EFI} -o {base:#x}", to_string=True)
            print(f"forestage.efi is at {base:#x}")
            self.loaded = True
        stop_at(argument or "efi_main", lambda: True)
        gdb.execute("frame")


class Init(gdb.Command):
    """forestage-init [WHERE]: run up to main of the stage's init, or another place in it."""

    loaded = False

    def __init__(self):
        super().__init__("forestage-init", gdb.COMMAND_RUNNING, gdb.COMPLETE_LOCATION)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        connect()
        if not self.loaded:
            gdb.execute(f"add-symbol-file {INIT} -o 0", to_string=True)
            self.loaded = True
        # The lowest two bits of CS: 3 is a program, not firmware or the kernel.
        stop_at(argument or "initramfs/init.c:main", lambda: int(gdb.parse_and_eval("$cs")) & 3 == 3)
        gdb.execute("frame")


Efi()
Init()
