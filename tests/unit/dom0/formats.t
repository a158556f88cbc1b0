#!/usr/bin/env python3
"""KTAP, JUnit and CSV of every sample of a run: by the rules of their readers (tests/ktap.py, tests/junit.py), and what they
say compared with run.json (tests/formats.py). First, that these rules find what is wrong. TAP on standard output."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
import formats  # noqa: E402
import junit  # noqa: E402
import ktap  # noqa: E402

BUILD = os.environ.get("BUILD", "build")

# --- the rules themselves ---

NESTED = """KTAP version 1
1..3
  KTAP version 1
  # Subtest: outer
  1..2
  # told of the first
  ok 1 - one
    KTAP version 1
    1..1
    not ok 1 deep
  not ok 2 two
not ok 1 outer
# status: timeout
not ok 2 slow # TIMEOUT 30 seconds
ok 3 last # SKIP no GPU
"""

# A good text, and what makes it a bad one, as (old, new) of its text.
BAD_KTAP = {
    "no version": ("KTAP version 1\n1..3", "1..3"),
    "another version": ("KTAP version 1\n1..3", "KTAP version 2\n1..3"),
    "no plan": ("1..3\n", ""),
    "a plan of more tests": ("1..3\n", "1..4\n"),
    "a plan of fewer tests": ("1..3\n", "1..2\n"),
    "a number twice": ("ok 3 last", "ok 2 last"),
    "'#' in a name": ("ok 3 last", "ok 3 la#st"),
    "one blank for a nested test": ("    not ok 1 deep", "   not ok 1 deep"),
    "a nested version line that is not indented": ("  KTAP version 1\n  # Sub", "KTAP version 1\n  # Sub"),
    "a parent that passes, with a test that failed": ("  not ok 2 two", "  ok 2 two"),
    "a line of no kind": ("# status: timeout", "status: timeout"),
    "something told behind the last test": ("# SKIP no GPU\n", "# SKIP no GPU\n# wall_s: 1\n"),
    "a line at which the kernel's log ends": ("# status: timeout", "# reason: reboot: System halted"),
    "a line separator of Unicode in a reason": ("30 seconds", "30\u2028ok 3 seconds"),
    "a timeout that is ok": ("not ok 2 slow", "ok 2 slow"),
}

GOOD_JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="s" tests="2" failures="1" errors="0" time="1.500">
<testsuite name="s" tests="2" failures="1" errors="0" skipped="0" time="1.500" timestamp="2026-01-02T03:04:05"
hostname="dom0" id="x"><properties><property name="a" value=""/></properties>
<testcase classname="c" name="a" time="1.500"><failure type="fail" message="m">m</failure><system-out>o</system-out>
<system-err>e</system-err></testcase><testcase classname="c" name="b"/></testsuite></testsuites>
"""

BAD_JUNIT = {
    "not well-formed": ("</testsuites>", ""),
    "a control character": ("<system-out>o", "<system-out>\x1b"),
    "a character that XML has not": ("<system-out>o", "<system-out>\ufffe"),
    "a bare '&'": ("<system-out>o", "<system-out>&"),
    "properties in a test case": ('<testcase classname="c" name="b"/>',
                                  '<testcase classname="c" name="b"><properties/></testcase>'),
    "the result behind the output": ('<failure type="fail" message="m">m</failure><system-out>o</system-out>',
                                     '<system-out>o</system-out><failure type="fail" message="m">m</failure>'),
    "errors before output": ("<system-out>o</system-out>\n<system-err>e</system-err>",
                             "<system-err>e</system-err><system-out>o</system-out>"),
    "two results": ("<system-out>o", '<error type="e" message="m">m</error><system-out>o'),
    "a reason in the attribute alone": (">m</failure>", "/>"),
    "a zone in the time stamp": ("03:04:05", "03:04:05Z"),
    "no host": ('hostname="dom0"', ""),
    "a wrong number of failures": ('failures="1" errors="0" skipped', 'failures="0" errors="0" skipped'),
    "a wrong number of tests": ('tests="2" failures="1" errors="0" time', 'tests="3" failures="1" errors="0" time'),
    "a wrong sum of seconds": ('errors="0" time="1.500"', 'errors="0" time="2.500"'),
    "six decimals": ('name="a" time="1.500"', 'name="a" time="1.500000"'),
    "an exponent": ('name="a" time="1.500"', 'name="a" time="1.5e0"'),
    "an attribute that nobody knows": ('id="x"', 'id="x" verdict="pass"'),
    "text between tags": ("</properties>", "</properties>text"),
    "another root": ("testsuites", "suites"),
}


def changed(text, change):
    old, new = change
    assert old in text, old
    return text.replace(old, new)


def ktap_is_read():
    tests, faults = ktap.parse("some boot message\n" + NESTED)
    found = [(test.name, test.status, test.directive, len(test.tests)) for test in tests]
    expected = [("outer", "not ok", "", 2), ("slow", "not ok", "TIMEOUT", 0), ("last", "skip", "SKIP", 0)]
    if tests and tests[0].tests[0].log != ["  # told of the first"]:
        faults.append(f"{tests[0].tests[0].log}")
    return faults + ([f"{found}"] if found != expected else [])


def ktap_is_refused():
    return [f"taken: {name}" for name, change in BAD_KTAP.items() if not ktap.parse(changed(NESTED, change))[1]]


def junit_is_read():
    return junit.check(GOOD_JUNIT.encode())[1]


def junit_is_refused():
    return [f"taken: {name}" for name, change in BAD_JUNIT.items()
            if not junit.check(changed(GOOD_JUNIT, change).encode())[1]]


# --- what forestage prints ---


def collect(sample, form):
    option = ["--json"] if form == "json" else ["--format", form]
    result = subprocess.run([f"{BUILD}/dom0/forestage", "collect", "--region", f"{sample}.region", *option],
                            stdout=subprocess.PIPE, check=False)
    pathlib.Path(f"{sample}.{form}").write_bytes(result.stdout)


def make_samples(folder):
    made = subprocess.run([f"{BUILD}/tests/dom0-samples", folder], stdout=subprocess.PIPE, check=True, text=True)
    samples = [line.removesuffix(".region") for line in made.stdout.split()]
    for sample in samples:
        for form in ("json", "ktap", "junit", "csv"):
            collect(sample, form)
    return samples


def cases(sample):
    root, _ = junit.check(pathlib.Path(f"{sample}.junit").read_bytes())
    return {case.get("name"): case for case in root.iter("testcase")}


# What jobs of the sample "printed" said last, as it has to be there; tests/unit/dom0/sample_write.c has the bytes.
SAID = [
    ("says/0", "system-out", "one\n\t<tag> & \"two\" 'three' ]]>\\x0d\n\\x1b[31mred\\xff ? \\xe2\\x80\\xa8 "
                             "\\xed\\xa0\\x80 end\\x00.\n\n[77 bytes more were printed, and not recorded]"),
    ("says/0", "system-err", "warned\n"),
    ("long/0", "system-out", "[5906 bytes before this are in jobs/long/0/stdout]\n" + "\u00e9" * 2047 + "."),
    ("long/0", "system-err", "[7908 bytes before this are in jobs/long/0/stderr]\n" + "\U0001f600" * 1023 + "."),
    ("bytes/0", "system-out", "[1904 bytes before this are in jobs/bytes/0/stdout]\n" + "\\x80" * 4096),
    ("bytes/0", "system-err", "[1908 bytes before this are in jobs/bytes/0/stderr]\n" + "\u20ac" * 1364 + ".."),
    ("silent/0", "system-out", None),
    ("unreached/0", "system-out", None),
]


def ends_are_there(sample):
    found = cases(sample)
    faults = []
    for name, element, expected in SAID:
        there = found[name].find(element)
        text = None if there is None else there.text
        if text != expected:
            faults.append(f"{name} {element}: {text!r}")
    return faults


def suite_has_properties(sample):
    root, _ = junit.check(pathlib.Path(f"{sample}.junit").read_bytes())
    found = {item.get("name"): item.get("value") for item in root.iter("property")}
    expected = {"run": "6f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1", "verdict": "pass", "rehearsal": "false",
                "kernel": "6.1.0", "device.0.name": "NVIDIA H100", "device.0.pci": "0000:01:00.0",
                "job.vecadd/0.run_s": "0.0625"}
    return [f"{name}: {found.get(name)}" for name, value in expected.items() if found.get(name) != value]


def texts_hide_no_directive(sample):
    """A name or reason with '#', with a line break or with the end of a kernel's log in it changes no test."""
    text = pathlib.Path(f"{sample}.ktap").read_text(encoding="utf-8")
    tests, faults = ktap.parse(text)
    directives = [test.directive for test in tests]
    expected = ["", "ERROR", "TIMEOUT", "", "", "", "ERROR", "SKIP", "ERROR", ""]
    if directives != expected:
        faults.append(f"{directives}")
    if re.search(r"^(not ok|ok) .*#.*#", text, re.M):
        faults.append("two '#' in the line of a test")
    return faults


def main():
    checks = [
        ("KTAP is read by the kernel's rules, nested too", ktap_is_read),
        (f"{len(BAD_KTAP)} texts that are none are found", ktap_is_refused),
        ("JUnit is read by the rules of its schema", junit_is_read),
        (f"{len(BAD_JUNIT)} texts that are none are found", junit_is_refused),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for sample in make_samples(folder):
            checks.append((f"a run that is {os.path.basename(sample)}", lambda sample=sample: formats.compare(sample)))
        printed, passed = f"{folder}/printed", f"{folder}/passed"
        checks += [
            ("the end of what jobs printed, safe and cut between characters", lambda: ends_are_there(printed)),
            ("the suite has the run's facts as properties", lambda: suite_has_properties(passed)),
            ("no text of others is a directive or an end", lambda: texts_hide_no_directive(printed)),
        ]
        failed = 0
        for number, (name, check) in enumerate(checks, 1):
            faults = check()
            failed += bool(faults)
            print("\n".join([f"{'not ok' if faults else 'ok'} {number} - {name}", *(f"#   {line}" for line in faults)]))
    print(f"1..{len(checks)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
