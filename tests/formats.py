#!/usr/bin/env python3
"""Compares PATH.ktap and PATH.junit with PATH.json: every planned job, its status, its reason, the verdict; and each
with the rules of its format (tests/ktap.py, tests/junit.py).

    tests/formats.py PATH
"""
import json
import sys

import junit
import ktap

ELEMENT = {"pass": None, "fail": "failure", "skip": "skipped"}  # any other is an error
DIRECTIVE = {"pass": "", "fail": "", "skip": "SKIP", "timeout": "TIMEOUT"}


def read(path, mode="r", **more):
    with open(path, mode, **more) as file:
        return file.read()


def planned(run):
    """Name, status and reason of each test that there must be."""
    for job in run["jobs"]:
        device = "none" if job["device"] is None else job["device"]
        yield f'{job["job"]}/{device}', job["status"], job.get("reason")
    yield "run", "pass" if run["verdict"] == "pass" else "fail", None


def compare_ktap(text, tests):
    found, faults = ktap.parse(text)
    if len(found) != len(tests):
        return faults + [f"{len(found)} tests, not {len(tests)}"]
    for test, (name, status, reason) in zip(found, tests):
        result = "skip" if status == "skip" else "ok" if status == "pass" else "not ok"
        directive = DIRECTIVE.get(status, "ERROR")
        if test.name != name.replace("\\", "\\\\") or test.status != result or test.directive != directive:
            faults.append(f"{name} is {status}: {test}")
        if name != "run" and result == "not ok" and f"# status: {status}" not in test.log:
            faults.append(f"{name}: its status is not told before it: {test.log}")
        if name != "run" and result == "not ok" and not any(line.startswith("# reason: ") for line in test.log):
            faults.append(f"{name}: its reason is not told before it: {test.log}")
    return faults


def compare_case(case, name, status, reason):
    wanted = ELEMENT.get(status, "error")
    results = [child for child in case if child.tag in junit.RESULTS]
    faults = []
    if case.get("name") != name:
        faults.append(f"{case.get('name')} is there for {name}")
    if [child.tag for child in results] != ([wanted] if wanted else []):
        faults.append(f"{name} is {status}: {[child.tag for child in results]}")
    for child in results:
        if child.get("type") != status:
            faults.append(f"{name} is {status}: {child.get('type')}")
        if reason and reason.isprintable() and child.text != reason:
            faults.append(f"{name}: {child.text} instead of {reason}")
        if reason and reason.isprintable() and not reason.startswith(child.get("message").removesuffix("...")):
            faults.append(f"{name}: {child.get('message')} instead of {reason}")
    return faults


def compare_junit(data, tests):
    root, faults = junit.check(data)
    if root is None:
        return faults
    cases = root.findall("testsuite/testcase")
    names = [name for name, _, _ in tests]
    if len(cases) != len(tests):
        return faults + [f"{len(cases)} test cases, not {len(tests)}"]
    for case, test in zip(cases, tests):
        faults += compare_case(case, *test)
    found = [(case.get("classname"), case.get("name")) for case in cases]
    if len(set(names)) == len(names) and len(set(found)) != len(found):
        faults.append("GitLab takes two test cases for one")
    return faults


def compare(path):
    """What is wrong with the two, as lines."""
    tests = list(planned(json.loads(read(path + ".json", encoding="utf-8"))))
    text = read(path + ".ktap", encoding="utf-8", errors="backslashreplace")
    return ([f"KTAP: {fault}" for fault in compare_ktap(text, tests)] +
            [f"JUnit: {fault}" for fault in compare_junit(read(path + ".junit", "rb"), tests)])


if __name__ == "__main__":
    wrong = compare(sys.argv[1])
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
