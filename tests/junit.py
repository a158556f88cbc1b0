#!/usr/bin/env python3
"""JUnit's XML as junit-10.xsd of Jenkins' xUnit plugin takes it, in the order of elements that older schemas want, and
as GitLab shows it: what forestage promises to write. The rules are a table of our own, not a schema.

    tests/junit.py FILE…

says what is wrong in the files, and exits with 1 then.
"""
import re
import sys
import xml.etree.ElementTree as tree
from collections import namedtuple

# Attributes that must be there and that may be; children in their order; whether there is text of its own.
Rule = namedtuple("Rule", "needed allowed children text")
RULES = {
    "testsuites": Rule("name tests failures errors", "time", "(testsuite )+", False),
    "testsuite": Rule("name tests failures errors skipped hostname", "time timestamp id",
                      "properties (testcase )+(system-out )?(system-err )?", False),
    "properties": Rule("", "", "(property )*", False),
    "property": Rule("name value", "", "", False),
    "testcase": Rule("name classname", "time", "((failure|error|skipped) )?(system-out )?(system-err )?", False),
    "failure": Rule("type message", "", "", True),
    "error": Rule("type message", "", "", True),
    "skipped": Rule("type message", "", "", True),
    "system-out": Rule("", "", "", True),
    "system-err": Rule("", "", "", True),
}
COUNT, TIME = r"[0-9]+", r"[0-9]+\.[0-9]{3}"
VALUES = {
    "tests": COUNT, "failures": COUNT, "errors": COUNT, "skipped": COUNT, "time": TIME,
    "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "hostname": r"\S+", "name": r"[\s\S]+", "classname": r"[\s\S]+", "type": r"[\s\S]+", "message": r"[\s\S]+",
}
RESULTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}
# What XML 1.0 has as a character; parsers let more pass than that.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LARGEST = 30 << 20  # bytes that GitLab takes


def check_element(element, faults):
    rule = RULES.get(element.tag)
    if not rule:
        faults.append(f"no element of JUnit: {element.tag}")
        return
    needed, allowed = rule.needed.split(), rule.allowed.split()
    faults += [f"{element.tag} has no {name}" for name in needed if name not in element.attrib]
    faults += [f"{element.tag} has {name}" for name in element.attrib if name not in needed + allowed]
    for name, value in element.attrib.items():
        if name in VALUES and element.tag != "property" and not re.fullmatch(VALUES[name], value):
            faults.append(f"{element.tag}: {name}={value!r}")
    children = "".join(child.tag + " " for child in element)
    if not re.fullmatch(rule.children, children):
        faults.append(f"{element.tag} has the children: {children}")
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if not rule.text and text.strip():
        faults.append(f"{element.tag} has text: {text.strip()}")
    if element.tag in RESULTS and not text.strip():
        faults.append(f"{element.tag} has no text: some readers show nothing else")
    for child in element:
        check_element(child, faults)


def check_counts(element, faults):
    """Each number is that of what is below; the seconds too, as far as they are rounded."""
    cases = list(element.iter("testcase"))
    found = {"tests": len(cases)}
    for tag, attribute in RESULTS.items():
        found[attribute] = sum(case.find(tag) is not None for case in cases)
    for attribute, count in found.items():
        if attribute in element.attrib and element.get(attribute) != str(count):
            faults.append(f"{element.tag}: {attribute}={element.get(attribute)}, and {count} are there")
    seconds = sum(float(case.get("time", "0")) for case in cases)
    if "time" in element.attrib and abs(float(element.get("time")) - seconds) > 0.001 * len(cases) + 1e-6 * seconds:
        faults.append(f"{element.tag}: time={element.get('time')}, and the tests took {seconds}")


def check(data):
    """The root element, or None, and what is wrong."""
    faults = []
    try:
        text = data.decode("utf-8")
        root = tree.fromstring(data)
    except (UnicodeDecodeError, tree.ParseError) as error:
        return None, [f"not XML: {error}"]
    faults += [f"no character of XML: U+{ord(found):04X}" for found in NOT_XML.findall(text)]
    if not text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n'):
        faults.append("no declaration")
    if len(data) > LARGEST:
        faults.append(f"{len(data)} bytes")
    if root.tag != "testsuites":
        faults.append(f"the root is {root.tag}")
    check_element(root, faults)
    if not faults:
        for element in [root, *root.findall("testsuite")]:
            check_counts(element, faults)
    return root, faults


def main():
    wrong = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            _, faults = check(file.read())
        for fault in faults:
            print(f"{path}: {fault}")
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
