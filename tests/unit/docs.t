#!/usr/bin/env python3
"""What the pages say of names is what the program has: the options and verbs of the man pages, keys of the ESP's files and
of job files, events, phases, causes, the stage's command line, programs that are started, packages, variables of make.
TAP on standard output. Each comparison fails too when it finds nothing to compare: then it looks in the wrong place."""

import pathlib
import re
import subprocess
import sys


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def sources(*folders):
    """The text of all C files and headers below the folders."""
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.[ch]"))
    return "".join(map(read, paths))


def between(text, begin, end):
    """What stands between two patterns, or nothing."""
    found = re.search(begin + r"(.*?)" + end, text, re.S | re.M)
    return found.group(1) if found else ""


def section(page, heading):
    """Of a page in Markdown: what is under a heading, up to the next of its level or above."""
    level = heading.split(" ")[0]
    return between(read(page) + "\n# end\n", "^" + re.escape(heading) + "\n", "^#{1,%d} " % len(level))


def table(text, head):
    """The first column's words in backquotes of the table whose first head is so, in their order."""
    rows = between(text + "\n", r"^\| " + re.escape(head) + r" \|[^\n]*\n\|[-|: ]+\|\n", r"\n(?!\|)")
    return [word for row in rows.splitlines() for word in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def compared(told, there):
    """What is wrong between the page's names and the program's."""
    told, there = list(told), list(there)
    if not told or not there:
        return ["nothing was found: this test looks in the wrong place"]
    return ([f"the page has no {name}" for name in there if name not in told] +
            [f"there is no {name}" for name in told if name not in there])


# --- man pages ---


def words_of(line):
    """A request of man's language, without it and with its fonts' changes gone: .BR a " " b is "a b"."""
    if not line.startswith("."):
        return line
    request, _, rest = line.partition(" ")
    parts = [quoted or word for quoted, word in re.findall(r'"([^"]*)"|(\S+)', rest)]
    return (" " if len(request) == 2 else "").join(parts)


def man(page, heading):
    """The section's lines as text, requests without words left as they are."""
    text = re.sub(r"\\f[BIRP]", "", read(f"docs/man/{page}")).replace("\\-", "-")
    lines = between(text + ".SH end\n", r"^\.SH \"?" + heading + r"\"?\n", r"^\.SH ").splitlines()
    return [line if re.fullmatch(r"\.[A-Za-z]+", line) else words_of(line) for line in lines]


def entries(page, heading):
    """The tags of a section's .TP."""
    lines = man(page, heading)
    return [lines[i + 1] for i, line in enumerate(lines) if line == ".TP"]


def synopsis(page):
    """Each way to call a command, and the options in it with what they take."""
    calls = " ".join(man(page, "SYNOPSIS")).split(".br")
    return [(call.split(), sorted(re.findall(r"--[a-z0-9-]+(?:\[=[^]]*\]| [^\]\[ -][^\] ]*)?", call.replace("|--", "| --"))))
            for call in calls]


# What behind the name of an option tells its kind.
KINDS = {"SWITCH": "", "VALUE": " VALUE", "CHOICE": " [=VALUE]", "WORDS": " VALUE"}


def shape(option):
    """--name, and VALUE when it takes one, [=VALUE] when it may."""
    name, _, value = option.partition("[=" if "[=" in option else " ")
    return name + (KINDS["CHOICE"] if "[=" in option else KINDS["VALUE"] if value else "")


def verb_tables():
    """Of each verb in dom0: the options of its table."""
    verbs = {}
    for path in pathlib.Path("dom0").rglob("*.c"):
        name = re.search(r'const struct verb verb_\w+ = \{\s*\.name = "(\w+)"', text := read(path))
        if name:
            rows = re.findall(r'\{ "([a-z0-9-]+)", OPTION_(SWITCH|VALUE|CHOICE|WORDS), ', text)
            verbs[name.group(1)] = sorted("--" + row + KINDS[kind] for row, kind in rows)
    return verbs


def options_of_verbs():
    there = verb_tables()
    told = {}  # a verb may have several calls
    for call, options in synopsis("forestage.8"):
        if not call[1].startswith("-"):
            told.setdefault(call[1], []).extend(map(shape, options))
    return [f"{verb}: {problem}" for verb in sorted(there | told)
            for problem in (compared(told.get(verb, []), there.get(verb, []))
                            if told.get(verb) or there.get(verb) or verb not in there or verb not in told else [])]


def options_in_man():
    taken = {option for options in verb_tables().values() for option in options} | {"--help", "--version"}
    return compared(map(shape, entries("forestage.8", "OPTIONS")), sorted(taken))


def verbs_in_man():
    verbs = re.findall(r"&verb_(\w+),", read("dom0/base/verb.c"))
    return (compared(entries("forestage.8", "VERBS"), verbs) + compared(verbs, verb_tables()) +
            compared(entries("forestage.8", r"EXIT STATUS"), [verb for verb in verbs if verb != "help"]))


def runner_table():
    """Pairs of "--name" and SWITCH or VALUE."""
    forms = re.findall(r'^        (SWITCH|VALUE)\("([a-z-]+)", \w+\),', read("runner/options.c"), re.M)
    return [("--" + name, kind) for kind, name in forms]


def runner_options():
    forms = runner_table()
    there = [name + (" VALUE" if kind == "VALUE" else "") for name, kind in forms]
    told = {shape(option) for option in entries("forestage-run.1", "OPTIONS")}
    calls = {option.split()[0] for _, options in synopsis("forestage-run.1") for option in options}
    return compared(sorted(told), there) + [f"no option: {name}" for name in calls if name not in dict(forms)]


def help_is_whole():
    """The help, made of the pages, has the first sentence of each option, to its last word."""
    problems, count = [], 0
    everywhere = "--help", "--version"  # no verb has them among its own
    for page in "forestage.8", "forestage-run.1":
        made = subprocess.run(["awk", "-f", "scripts/help.awk", f"docs/man/{page}"], capture_output=True, text=True, check=True)
        text = " ".join(made.stdout.split())
        lines = man(page, "OPTIONS")
        for at in (i for i, line in enumerate(lines) if line == ".TP"):
            first = re.match(r".*?\.(?= |$)", " ".join(lines[at + 2:at + 12]))
            count += 1
            if first and lines[at + 1] not in everywhere and " ".join(first.group().split()) not in text:
                problems.append(f"{page}: {lines[at + 1]}: the help does not have all of: {first.group()}")
    return problems if count > 20 else ["hardly an option was found: this test looks in the wrong place"]


def ladder_steps():
    there = re.findall(r'^        \[LADDER_\w+\] = \{ "(\w+)",', read("runner/ladder/steps.c"), re.M)
    schema = between(read("docs/ladder.schema.json"), r'"enum": \[', r"\]")
    return (compared(entries("forestage-run.1", "LADDER"), there) +
            compared(re.findall(r'"(\w+)"', schema), there))


def other_options():
    """Options of the two commands that any page has in a command line."""
    known = dict(runner_table()).keys()
    per_verb = {verb: {option.split()[0] for option in options} for verb, options in verb_tables().items()}
    problems, count = [], 0
    for page in ["README.md", "CONTRIBUTING.md", *sorted(map(str, pathlib.Path("docs").rglob("*.*")))]:
        if not page.endswith((".md", ".8", ".1")):
            continue
        text = read(page).replace("\\-", "-")
        for program, verb, rest in re.findall(r"\b(forestage-run|forestage ([a-z]+))\b((?: [^`\n|&;#()]*)?)", text):
            taken = known if program == "forestage-run" else per_verb.get(verb, None)
            for option in re.findall(r"(?<!\S)--[a-z0-9-]+", rest) if taken is not None else []:
                count += 1
                if option not in taken | {"--help"}:
                    problems.append(f"{page}: {program} takes no {option}")
    return problems if count > 20 else ["hardly an option was found: this test looks in the wrong place"]


# --- the ESP ---


def keys_of(path):
    rows = re.findall(r"keyvalue_key keys\[\] = \{(.*?)\};", read(path), re.S)
    return [name + "=" for row in rows for name in re.findall(r'\{ "([a-z0-9-]+)",', row)]


def esp_keys():
    page = read("docs/esp.md")
    return [f"{name}: {problem}" for name, path in [("forestage.conf", "efi/parse/conf.c"),
            ("order", "efi/parse/order.c"), ("next.conf", "initramfs/xen/next.c")]
            for problem in compared(table(page, name), keys_of(path))]


def esp_defaults():
    text = between(read("efi/parse/conf.c"), r"^void conf_defaults", r"^\}")
    there = {key.replace("_", "-"): value for key, value in re.findall(r"\.(\w+) = ([^,]+),", text)}
    told = dict(re.findall(r"^\| `([a-z-]+)=` \| `(\w+)` \|", read("docs/esp.md"), re.M))
    for key in "region-size", "store-above":
        there[key] = there[key].replace("ull << 20", "M")
    return compared([f"{key}={told.get(key)}" for key in there], [f"{key}={value}" for key, value in there.items()])


def manifest_recipe():
    """The command that makes a manifest leaves out what the table of files says is in none."""
    page = read("docs/esp.md")
    rows = re.findall(r"^\| ((?:`[^`]+` ?)+) \|.*\| no \|$", page, re.M)
    told = re.findall(r"! -(?:name|path) '?(?:\./)?(\.[a-z]+-\*|[a-z./]+)", section("docs/esp.md", "## manifest"))
    return compared(told, re.findall(r"`([^`]+)`", " ".join(rows)))


def stage_command_line():
    """Every word of the kernel's command line that forestage.efi gives it, in this order, in esp.md; ours in operation.md."""
    code = read("efi/parse/stageline.c")
    fixed = "".join(re.findall(r'"([^"]*)"', between(code, r"#define FIXED", r"\n\n")))
    added = "".join(re.findall(r'"( ?forestage\.[^"]*=[^"]*)"', code)) + fixed
    there = re.sub(r"0x%lx,0x%lx", "ADDR,SIZE", added).replace("0x%lx", "ADDR").replace("%s", "UUID").split()
    told = between(section("docs/esp.md", "## The stage kernel's command line"), r"\A", r"\n\n(?!    )").split()
    ours = re.findall(r"forestage\.[^` ]+", section("docs/operation.md", "## Kernel command lines"))
    in_order = [] if told == there else ["esp.md has them in another order"]
    return compared(told, there) + in_order + compared(ours, [word for word in there if "forestage." in word])


def phases():
    code = sources("initramfs")
    there = set(re.findall(r'\{ "stage\.[a-z_]+", "([a-z_]+)"', code)) | set(re.findall(r'phase_start\([^"]*"([a-z_]+)"', code))
    there |= set(re.findall(r'\.phase = "([a-z_]+)"', code))
    told = re.search(r"^`ForestagePhase`:.*?and one word:(.*?)\n\n", read("docs/esp.md"), re.S | re.M)
    return compared(re.findall(r"`([a-z_]+)`", told.group(1).split("It serves")[0]) if told else [], sorted(there))


# --- records ---

EVENT = r"(?:efi|stage|driver|runner|run|job)\.[a-z_]+"


def events_in_code():
    """All but what only the reason of a RUN names, because no event can be written then, or under another name."""
    names = set(re.findall(rf'"({EVENT})"', sources("efi", "initramfs", "runner")))
    return names - {"stage.mount", "stage.cmdline", "stage.sealed"}


def events():
    rows = between(read("docs/records.md"), r"^\| event \|[^\n]*\n\|[-|]+\|\n", r"\n\n")
    told = [word for row in rows.splitlines() for word in re.findall(rf"`({EVENT})`", row.split(" | ")[0])]
    twice = [f"{name} is there twice" for name in sorted(set(told)) if told.count(name) > 1]
    return compared(told, sorted(events_in_code())) + twice


def named_events():
    """Events that a page or a comment speaks of."""
    there = events_in_code()
    files = "sh|c|h|t|py|json|schema|conf|md|efi|d|log"
    told = {(str(page), word) for page in pathlib.Path("docs").glob("*.md")
            for word in re.findall(rf"`({EVENT})`", read(page))}
    told |= {("a header", word) for word in re.findall(rf'"({EVENT})"', sources("region", "lib", "record", "jobs", "dom0"))}
    problems = [f"{where}: there is no {word}" for where, word in sorted(told)
                if word not in there and not re.search(rf"\.({files})$", word)]
    return problems if len(told) > 20 else ["hardly an event was found: this test looks in the wrong place"]


def causes():
    code = sources("initramfs")
    there = set(re.findall(r'\{ "[^"]*", "([a-z_]*)"', between(code, r"\} causes\[\] = \{", r"^\};")))
    there |= set(re.findall(r'"cause", "([a-z_]+)"', code))
    rows = section("docs/image.md", "## When the driver does not work")
    told = [row.split(" | ")[1].strip("`") for row in rows.splitlines() if re.match(r"\| [^|]* \| `[a-z_]+` \|", row)]
    return compared(told, sorted(there))


# --- job files ---


def job_keys():
    code = read("jobs/jobkeys.c")
    problems = []
    names = dict(zip(re.findall(r"^        (SECTION_\w+),", code, re.M),
                     re.findall(r'"(\w+)"', between(code, r"sections\[\] = \{", r"\};"))))
    keys = re.findall(r'\{ (SECTION_\w+), \w+, "([A-Za-z-]+)",', code)
    for constant, name in names.items():
        there = [key for where, key in keys if where == constant]
        text = section("docs/job-files.md", f"## [{name}]")
        if there or not text:
            problems += [f"[{name}]: {problem}" for problem in compared(table(text, "key"), there)]
    return problems if keys and names else ["nothing was found: this test looks in the wrong place"]


def job_arguments():
    there = re.findall(r'\{ "\w+", "([a-z0-9]+)(?: [A-Z ]+)?", \d, ARGUMENT_', read("jobs/argument.c"))
    told = [word.split()[0] for word in table(section("docs/job-files.md", "## [Kernel]"), "argument")]
    return compared(told, there)


def element_types():
    there = re.findall(r'\[ELEMENT_\w+\] = \{ "(\w+)",', read("jobs/element.c"))
    told = re.findall(r"`(\w+)`", between(section("docs/job-files.md", "## [Expect]"), r"^TYPE is ", r"\n\n"))
    return compared(told, there)


def check_tests():
    there = re.findall(r'^ +\[CHECK_\w+\] = \{ "([a-z0-9-]+)"', read("jobs/check_tests.c"), re.M)
    told = []
    for row in re.findall(r"^\| ((?:memory|compute|sram|special|agreement|load|together|soak|copy|latency|health)[a-z0-9, -]*) \|", section("docs/validation.md", "## Levels"), re.M):
        first, *others = row.split(", ")
        told += [first] + [first.split("-")[0] + other for other in others]
    return compared(told, there)


# --- the rest ---


def readme():
    told = re.findall(r"\]\((docs/[a-z-]+\.md)\)", section("README.md", "## Where to go next"))
    twice = [f"{name} is there twice" for name in sorted(set(told)) if told.count(name) > 1]
    return compared(told, sorted(str(page) for page in pathlib.Path("docs").glob("*.md"))) + twice


def programs():
    """What dom0's command starts: the first word of every argv, and what program_find is asked for."""
    code = sources("dom0")
    there = set(re.findall(r'const char \*const (?:argv|xe|xl|update)\[\] = \{\s*"([a-z0-9-]+)",', code))
    there |= set(re.findall(r'program_find\(\w+, "([a-z0-9-]+)"', code))
    there |= {name for pair in re.findall(r'const make\[\] = \{[^?]*\? "([a-z0-9-]+)"\s*: "([a-z0-9-]+)"', code) for name in pair}
    told = re.search(r"starts\s+programs\s+\(([^)]*)\)", read("docs/security.md"))
    named = re.findall(r"[a-z0-9-]+", re.sub(r"\b(or|and)\b", "", told.group(1))) if told else []
    return compared(named, sorted(there))


def packages():
    """What scripts/setup.sh installs, and each package in the table's first column."""
    lists = re.findall(r'^(?:build|demo|test|host|driver|dist|kernel)="([^"]*)"', read("scripts/setup.sh"), re.M)
    there = {word for words in lists for word in words.split() if not word.startswith("$")}
    rows = section("docs/dependencies.md", "## To build and test")
    told = {word for row in rows.splitlines() if row.startswith("| ")
            for word in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
    rows = section("docs/dependencies.md", "## In the programs")
    told |= {word for row in rows.splitlines() for word in re.findall(r"`([a-z0-9-]+-dev|gnu-efi)`", row.split(" | ")[0])}
    return compared(sorted(told), sorted(there))


def make_variables(page, heading, name):
    there = between(read("scripts/rules.mk"), rf"^{name}-variables := ", r"$").split()
    told = {word for row in section(page, heading).splitlines() if row.startswith("| `")
            for word in re.findall(r"`([A-Z0-9_]+)=", row.split(" | ")[0])}
    return compared(sorted(told), there)


def anchors():
    """A link to a heading leads to one."""
    problems, count = [], 0
    pages = subprocess.run(["git", "ls-files", "*.md"], check=True, capture_output=True, text=True).stdout.split()
    for page in map(pathlib.Path, pages):
        for target, anchor in re.findall(r"\]\(([^)#: ]*)#([^)]+)\)", read(page)):
            other = page.parent / target if target else page
            count += 1
            heads = re.findall(r"^#+ (.*)$", read(other), re.M) if other.is_file() else []
            if anchor not in [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]:
                problems.append(f"{page}: {target}#{anchor} leads nowhere")
    return problems if count > 5 else ["hardly a link was found: this test looks in the wrong place"]


def columns():
    """A row of a table has as many columns as the line under the table's head."""
    problems, count = [], 0
    for page in [pathlib.Path("README.md"), pathlib.Path("CONTRIBUTING.md"), *sorted(pathlib.Path("docs").glob("*.md"))]:
        wanted = 0
        for number, line in enumerate(read(page).splitlines(), 1):
            found = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            if re.fullmatch(r"\|[-:|]+", line):
                wanted, count = found, count + 1
            elif found and wanted and found != wanted:
                problems.append(f"{page}:{number}: {found - 1} columns, not {wanted - 1}")
            wanted = wanted if found else 0
    return problems if count > 30 else ["hardly a table was found: this test looks in the wrong place"]


def timings():
    """Each timing that the runner reports, each column of --format csv, and each phase."""
    told = set(table(section("docs/records.md", "### Times"), "time"))
    text = sources("runner/kernel", "runner/check")
    reported = set(re.findall(r'report_timing\([^,]+, "(\w+)"', text))
    reported |= set(re.findall(r'\[KERNEL_TIME_\w+\] = "(\w+)_s"', text))
    for steps in re.findall(r"(?:\bstruct step \w+|\} (?:first_)?steps)\[\] = \{(.*?)\n\};", text, re.S):
        reported |= set(re.findall(r'\{ "[^"]+", "(\w+)",', steps))
    problems = compared(sorted(told), sorted(name + "_s" for name in reported))
    columns = re.findall(r'\{ OF_TIMING, "(\w+)"', read("dom0/collect/csv.c"))
    problems += [f"csv: {problem}" for problem in compared(sorted(told), sorted(columns))]
    spans = re.findall(r'\{ "(\w+_s)", POINT', read("dom0/run/phases.c"))
    prose = section("docs/records.md", "### Times")
    return problems + [f"the page has no {span}" for span in spans if f"`{span}`" not in prose]


CHECKS = [
    ("forestage(8) has the options of each verb in its synopsis", options_of_verbs),
    ("forestage(8) explains every option, and no other", options_in_man),
    ("forestage(8) explains every verb and its exit status", verbs_in_man),
    ("forestage-run(1) has its options", runner_options),
    ("the help has the first sentence of each option", help_is_whole),
    ("forestage-run(1) and ladder.schema.json have the ladder's steps", ladder_steps),
    ("no page uses an option that there is not", other_options),
    ("esp.md has the keys of forestage.conf, order and next.conf", esp_keys),
    ("esp.md has the defaults of forestage.conf", esp_defaults),
    ("esp.md's way to a manifest leaves out what changes", manifest_recipe),
    ("esp.md has the stage's command line", stage_command_line),
    ("esp.md has the phases", phases),
    ("records.md has the events", events),
    ("no page or comment names an event that there is not", named_events),
    ("records.md has the times", timings),
    ("image.md has the causes of the driver's trouble", causes),
    ("job-files.md has the keys of each section", job_keys),
    ("job-files.md has the arguments of a kernel", job_arguments),
    ("job-files.md has the types of elements", element_types),
    ("validation.md has the tests", check_tests),
    ("README has every page", readme),
    ("security.md has the programs that dom0 starts", programs),
    ("dependencies.md has the packages", packages),
    ("operation.md has the demo's variables", lambda: make_variables("docs/operation.md", "## make demo", "demo")),
    ("image.md has the image's variables", lambda: make_variables("docs/image.md", "# The image for a real host", "image")),
    ("links lead to headings", anchors),
    ("rows of tables have their columns", columns),
]


def main():
    failed = False
    for number, (name, check) in enumerate(CHECKS, 1):
        problems = check()
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        failed = failed or bool(problems)
    print(f"1..{len(CHECKS)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
