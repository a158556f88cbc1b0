#!/usr/bin/python3
"""Whether the files given are as .editorconfig says: how they are indented, where lines and files end."""

import os
import re
import sys

import editorconfig


def faults(path, wanted):
    """What is wrong in a file, as LINE: words."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    if wanted.get("insert_final_newline") == "true" and text and not text.endswith("\n"):
        yield "no line feed at the end"
    other = {"tab": re.compile(r" {8}"), "space": re.compile(r"\t")}.get(wanted.get("indent_style"))
    for number, line in enumerate(text.split("\n"), 1):
        if wanted.get("trim_trailing_whitespace") == "true" and line != line.rstrip(" \t"):
            yield f"{number}: blanks at the end"
        if wanted.get("end_of_line") == "lf" and line.endswith("\r"):
            yield f"{number}: CR LF"
        if other and other.match(line):
            yield f"{number}: not indented with a {wanted['indent_style']}"


count = 0
for name in sys.argv[1:]:
    if os.path.islink(name):
        continue
    for fault in faults(name, editorconfig.get_properties(os.path.abspath(name))):
        print(f"{name}: {fault}")
        count += 1
sys.exit(count > 0)
