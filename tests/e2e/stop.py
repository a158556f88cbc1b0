#!/usr/bin/env python3
"""Runs a machine until its serial log has a line, takes the region out of its memory, and ends it.

    tests/e2e/stop.py PATTERN REGION BYTES scripts/qemu.sh ESP SERIAL_LOG

PATTERN is a regular expression; REGION becomes a file of BYTES, the region's size. For tests of what happens before
Xen: to boot Xen and dom0 as well takes twice as long. Exit code: 0; 1 when the machine ends by itself before, or
has no region.
"""
import os
import sys
import time

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path.insert(0, "tests")
from monitor import Monitor, has_line, machine  # noqa: E402  (found by the line above)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    pattern, region, size, *command = sys.argv[1:]
    log, path = command[-1], command[-1] + ".qmp"
    with machine(command, path) as process:
        while not has_line(log, pattern):
            if process.poll() is not None:
                sys.exit(f"the machine ended without a line like {pattern}: exit code {process.returncode}")
            time.sleep(0.1)
        Monitor(path).save_region(int(size), os.path.abspath(region))


if __name__ == "__main__":
    main()
