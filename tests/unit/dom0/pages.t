#!/usr/bin/env python3
"""The page of one GPU and of eight (tests/pages.py): each element is closed where it has to be, nothing
is loaded, and each GPU stands there with its verdict. TAP on standard output."""

import html.parser
import os
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
VOID = {"meta", "br"}


class Page(html.parser.HTMLParser):
    """The elements of a page, and what is wrong with them."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.rows, self.drawings = [], [], 0, 0

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if tag in ("script", "link", "img", "iframe", "object") or any(name.startswith("on") or name == "src" for name in names):
            self.faults.append(f"{self.getpos()}: <{tag} {' '.join(names)}>")
        if len(set(names)) != len(names):
            self.faults.append(f"{self.getpos()}: an attribute twice: {names}")
        self.rows += tag == "tr" and ("class", "gpu") in attributes
        self.drawings += tag == "figure"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{self.getpos()}: </{tag}> closes something else")


def check(folder, name, gpus, drawings):
    made = subprocess.run([f"{BUILD}/dom0/forestage", "report", f"{folder}/{name}", "--html", f"{folder}/{name}.html"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        return [made.stderr]
    page = Page()
    with open(f"{folder}/{name}.html", encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    faults = page.faults + [f"never closed: {tag}" for tag in page.open]
    if (page.rows, page.drawings) != (gpus, drawings):
        faults.append(f"{page.rows} GPUs and {page.drawings} drawings, and not {gpus} and {drawings}")
    return faults


def main():
    wrong = Page()
    wrong.feed("<p onclick=\"x\"><b></p></b><script>")
    checks = [("a page that is wrong is found", [] if len(wrong.faults) == 4 else wrong.faults or ["it is not"])]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "tests/pages.py", folder], check=True)
        checks.append(("the page of one GPU", check(folder, "one", 1, 3)))
        checks.append(("the page of eight GPUs, one of which has no series", check(folder, "eight", 8, 21)))
    print(f"1..{len(checks)}")
    for number, (name, faults) in enumerate(checks, 1):
        print(f"{'not ok' if faults else 'ok'} {number} - {name}")
        for fault in faults[:20]:
            print(f"# {fault}")
    return any(faults for _, faults in checks)


sys.exit(main())
