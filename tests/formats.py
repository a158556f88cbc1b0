#!/usr/bin/env python3
"""Compares PATH.ktap and PATH.junit with PATH.json: every planned job, its status, the verdict."""
import json
import re
import sys
import xml.etree.ElementTree as tree

path = sys.argv[1]
with open(path + ".json", encoding="utf-8") as file:
    run = json.load(file)
expected = []
for job in run["jobs"]:
    device = "none" if job["device"] is None else job["device"]
    expected.append((f'{job["job"]}/{device}', job["status"]))
expected.append(("run", "pass" if run["verdict"] == "pass" else "fail"))

with open(path + ".ktap", encoding="utf-8") as file:
    lines = file.read().splitlines()
assert lines[0] == "KTAP version 1", lines[0]
assert lines[1] == f"1..{len(expected)}", lines[1]
tests = [line for line in lines[2:] if not line.startswith("#")]
assert len(tests) == len(expected), tests
for number, (line, (name, status)) in enumerate(zip(tests, expected), 1):
    match = re.fullmatch(r"(ok|not ok) (\d+) (\S+)( # SKIP .+)?", line)
    assert match and int(match[2]) == number and match[3] == name, line
    assert (match[1] == "ok") == (status in ("pass", "skip")), line
    assert bool(match[4]) == (status == "skip"), line

suite = tree.parse(path + ".junit").getroot().find("testsuite")
cases = suite.findall("testcase")
assert [case.get("name") for case in cases] == [name for name, _ in expected], cases
found = {"failure": 0, "error": 0, "skipped": 0}
element = {"pass": None, "fail": "failure", "skip": "skipped"}
for case, (name, status) in zip(cases, expected):
    results = [child for child in case if child.tag != "properties"]
    wanted = element.get(status, "error")
    assert [child.tag for child in results] == ([wanted] if wanted else []), name
    for child in results:
        found[child.tag] += 1
        assert child.get("message"), name
        assert wanted == "skipped" or child.get("type") == status, name
assert int(suite.get("tests")) == len(expected)
assert int(suite.get("failures")) == found["failure"]
assert int(suite.get("errors")) == found["error"]
assert int(suite.get("skipped")) == found["skipped"]
