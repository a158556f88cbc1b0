#!/usr/bin/env python3
"""What a power cut would leave of a machine, at several moments of one boot, while the machine goes on.

    tests/e2e/host/photographs.py PROCESS CONSOLE DISK VARIABLES FOLDER SECONDS <LIST

LIST has a line a moment: "NAME PATTERN", a regular expression of a line of the console, in the order in which they
come. As soon as it is there QEMU stands still (SIGSTOP), its disk (qcow2) and its variables are copied to
FOLDER/NAME.qcow2 and FOLDER/NAME.fd, and it goes on. The files are what kill -9 would leave then: what QEMU had not
written is in neither. Exit code 1: the machine ended, or the time was up, before the last of them.
"""
import os
import re
import shutil
import signal
import sys
import time


def lives(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def stands_still(process):
    """The signal has reached every thread of it."""
    tasks = f"/proc/{process}/task"
    for task in os.listdir(tasks):
        try:
            with open(f"{tasks}/{task}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rpartition(")")[2].split()[0] != "T":
                    return False
        except FileNotFoundError:
            pass  # it has ended meanwhile
    return True


def photograph(process, files):
    os.kill(process, signal.SIGSTOP)
    try:
        while not stands_still(process):
            time.sleep(0.001)
        for source, target in files:
            shutil.copyfile(source, target)
    finally:
        os.kill(process, signal.SIGCONT)


def has_line(console, pattern):
    """What the stage writes over with a carriage return is a line of its own."""
    with open(console, "rb") as file:
        return any(pattern.search(line) for line in re.split(rb"[\r\n]+", file.read()))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    process, (console, disk, variables, folder) = int(sys.argv[1]), sys.argv[2:6]
    end = time.monotonic() + float(sys.argv[6])
    for name, pattern in (line.split(None, 1) for line in sys.stdin.read().splitlines()):
        pattern = re.compile(pattern.encode())
        while not has_line(console, pattern):
            if not lives(process) or time.monotonic() > end:
                sys.exit(f"{name}: there was no line like {pattern.pattern.decode()}")
            time.sleep(0.05)
        photograph(process, [(disk, f"{folder}/{name}.qcow2"), (variables, f"{folder}/{name}.fd")])
        print(f"{name}: taken", flush=True)


main()
