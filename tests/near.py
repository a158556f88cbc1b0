#!/usr/bin/env python3
"""tests/near.py NAME TESTS…: says in half a sentence which of the tests have a name near to NAME, or which there are."""

import difflib
import re
import sys

name, names = sys.argv[1], sorted({re.sub(r"^.*tests/(unit/|.*/)|\.t$", "", test) for test in sys.argv[2:]})
near = [other for other in names if name in other]
near += [other for other in difflib.get_close_matches(name, names, n=5) if other not in near]
print("near: " + " ".join(near) if near else "there are: " + " ".join(names))
