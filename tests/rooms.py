#!/usr/bin/env python3
"""The rooms and who may use whom: docs/architecture.md has a table of them, `Uses` a column.

    tests/rooms.py

complains of an include that the table does not allow, of a row that allows what nobody needs, of a circle, of a room
with too many files, and of one that is only in the table or only in the tree. A room is a folder with C sources; it may
use what its own row names, and what the row of its program names outside of that. Prints nothing, and exits with 0,
when all is well.
"""
import os
import re
import subprocess
import sys

MOST = 15  # sources of a room
LARGE = {"rehearsal/execute"}  # a file for each kind of operation
TABLE = "docs/architecture.md"
ROW = re.compile(r"^\| `([a-z0-9/]+)/` \|.*\| ([^|]*) \|$")


def table():
    """What each room may use, as its row says."""
    with open(TABLE, encoding="utf-8") as text:
        rows = [match.groups() for match in map(ROW.match, text) if match]
    return {room: set(re.findall(r"`([a-z0-9/]+)/`", uses)) for room, uses in rows}


def allowed_to(room, rows):
    """That, and of other programs what the row of its own program says."""
    program = room.split("/")[0]
    return rows.get(room, set()) | {other for other in rows.get(program, ()) if other.split("/")[0] != program}


def sources():
    listed = subprocess.run(["git", "ls-files", "*.c", "*.h"], check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split() if not name.startswith(("tests/", "samples/", "scripts/"))]


def includes(name):
    with open(name, encoding="utf-8") as text:
        return re.findall(r'^#include "([^"]+)"', text.read(), re.MULTILINE)


def circle(uses, room, way=()):
    """A way from a room back to one on it, or nothing."""
    if room in way:
        return way[way.index(room):] + (room,)
    return next(filter(None, (circle(uses, other, way + (room,)) for other in sorted(uses.get(room, ())))), ())


def complaints():
    rows, names = table(), sources()
    rooms = {os.path.dirname(name) for name in names if "/" in name}
    for room in sorted(rooms ^ set(rows)):
        yield f"{TABLE}: {room}/ " + ("is no room of the tree" if room in rows else "is not in the table")
    used = {}
    for name in names:
        room = os.path.dirname(name)
        for include in includes(name):
            other = os.path.dirname(os.path.normpath(os.path.join(room, include)) if include[0] == "." else include)
            if other and other != room:
                used.setdefault(room, set()).add(other)
                if other not in allowed_to(room, rows):
                    yield f"{name}: {room}/ may not use {other}/"
    for room in sorted(rooms - LARGE):
        count = sum(os.path.dirname(name) == room and name.endswith(".c") for name in names)
        if count > MOST:
            yield f"{room}/ has {count} sources, more than {MOST}"
    found = next(filter(None, (circle(used, room) for room in sorted(used))), ())
    if found:
        yield "a circle: " + " > ".join(found)
    for room, others in sorted(rows.items()):
        below = [used[inner] for inner in used if inner == room or inner.startswith(room + "/")]
        for other in sorted(others - set().union(*below)):
            yield f"{TABLE}: {room}/ does not use {other}/"


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
