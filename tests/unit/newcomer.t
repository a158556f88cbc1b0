#!/usr/bin/env python3
"""A newcomer reads the pages and does what they say (tests/newcomer.py, which explains the comments above blocks). TAP
on standard output.

    tests/unit/newcomer.t --rewrite    puts what is printed into the output blocks that are wrong; look at the change"""

import sys

sys.path.insert(0, "tests")

from newcomer import BUILD, BUILT, PAGES, TREE, Fault, Names, blocks_of, play  # noqa: E402  (found by the line above)


def rewrite(page, blocks):
    """The wrong outputs of a page, last first, become what is printed."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in reversed([block for block in blocks if block.printed]):
        indented = lines[block.line - 1].startswith("    ")
        at, end = (block.line - 1, block.end) if indented else (block.line, block.end - 1)
        while indented and not lines[end - 1].strip():
            end -= 1
        lines[at:end] = [("    " * indented + line).rstrip() for line in block.printed.splitlines()]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- that this test finds faults ---

RUN = "<!-- run -->\n    echo a; echo b 0.25 s\n\n<!-- output -->\n"
PLANTED = [  # a page, and the fault that is found in it; "": none
    (RUN + "    a\n    b 0.50 s\n", ""),
    (RUN + "    …\n    b … s\n", ""),
    (RUN + "    b\n    b 0.25 s\n", "this is not what is printed"),
    (RUN + "    a\n", "this is not what is printed"),
    (RUN + "    a\n    b 0.25 s\n    c\n", "this is not what is printed"),
    (RUN + "    a\n    b 0.25 MiB\n", "this is not what is printed"),
    ("<!-- output -->\n    a\n", "nothing above has printed it"),
    ("<!-- run -->\n    false\n\n<!-- not run: long, hours -->\n    make\n\n<!-- output -->\n    a\n", "exit code 1"),
    ("    make\n", "nothing says what this block is"),
    ("```\nmake\n```\n", "nothing says what this block is"),
    ("<!-- run -->\n    false\n    true\n", "exit code 1"),
    ("<!-- run exit=1 -->\n    true\n", "exit code 0"),
    ("<!-- run often=yes -->\n    true\n", "what is often=yes"),
    ("<!-- run -->\n    build/dom0/forestage check samples/jobs --gpu 1\n", "forestage check has no option --gpu"),
    ("<!-- run -->\n    build/dom0/forestage check samples/nothing\n", "there is no samples/nothing"),
    ("<!-- run on=debian -->\n    forestage arm --yes --job /root\n", "forestage arm has no option --job"),
    ("<!-- run on=debian -->\n    forestage status\n\n<!-- output -->\n    State: idle\n", "this is not what is"),
    ("<!-- not run: gpu, none -->\n    build/runner/forestage-run --jobs a --regoin b\n", "has no option --regoin"),
    ("<!-- not run: host, a real one -->\n    cd / && forestage disarm --force\n", "disarm has no option --force"),
    ("<!-- not run: host, a real one -->\n    forestage start\n", "forestage has no verb start"),
    ("<!-- not run: long, hours -->\n    make everything\n", "make help has no everything"),
    ("<!-- not run: long, hours -->\n    make demo JOB=x\n", "make help has no JOB=x"),
    ("<!-- not run: long -->\n    make demo\n", "not run for what reason"),
    ("<!-- not run: no time, really -->\n    make demo\n", "not run for what reason"),
    ("<!-- not run: host, a real one -->\n    echo 'it\n", "no shell reads this"),
    ("<!-- file ../x -->\n    text\n", "is not in the newcomer's folder"),
]


def planted(names):
    """The pages in which another fault is found than was planted."""
    problems = []
    for text, wanted in PLANTED:
        found = [fault for _, fault, _ in play("a page", text, names) if fault]
        if (not wanted and found) or (wanted and (len(found) != 1 or wanted not in found[0])):
            problems.append(f"in\n{text}{wanted or 'no fault'} was planted, found: {found}")
    return problems


def dangling():
    """A comment without its block is one that has come apart from it."""
    problems = []
    for text in ("<!-- run -->\nText.\n\n    make\n", "    make\n\n<!-- run -->\n",
                 "<!-- run -->\n<!-- run -->\n    make\n"):
        try:
            blocks_of("a page", text)
            problems.append(f"taken: {text}")
        except Fault:
            pass
    return problems


def main():
    count, failed = 0, False
    missing = [name for name in BUILT if not (BUILD / name).exists()]
    if missing:
        print(f"not ok 1 - set-up: {BUILD}/{missing[0]} is not there: make build test-programs\n1..1")
        return True

    def tell(name, problems, why=""):
        nonlocal count, failed
        count, failed = count + 1, failed or bool(problems)
        for line in "\n".join(problems).splitlines():
            print(f"#   {line}")
        print(f"{'not ok' if problems else 'ok'} {count} - {name}{f' # SKIP {why}' if why else ''}", flush=True)

    names = Names()
    tell("each fault that is planted in a page is found", planted(names))
    tell("a comment that says what a block is stands above one", dangling())
    for page in PAGES:
        try:
            played = play(page, (TREE / page).read_text(encoding="utf-8"), names)
        except Fault as fault:
            tell(page, [str(fault)])
            continue
        for block, fault, why in played:
            name = f"{page}:{block.line}: {block.kind or 'no kind'} {block.value}".rstrip()
            tell(name, [fault] if fault else [], why)
        ran = [block for block, fault, why in played if block.kind == "run" and not fault and not why]
        tell(f"{page}: there are commands in it that were run",
             [] if ran else ["none was: this test looks in the wrong place"])
        if "--rewrite" in sys.argv:
            rewrite(TREE / page, [block for block, _, _ in played])
    print(f"1..{count}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
