#!/usr/bin/env python3
"""Compares PATH.ktap, PATH.junit and PATH.csv with PATH.json: every planned job, its status, its reason, the verdict; and each
with the rules of its format (tests/ktap.py, tests/junit.py).

    tests/formats.py PATH
"""
import csv
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


PLACES = {"run": "run_id", "verdict": "verdict"}  # in run.json itself; all others are a job's


def value_of(run, job, column):
    if column in PLACES:
        return run.get(PLACES[column])
    if "." in column:
        test, metric = column.split(".")
        tests = [found for found in (job.get("check") or {}).get("tests", []) if found.get("test") == test]
        return tests[0].get(metric) if tests else None
    return (job.get("timings") or {}).get(column, job.get(column))


def as_cell(value):
    if value is None or isinstance(value, (list, dict)):
        return ""
    if isinstance(value, str):
        return "'" + value if value[:1] and value[0] in "=+-@" else value
    return {True: "true", False: "false"}.get(value) if isinstance(value, bool) else value


def compare_csv(text, run):
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    if not text.endswith("\n") or {len(row) for row in rows} != {len(rows[0])}:
        return ["it is no table"]
    if len(rows) != len(run["jobs"]) + 1:
        return [f"{len(rows)} lines for {len(run['jobs'])} jobs"]
    faults = []
    for row, job in zip(rows[1:], run["jobs"]):
        for column, cell in zip(rows[0], row):
            wanted = as_cell(value_of(run, job, column))
            same = cell == wanted if isinstance(wanted, str) else cell and abs(float(cell) - wanted) <= 1e-12 * abs(wanted)
            if not same and (not isinstance(wanted, str) or wanted.isprintable() and "\\" not in cell):
                faults.append(f"{job['job']}: {column} is {cell}, not {wanted}")
    return faults


def compare(path):
    """What is wrong with the three, as lines."""
    run = json.loads(read(path + ".json", encoding="utf-8"))
    tests = list(planned(run))
    text = read(path + ".ktap", encoding="utf-8", errors="backslashreplace")
    return ([f"KTAP: {fault}" for fault in compare_ktap(text, tests)] +
            [f"JUnit: {fault}" for fault in compare_junit(read(path + ".junit", "rb"), tests)] +
            [f"CSV: {fault}" for fault in compare_csv(read(path + ".csv", encoding="utf-8", newline=""), run)])


if __name__ == "__main__":
    wrong = compare(sys.argv[1])
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
