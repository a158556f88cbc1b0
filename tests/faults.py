#!/usr/bin/env python3
"""The fault matrix, docs/faults.md, and what the tests that it names have reported.

    tests/faults.py files            the QEMU tests that make faults runs: those of tests/e2e that a row names
    tests/faults.py check            what is wrong with the table, a line each
    tests/faults.py report FILE…     reads what tests/prove -v printed of these files, shows it, and ends with a
                                     line for each of their faults and the table of all; exit code 1 unless every
                                     one was tried, ended where the table says, and told what the table says

A row's test is a file and a name in it: of a function, or what a check's description begins with. What a machine
reported is in comments of the TAP, which tests/e2e/lib.sh makes of its console and of its run:

    # machine: ended in PLACE        begins with each machine
    # said: WORDS                    what its console, or dom0, said
    # record: WORDS                  what the collected run holds
"""
import collections
import os
import re
import sys

PAGE = "docs/faults.md"
LEAST = 80
AREAS = ["Firmware", "ESP", "GRUB", "Bundle", "Memory", "Kernel", "Driver", "GPU", "Jobs", "Region", "Store", "Xen", "dom0", "Trial",
         "Power", "People"]
PLACES = ["Xen", "normal loader", "normal loader, after a reset", "dom0"]
# Where QEMU takes hours, or what make kernel builds is needed: make test-host, make test-driver and make test-e2e.
QUICK = re.compile(r"tests/e2e/(?!kernel\.t)[^/]*\.t")

Row = collections.namedtuple("Row", "area fault place told file name line")
Tried = collections.namedtuple("Tried", "place ok told skipped")


# --- the table ---


def rows(text):
    """Each row of the tables under the areas' headings."""
    area = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            area = line[3:]
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if area in AREAS and line.startswith("| ") and cells[0] != "what goes wrong":
            test = re.fullmatch(r"`([^`]+)`: (.+)", cells[-1])
            yield Row(area, cells[0], cells[1] if len(cells) == 4 else None, " | ".join(cells[2:-1]),
                      test and test.group(1), test and test.group(2), number)


def words(told):
    """What must have been said, word for word."""
    return re.findall(r"`([^`]+)`", told)


def named_in_c(text, name):
    return (re.search(rf"^static void {re.escape(name)}\(void \*\*state\)", text, re.M) is not None or
            f'{{ "{name}", ' in text)


def split_script(text):
    """A shell script's own lines, and those of its here-documents."""
    own, inner, end = [], [], None
    for line in text.splitlines():
        if end and line.strip() == end:
            end = None
        elif end:
            inner.append(line)
        else:
            own.append(line)
            begun = re.search(r"<<-?'?([A-Z]\w*)'?$", line)
            end = begun and begun.group(1)
    return own, inner


def named_in_script(text, name):
    """As the first argument of a command, alone or before a colon; or as the first word of a table's row."""
    own, inner = split_script(text)
    call = re.compile(rf'\s*(?!echo|printf|#)[a-z_]+ (\$\? )?"{re.escape(name)}(: [^"]*)?"')
    return any(map(call.match, own)) or any(re.match(rf"\s*{re.escape(name)} \S+ \S+", line) for line in inner)


def parts(file):
    """The files that a test's names can be in: its own, and what runs in its machine or is shared with another."""
    beside = [file, file[:-2] + "/init", file[:-2] + ".sh"]
    return [path for path in (beside if file.endswith(".t") else [file]) if os.path.isfile(path)]


def is_there(file, name):
    for path in parts(file):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if (named_in_c if path.endswith(".c") else named_in_script)(text, name):
            return True
    return False


def row_problems(row):
    if row.place not in PLACES:
        yield f"ends in {row.place}, which is none of: " + "; ".join(PLACES)
    if not row.file:
        yield "names no test as `FILE`: NAME"
    elif not parts(row.file):
        yield f"there is no {row.file}"
    elif not is_there(row.file, row.name):
        yield f"{row.file} has no test of the name: {row.name}"
    if row.file and QUICK.fullmatch(row.file) and not words(row.told):
        yield "has no words in backquotes that its machine must have said"


def problems(table):
    """What is wrong with the table, a line each."""
    for row in table:
        for problem in row_problems(row):
            yield f"{PAGE}:{row.line}: {row.fault}: {problem}"
    for area in AREAS:
        if not any(row.area == area for row in table):
            yield f"{PAGE}: no fault of the area {area}"
    for what, key in ("fault", lambda row: (row.area, row.fault)), ("row", lambda row: (row.file, row.name, row.told)):
        for twice, count in collections.Counter(map(key, table)).items():
            if count > 1:
                yield f"{PAGE}: the {what} is there {count} times: {': '.join(map(str, twice))}"
    if len(table) < LEAST:
        yield f"{PAGE}: {len(table)} faults, fewer than {LEAST}"


# --- what was reported ---


def parse(lines, files):
    """Of each file: a list of (description, good, skipped, machine), and each machine is {place, told}."""
    reported, file, machine = {name: [] for name in files}, None, None
    for line in map(str.rstrip, lines):
        if line in reported:
            file, machine = line, {"place": None, "told": []}
        elif re.match(r"tests/\S+\.t$", line):
            file = None
        elif file is None:
            continue
        elif line.startswith("# machine: ended in "):
            machine = {"place": line[len("# machine: ended in "):], "told": []}
        elif line.startswith(("# said: ", "# record: ")):
            machine["told"].append(line.split(": ", 1)[1])
        elif check := re.match(r"(not )?ok \d+ - (.*?)( # SKIP.*)?$", line):
            reported[file].append((check.group(2), not check.group(1), bool(check.group(3)), machine))
    return reported


def outcome(row, checks):
    """What became of a row, or nothing when no check of its name was there."""
    ours = [check for check in checks if check[0] == row.name or check[0].startswith(row.name + ": ")]
    if not ours:
        return None
    told = "\n".join(line for check in ours for line in check[3]["told"])
    return Tried({check[3]["place"] for check in ours}, all(good for _, good, _, _ in ours),
                 [word for word in words(row.told) if word not in told], any(skipped for _, _, skipped, _ in ours))


def verdict(row, tried):
    """Nothing when all of the row is true; otherwise what is not."""
    if tried is None or tried.skipped:
        return "not tried"
    if not tried.ok:
        return "a check failed"
    if tried.place != {row.place}:
        return "ended in " + ", ".join(str(place) for place in tried.place)
    return "nothing said: " + ", ".join(tried.told) if tried.told else None


def report(table, reported):
    """The lines to print, and whether all is true."""
    ours = [row for row in table if row.file in reported]
    found = [(row, tried, verdict(row, tried))
             for row in ours for tried in [outcome(row, reported[row.file])]]
    for row, _, wrong in found:
        yield f"{'NOT TRUE' if wrong else 'true':<9} {row.area}: {row.fault}: {row.place}" + (f": {wrong}" if wrong else "")
    tried = [(row, one) for row, one, _ in found if one and not one.skipped]
    yield f"{'faults tried':<42} {len(tried):>3} of {len(ours)}"
    for place in PLACES:
        there = sum(one.place == {place} and row.place == place for row, one in tried)
        yield f"{'ended in ' + place:<42} {there:>3} of {sum(row.place == place for row in ours)}"
    yield f"{'record true':<42} {sum(one.ok and not one.told for _, one in tried):>3} of {len(ours)}"


def all_true(table, reported):
    ours = [row for row in table if row.file in reported]
    return bool(ours) and not any(verdict(row, outcome(row, reported[row.file])) for row in ours)


def shown(stream):
    """Each line, printed as it comes."""
    for line in stream:
        print(line, end="", flush=True)
        yield line


def main():
    with open(PAGE, encoding="utf-8") as page:
        table = list(rows(page.read()))
    if sys.argv[1:] == ["files"]:
        print(*sorted({row.file for row in table if row.file and QUICK.fullmatch(row.file)}), sep="\n")
    elif sys.argv[1:] == ["check"]:
        print(*problems(table), sep="\n")
    elif sys.argv[1:2] == ["report"] and sys.argv[2:]:
        lines = list(shown(sys.stdin))
        reported = parse(lines, sys.argv[2:])
        print("faults:", *report(table, reported), sep="\nfaults: ")
        passed = any(line.startswith("Result: PASS") for line in lines)
        sys.exit(not (passed and all_true(table, reported)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
