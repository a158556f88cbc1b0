#!/usr/bin/env python3
"""The rooms and who may use whom: docs/architecture.md has a table of them, `Uses` a column.

    tests/rooms.py

complains of an include that the table does not allow, of a row that allows what nobody needs, of a circle of rooms or
of modules in a room, of a room with too many files, and of one that is only in the table or only in the tree. A room is
a folder with C sources; it may use what its own row names, and what the row of its program names outside of that.
foo.c and foo.h are one module; it uses those whose headers it includes, and those that define what its header declares.
Prints nothing, and exits with 0, when all is well.
"""
import os
import re
import subprocess
import sys

MOST = 15  # sources of a room
LARGE = {"rehearsal/execute"}  # a file for each kind of operation
API = {
    "region/region.h",  # what the programs know of the format: its reader and writer are two sides of one contract
    "rehearsal/driver/cuda_api.h",  # names that others have chosen
}
TABLE = "docs/architecture.md"
FUNCTION = re.compile(r"^(?!static\b|typedef\b|extern\b)\w[\w *]*?\b(\w+)\([^;{}]*\)[^;{}()]*\n\{", re.MULTILINE)
VARIABLE = re.compile(r"^(?!static\b|typedef\b|extern\b|struct \w+;)\w[\w *]*?\b(\w+)(?:\[[^]]*\])* ?[=;]", re.MULTILINE)
DECLARATION = re.compile(r"^(?!typedef\b|static\b|struct \w+;)\w[^;{}]*;", re.MULTILINE)
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


def place(name, include):
    """The path of what a file includes."""
    beside = os.path.join(os.path.dirname(name), include)
    return os.path.normpath(beside) if include[0] == "." or "/" not in include else include


def circle(uses):
    """A way from a node back to it, or nothing."""
    done = set()

    def walk(node, way):
        if node in way:
            return way[way.index(node):] + (node,)
        if node in done:
            return ()
        done.add(node)
        return next(filter(None, (walk(other, way + (node,)) for other in sorted(uses.get(node, ())))), ())

    return next(filter(None, (walk(node, ()) for node in sorted(uses))), ())


def code(name):
    """A file's text without comments and preprocessor."""
    with open(name, encoding="utf-8") as text:
        return re.sub(r"/\*[\s\S]*?\*/|^#(?:.*\\\n)*.*$", "", text.read(), flags=re.MULTILINE)


def defined(name):
    """What a source gives to others, functions and variables."""
    return set(FUNCTION.findall(code(name)) + VARIABLE.findall(code(name)))


def declared(name):
    """What a header says is somewhere."""
    found = set()
    for statement in DECLARATION.findall(code(name)):
        while re.search(r"\([^()]*\)", statement):
            statement = re.sub(r"\([^()]*\)", "", statement)
        found.update(re.findall(r"(\w+)(?:\[[^]]*\])*\s*[,;]", statement))
    return found


def modules(names):
    """Which modules of its own room each module uses."""
    definers, uses = {}, {}
    for name in names:
        module, extension = os.path.splitext(name)
        uses.setdefault(module, set()).update(
            os.path.splitext(path)[0] for path in map(lambda i: place(name, i), includes(name)) if path in names)
        if extension == ".c":
            for symbol in defined(name):
                definers[symbol] = module
    for name in names:
        module, extension = os.path.splitext(name)
        if extension == ".h" and name not in API:
            uses[module].update(definers[symbol] for symbol in declared(name) if symbol in definers)
    return {module: others - {module} for module, others in uses.items()}


def complaints():
    rows, names = table(), sources()
    rooms = {os.path.dirname(name) for name in names if "/" in name}
    for room in sorted(rooms ^ set(rows)):
        yield f"{TABLE}: {room}/ " + ("is no room of the tree" if room in rows else "is not in the table")
    used = {}
    for name in names:
        room = os.path.dirname(name)
        for include in includes(name):
            other = os.path.dirname(place(name, include))
            if other and other != room:
                used.setdefault(room, set()).add(other)
                if other not in allowed_to(room, rows):
                    yield f"{name}: {room}/ may not use {other}/"
    for room in sorted(rooms - LARGE):
        count = sum(os.path.dirname(name) == room and name.endswith(".c") for name in names)
        if count > MOST:
            yield f"{room}/ has {count} sources, more than {MOST}"
    found = circle(used)
    if found:
        yield "a circle: " + " > ".join(found)
    for room in sorted(rooms):
        found = circle(modules([name for name in names if os.path.dirname(name) == room]))
        if found:
            yield f"{room}/ has a circle: " + " > ".join(map(os.path.basename, found))
    for room, others in sorted(rows.items()):
        below = [used[inner] for inner in used if inner == room or inner.startswith(room + "/")]
        for other in sorted(others - set().union(*below)):
            yield f"{TABLE}: {room}/ does not use {other}/"


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
