#!/usr/bin/env python3
"""The fault matrix (docs/faults.md) names tests that there are; and tests/faults.py notices what is wrong with the table,
and with what machines report. TAP on standard output."""

import sys

sys.dont_write_bytecode = True  # nothing into the source tree
sys.path.insert(0, "tests")
import faults  # noqa: E402  (found by the line above)

count = failed = 0
with open(faults.PAGE, encoding="utf-8") as page:
    TEXT = page.read()
TABLE = list(faults.rows(TEXT))


def check(description, wrong):
    """One TAP line; `wrong` is a list of what is not as it should be."""
    global count, failed
    count += 1
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {count} - {description}")
    for line in wrong:
        print(f"#   {line}")


def without(condition, words):
    return [] if condition else [words]


# --- the table ---

check(f"each of {len(TABLE)} rows names a test that there is", list(faults.problems(TABLE)))
check("every line of a table under an area's heading is a row",
      [line for line in TEXT.splitlines() if "`: " in line and line.startswith("| ") and
       not any(line.endswith(f"`{row.file}`: {row.name} |") for row in TABLE)])
check("make faults has rows of every place",
      [f"none ends in {place}" for place in faults.PLACES
       if not any(row.place == place and faults.QUICK.fullmatch(row.file) for row in TABLE)])


def noticed(description, text, message):
    """The page with such a text is complained of, in these words."""
    found = list(faults.problems(list(faults.rows(text))))
    check(f"noticed: {description}", without(any(message in line for line in found), f"said: {found}"))


ROW = TEXT[TEXT.index("| a file is missing |"):].split("\n")[0]
FIRST = TEXT.index("## " + faults.AREAS[1])

for kind, name in (".c", "checks_the_rsdp"), (".t", "no manifest"), (".sh", "a slow copy fails against its baseline"), \
        (".t", "consumed"):
    noticed(f"a test of a {kind} file with another name: {name}", TEXT.replace(f": {name} |", f": {name}x |"),
            f"has no test of the name: {name}x")
noticed("a file that is gone", TEXT.replace("tests/e2e/secureboot.t", "tests/e2e/lock.t"), "there is no tests/e2e/lock.t")
noticed("a row without a test", TEXT.replace(ROW, ROW.replace("`tests/e2e/fallthrough.t`: a file missing", "none")),
        "names no test")
noticed("a row twice", TEXT.replace(ROW, ROW + "\n" + ROW), "is there 2 times")
noticed("a place that is none", TEXT.replace(ROW, ROW.replace("normal loader", "limbo")), "ends in limbo")
noticed("a machine that need say nothing", TEXT.replace(ROW, ROW.replace("`falling back: next/initrd: not found`", "nothing")),
        "has no words in backquotes")
noticed("an area without faults", TEXT[:FIRST] + TEXT[FIRST:].replace("## Power", "## Weather"), "no fault of the area Power")
noticed("too few", TEXT[:FIRST], f"fewer than {faults.LEAST}")

# --- names in the tests: renamed there, they are not found any more ---


def renamed(file, name, named):
    with open(file, encoding="utf-8") as source:
        text = source.read()
    check(f"renamed in {file}: {name}",
          without(named(text, name), "not found before") + without(not named(text.replace(name, "another"), name), "still found"))


renamed("tests/unit/dom0/test_arm.c", "the_esp_is_full", faults.named_in_c)
renamed("tests/e2e/fallthrough.t", "a key in the countdown", faults.named_in_script)
renamed("tests/e2e/forward.t", "the hang is a timeout", faults.named_in_script)
renamed("tests/e2e/fat/init", "refused: a link", faults.named_in_script)
renamed("tests/e2e/host/cuts.t", "sealed", faults.named_in_script)
check("a name in a comment is none", without(not faults.named_in_script('# check "a fault" true\n', "a fault"), "found"))

# --- what machines report ---

ROWS = [faults.Row("Xen", "one", "Xen", "`said so`", "tests/e2e/a.t", "first", 1),
        faults.Row("ESP", "two", "normal loader", "`word` … `other`", "tests/e2e/a.t", "second", 2)]
GOOD = """tests/e2e/a.t
# machine: ended in Xen
ok 1 - first: ends by itself
# record: it has said so
ok 2 - first: exit code 1
# machine: ended in normal loader
# said: falling back: word and other, and said so
ok 3 - second
1..3
Result: PASS
"""


def told(text):
    reported = faults.parse(text.splitlines(), ["tests/e2e/a.t"])
    return list(faults.report(ROWS, reported)), faults.all_true(ROWS, reported)


lines, good = told(GOOD)
check("what was tried, ended where it should and said so is true", without(good, f"{lines}"))
check("it is counted", [line for line in ("faults tried 2 of 2", "ended in Xen 1 of 1", "ended in normal loader 1 of 1",
                                          "ended in dom0 0 of 0", "record true 2 of 2")
                        if line not in [" ".join(told.split()) for told in lines]])
for description, before, after, message, sums in (
        ("a check that failed", "ok 2 -", "not ok 2 -", "a check failed", "record true 1 of 2"),
        ("a fault that was skipped", "ok 3 - second", "ok 3 - second # SKIP no such thing", "not tried", "faults tried 1 of 2"),
        ("a fault that nobody tried", "ok 3 - second", "ok 3 - third", "not tried", "ended in normal loader 0 of 1"),
        ("a machine that ended elsewhere", "ended in Xen", "ended in nowhere", "ended in nowhere", "ended in Xen 0 of 1"),
        ("a machine that said something else", "word and", "ward and", "nothing said: word", "record true 1 of 2"),
        ("what only another machine has said", "# record: it has said so", "# record: nothing", "nothing said: said so",
         "record true 1 of 2"),
        ("a test that ended before its end", "# machine: ended in normal loader\n# said: falling back: word and other, and said so\nok 3 - second\n",
         "", "not tried", "faults tried 1 of 2")):
    lines, good = told(GOOD.replace(before, after))
    check(f"not true: {description}",
          without(not good, "taken for true") + without(any(message in line for line in lines), f"said: {lines}") +
          without(sums in [" ".join(line.split()) for line in lines], f"counted: {lines}"))
check("no fault at all is not true", without(not faults.all_true([], {"tests/e2e/a.t": []}), "taken for true"))

print(f"1..{count}")
sys.exit(failed > 0)
