"""initramfs/gpus.tsv as the tests read it, and what can be compared with it; for tests/driver/gpus.t and
tests/unit/scripts/gpus_data.t."""

import os
import re


def environment():
    """What of this process's surroundings a script gets: no choice of another driver."""
    return {name: value for name, value in os.environ.items()
            if name not in ("DRIVER", "PAIR", "FLAVOUR", "GPU", "KERNEL")}


class Tap:
    """TAP on standard output: a check is good when it has no problems."""

    def __init__(self):
        self.count = 0
        self.failed = False

    def check(self, name, problems):
        self.count += 1
        for problem in problems[:20]:
            print(f"# {problem}")
        if len(problems) > 20:
            print(f"# and {len(problems) - 20} more")
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}", flush=True)
        self.failed = self.failed or bool(problems)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def plan(self):
        print(f"1..{self.count}")
        return self.failed


class Row:
    """A line "gpus" of the table."""

    def __init__(self, fields):
        (self.name, self.generation, chips, self.examples, flavours, first, last, firmware) = fields
        self.chips = chips.split(", ")
        self.flavours = flavours.split(",")
        self.first = int(first)
        self.last = None if last == "-" else int(last)
        self.firmware = None if firmware == "-" else firmware

    def words(self):
        """The products that it names, each as it may stand at the end of a list's name or within it."""
        for part in self.examples.split(", "):
            yield from part.split(" to ")


class Table:
    """The file; faults has what is wrong in it by itself."""

    def __init__(self, path):
        self.rows, self.ranges, self.faults = [], [], []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.startswith("#"):
                    self._line(f"{path}:{number}", line.rstrip("\n").split("\t"))
        self._whole()

    def _line(self, where, fields):
        kind, *rest = fields
        if kind == "gpus" and len(rest) == 8:
            self._gpus(where, rest)
        elif kind == "ids" and len(rest) == 3 and all(re.fullmatch("[0-9A-F]{4}", word) for word in rest[:2]):
            self.ranges.append((where, *rest))
        else:
            self.faults.append(f"{where}: neither gpus nor ids")

    def _gpus(self, where, fields):
        try:
            row = Row(fields)
        except ValueError as error:
            self.faults.append(f"{where}: {error}")
            return
        if set(row.flavours) - {"open", "proprietary"}:
            self.faults.append(f"{where}: a flavour that there is not")
        if ("open" in row.flavours) != bool(row.firmware):
            self.faults.append(f"{where}: the open modules need firmware, and no others have it alone")
        if row.last and row.last < row.first:
            self.faults.append(f"{where}: it ends before it begins")
        self.rows.append(row)

    def _whole(self):
        names = [row.name for row in self.rows]
        self.faults += [f"{name}: twice" for name in set(names) if names.count(name) > 1]
        before = ""
        for where, first, last, name in self.ranges:
            if name not in names:
                self.faults.append(f"{where}: there is no {name}")
            if first > last or first <= before:
                self.faults.append(f"{where}: {first} to {last} is not in order, or overlaps")
            before = last
        self.faults += [f"{name}: no PCI id" for name in names if name not in [one[3] for one in self.ranges]]

    def of_id(self, one):
        """The row of a PCI device id, or None."""
        for _, first, last, name in self.ranges:
            if first <= one <= last:
                return next((row for row in self.rows if row.name == name), None)
        return None


def examples(table, products, version):
    """Products that a row of this version's driver names, and the list has elsewhere or not at all."""
    problems = [] if products else ["no list of products was found"]
    for row in table.rows:
        for word in row.words() if row.first <= version else ():
            pattern = re.compile(r"(?:^|[ /\[-])" + re.escape(word) + r"(?:$|[ /\]-])")
            rows = {getattr(table.of_id(one), "name", "none") for name, one in products if pattern.search(name)}
            if row.name not in rows:
                problems.append(f"{row.name}: the list has {word} in {', '.join(sorted(rows)) or 'no row'}")
    return problems


def of_chips(table, devices):
    """Devices, (name, id), whose name begins with a chip of another row. GA10x stands for all chips that begin so."""
    problems, count = [], 0
    for name, one in devices:
        chip = re.match(r"G[A-Z]\d{3}|[A-Z]{2}\d{3}", name)
        # GA100 is a row of its own, and would be one of GA10x
        rows = {word: row for row in table.rows for word in row.chips}
        wanted = chip and (rows.get(chip[0]) or rows.get(chip[0][:-1] + "x"))
        if not wanted:
            continue
        row = table.of_id(one)
        count += 1
        if row != wanted:
            problems.append(f"10DE:{one} is {chip[0]} ({wanted.name}), and in {row.name if row else 'no row'}")
    return problems + ([] if count > 300 else [f"only {count} chips were compared"])


def firmware(table, files, version):
    """Rows whose chips ask for another file: {family of chips: file}, as the driver's source names families."""
    problems, count = [], 0
    for row in table.rows:
        if not row.firmware or version < row.first:
            continue
        for chip in row.chips:
            count += 1
            if files.get(chip.lower()) != row.firmware:
                problems.append(f"{row.name}: {chip} loads {files.get(chip.lower())}, not {row.firmware}")
    return problems + ([] if count > 4 else ["nothing was compared"])
