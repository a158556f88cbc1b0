#!/usr/bin/env python3
"""Runs a machine, and presses a key on its keyboard once its serial log has a line.

    tests/e2e/press.py PATTERN KEY scripts/qemu.sh ESP SERIAL_LOG

PATTERN is a regular expression, KEY a name of QEMU's. Exit code: the machine's; 1 when it ends before.
"""
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path[:0] = ["tests", "tests/e2e"]
from monitor import Monitor  # noqa: E402  (found by the line above)
from stop import has_line  # noqa: E402


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    pattern, key, *command = sys.argv[1:]
    log, path = command[-1], command[-1] + ".qmp"
    for old in (log, path):
        if os.path.exists(old):
            os.unlink(old)
    extra = f"{os.environ.get('QEMU_EXTRA', '')} -qmp unix:{path},server=on,wait=off"
    machine = subprocess.Popen(command, env={**os.environ, "QEMU_EXTRA": extra})
    try:
        while not has_line(log, pattern):
            if machine.poll() is not None:
                sys.exit(f"the machine ended without a line like {pattern}: exit code {machine.returncode}")
            time.sleep(0.1)
        Monitor(path).ask("human-monitor-command", **{"command-line": f"sendkey {key}"})
        sys.exit(machine.wait())
    finally:
        machine.terminate()  # timeout ends QEMU, too
        machine.wait()


if __name__ == "__main__":
    main()
