#!/usr/bin/env python3
"""KTAP as the parser of Linux's tools/testing/kunit reads it (Documentation/dev-tools/ktap.rst), written anew.

    tests/ktap.py FILE…

says what is wrong in the files, and exits with 1 then. The rules:
- Lines are those of str.splitlines(). What is before the version line is dropped; the text ends at a line that has one
  of the kernel's last sentences anywhere.
- After the version line "KTAP version 1" comes the plan, "1..N", then N tests.
- A test is a line "ok N NAME" or "not ok N NAME", N from 1 on. "- " before the name is none of it, the name has no '#';
  behind " # " are a directive and more. SKIP is a skip, whatever the line begins with; the others change nothing.
- Any other line, "# …" as a rule, is told of the test whose line is next.
- Where a test's line could be, a version line or "# Subtest: NAME" begins a test with tests of its own; theirs are
  indented by two blanks more, and its own line ends it. One with a test that failed has failed.
Beyond that no line may be there that is none of these, and none after the last test: nobody would see it.
"""
import re
import sys
from collections import namedtuple

VERSION = re.compile(r"(?P<indent> *)KTAP version (?P<version>[0-9]+)$")
HEADER = re.compile(r" *# Subtest: (?P<name>.*)$")
PLAN = re.compile(r" *1\.\.(?P<count>[0-9]+)$")
TEST = re.compile(r"(?P<indent> *)(?P<result>ok|not ok) (?P<number>[0-9]+) (- )?(?P<name>[^#]*?)( # (?P<rest>.*))?$")
NOTE = re.compile(r" *# ")
LAST = re.compile(r"List of all partitions:|Kernel panic - not syncing: VFS:|reboot: System halted")
STEP = 2

Test = namedtuple("Test", "name status directive reason log tests")


class Reader:
    def __init__(self, text):
        self.lines = []
        self.faults = []
        started = False
        for line in text.splitlines():
            started = started or VERSION.match(line) is not None
            if started and LAST.search(line):
                self.faults.append(f"reading ends at: {line}")
                break
            if started:
                self.lines.append(line.rstrip())
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take(self, pattern):
        """The match of the next line, which is then behind us, or None."""
        line = self.peek()
        match = pattern.match(line) if line is not None else None
        self.at += match is not None
        return match

    def take_notes(self):
        notes = []
        while self.peek() is not None and not any(
                pattern.match(self.peek()) for pattern in (TEST, HEADER, VERSION, PLAN)):
            if not NOTE.match(self.peek()):
                self.faults.append(f"no kind of line: {self.peek()}")
            notes.append(self.peek())
            self.at += 1
        return notes


def read_tests(reader, depth):
    """The tests of one level, from its plan on; what is left over behind them is returned too."""
    notes = reader.take_notes()
    plan = reader.take(PLAN)
    tests = []
    if not plan:
        reader.faults.append(f"no plan before: {reader.peek()}")
        return tests
    for number in range(1, int(plan["count"]) + 1):
        test = read_test(reader, number, depth, notes)
        if not test:
            reader.faults.append(f"test {number} of {plan['count']} is missing")
            break
        tests.append(test)
        notes = []
    return tests


def read_test(reader, number, depth, notes):
    log = notes + reader.take_notes()
    version, header = reader.take(VERSION), reader.take(HEADER)
    tests = []
    if version or header:
        if version and len(version["indent"]) != STEP * (depth + 1):
            reader.faults.append(f"not indented by {STEP * (depth + 1)}: {version[0]}")
        tests = read_tests(reader, depth + 1)
        log += reader.take_notes()
    match = reader.take(TEST)
    if not match:
        return None
    if len(match["indent"]) != STEP * depth:
        reader.faults.append(f"not indented by {STEP * depth}: {match[0]}")
    if int(match["number"]) != number:
        reader.faults.append(f"number {number} is due: {match[0]}")
    if header and header["name"] != match["name"]:
        reader.faults.append(f"the subtest {header['name']} ends as {match['name']}")
    directive, _, reason = (match["rest"] or "").partition(" ")
    status = "skip" if directive == "SKIP" else match["result"]
    if directive in ("TIMEOUT", "ERROR") and status == "ok":
        reader.faults.append(f"{directive}, and yet ok: {match[0]}")
    if status == "ok" and any(test.status == "not ok" for test in tests):
        reader.faults.append(f"ok, with a test that is not: {match[0]}")
    return Test(match["name"], status, directive, reason, log, tests)


def parse(text):
    """The tests of the first level, and what is wrong."""
    reader = Reader(text)
    version = reader.take(VERSION)
    if not version:
        return [], ["no version line"]
    if version["version"] != "1" or version["indent"]:
        reader.faults.append(f"another version: {version[0]}")
    tests = read_tests(reader, 0)
    if reader.peek() is not None:
        reader.faults.append(f"behind the last test: {reader.peek()}")
    return tests, reader.faults


def main():
    wrong = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            _, faults = parse(file.read())
        for fault in faults:
            print(f"{path}: {fault}")
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
