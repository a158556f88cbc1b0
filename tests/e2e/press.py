#!/usr/bin/env python3
"""Runs a machine, and presses a key on its keyboard once its serial log has a line.

    tests/e2e/press.py PATTERN KEY scripts/qemu.sh ESP SERIAL_LOG

PATTERN is a regular expression, KEY a name of QEMU's. Exit code: the machine's; 1 when it ends before.
"""
import sys
import time

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path.insert(0, "tests")
from monitor import Monitor, has_line, machine  # noqa: E402  (found by the line above)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    pattern, key, *command = sys.argv[1:]
    log, path = command[-1], command[-1] + ".qmp"
    with machine(command, path) as process:
        while not has_line(log, pattern):
            if process.poll() is not None:
                sys.exit(f"the machine ended without a line like {pattern}: exit code {process.returncode}")
            time.sleep(0.1)
        Monitor(path).ask("human-monitor-command", **{"command-line": f"sendkey {key}"})
        sys.exit(process.wait())


if __name__ == "__main__":
    main()
