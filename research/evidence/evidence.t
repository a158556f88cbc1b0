#!/usr/bin/env python3
"""Loads NVIDIA's real kernel module in QEMU, with the outside of a GPU (tests/driver/gpu.py), on bare Linux and in
dom0s, and compares what it says, and what its functions give, with what docs/feasibility.md claims (rows.conf). TAP on
standard output, then the tables; build/evidence/evidence.json holds all of it, build/evidence/BOOT.log each boot's
console. Rows that differ in the module alone share a boot, which is named after the first of them.

research/evidence/evidence.t --quote boots nothing: it compares docs/feasibility.md with rows.conf, whose rows
a run must meet.

Environment: ROWS (names, all by default), LIMIT (seconds a boot, 900), BUILD, KERNEL (own: the rows
without Xen on the stage's own kernel, which is none for a dom0; the files then end in -own),
SOURCE (a folder kernel-open of another version of NVIDIA's open modules: the rows given-* then, for its version, and
no others; the files end in its version).
"""

import configparser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
REPORT = pathlib.Path("docs/feasibility.md")
OUT = pathlib.Path(os.environ.get("BUILD", "build")) / "evidence"
PARTS = OUT / "parts"
LIMIT = os.environ.get("LIMIT", "900")
SOURCE = os.environ.get("SOURCE", "")
GPU = ["tests/driver/gpu.py", "2331", "180000a1"]  # GH100 by name
MEMORY = "2G"

# Under TCG a PV dom0 dies with SMAP, and a PVH one needs SVM without RDTSCP, and an IOMMU.
CPU = {
    "none": ["-cpu", "max,-smap,-smep"],
    "pv": ["-cpu", "max,-smap,-smep"],
    "pvh": ["-cpu", "max,-smap,-smep,-rdtscp", "-device", "amd-iommu,intremap=on"],
}
# On a busy machine the emulated timer may look broken to the kernel.
LINUX = "quiet panic=5 no_timer_check"
TRIES = 3
XEN = "console=com1 com1=115200,8n1 dom0_mem=1G"
# What dmaprobe asks the driver for, in the order of the columns.
REQUESTS = ("wc", "uc", "wb", "16", "64", "16-no-gpu", "64-no-gpu", "large")
MAPPED = ("wc", "uc", "wb")  # of these the memory type is shown as well
# A cell of rows.conf that is met by any of these: where the pages lie in the machine decides.
CHANCE, OUTCOMES = "by chance", ("right", "wrong", "map 0x59")


def number(version):
    return [int(part) for part in version.split(".")]


def given_version():
    """Of the driver in SOURCE; None without one."""
    if not SOURCE:
        return None
    kbuild = pathlib.Path(SOURCE) / "Kbuild"
    if not kbuild.exists():
        sys.exit(f"evidence: SOURCE={SOURCE} is no folder kernel-open of NVIDIA's open modules: no Kbuild in it")
    found = re.search(r'NV_VERSION_STRING=\\"([0-9.]+)\\"', kbuild.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"evidence: {kbuild} does not say which version it is")
    return found[1]


def core():
    """What the titles say where prepare.sh has to put something in the place of the driver's core."""
    return "" if (pathlib.Path(SOURCE) / "nvidia/nv-kernel.o_binary").exists() else " with a stand-in core"


VERSION = given_version()
SUFFIX = "-own" if os.environ.get("KERNEL", "") == "own" else f"-{VERSION}" if VERSION else ""


def fits(row):
    """Whether the row is about the driver in SOURCE, or about none where there is no SOURCE."""
    if row["pair"] != "given" or not VERSION:
        return row["pair"] != "given" and not VERSION
    return number(row["from"]) <= number(VERSION) < number(row["before"])


def read_rows():
    rows = configparser.ConfigParser(interpolation=None)
    with open(HERE / "rows.conf", encoding="utf-8") as file:
        rows.read_file(file)
    wanted = os.environ.get("ROWS", "").split() or rows.sections()
    unknown = [name for name in wanted if name not in rows]
    if unknown:
        sys.exit(f"evidence: rows.conf has no row {' '.join(unknown)}")
    found = [(name, dict(rows[name])) for name in wanted]
    for _, row in found:
        row["driver"] = row["pair"] + ("-own" if SUFFIX == "-own" else "")
        row["title"] = row["title"].replace("VERSION", f"{VERSION}{core()}")
    return [(name, row) for name, row in found if fits(row) and (SUFFIX != "-own" or row["xen"] == "none")]


def boots_of(rows):
    """The rows in lists that share a machine, in the order of each one's first row."""
    boots = {}
    for name, row in rows:
        place = tuple(row[key] for key in ("xen", "dom0", "xen-options", "kernel-options"))
        boots.setdefault(place, []).append((name, row))
    return list(boots.values())


def prepare(rows):
    """Whether everything that the boots need is there; prepare.sh says on standard error what is not."""
    wanted = sorted({f"{row['driver']}/{row['module']}" for _, row in rows})
    return subprocess.run([HERE / "prepare.sh", *wanted], check=False, stdout=sys.stderr).returncode == 0


def initramfs(rows, path):
    """All parts of it that the rows need, one archive behind the other, as the kernel takes them. The modules with
    dom0-dma come last: they have Xen exchange dom0's pages for others, and what they leave behind is no fresh memory."""
    first = rows[0][1]["driver"]
    parts = [PARTS / first / "base.cpio"]
    parts += sorted({PARTS / row["driver"] / f"{row['module']}.cpio" for _, row in rows})
    with open(path, "wb") as target, tempfile.TemporaryDirectory() as folder:
        for part in parts:
            target.write(part.read_bytes())
        rows = sorted(rows, key=lambda named: named[1]["module"] == "dom0-dma")
        lines = [f"{name} {row['driver']} {row['module']} {row['module-options']}".strip() for name, row in rows]
        pathlib.Path(folder, "rows").write_text("\n".join(lines) + "\n", encoding="utf-8")
        target.write(subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=folder, check=True,
                                    input=b"rows\n", stdout=subprocess.PIPE).stdout)


def command(row, initrd, log):
    """The GPU's, with QEMU's command line behind it: the kernel itself, or Xen as a multiboot kernel with two modules.
    The GPU's own options come in the environment."""
    kernel = PARTS / row["driver"] / "vmlinuz"
    line = f"{LINUX} {row['kernel-options']}".strip()
    arguments = ["timeout", "-k", "5", LIMIT, "nice", "-n", "10", "qemu-system-x86_64", "-nodefaults"]
    arguments += ["-machine", "q35", "-accel", "tcg,thread=multi", "-m", MEMORY, "-smp", "2"]
    arguments += ["-display", "none", "-no-reboot", "-serial", f"file:{log}"]
    arguments += CPU[row["dom0"]]
    if row["xen"] == "none":
        arguments += ["-kernel", kernel, "-initrd", initrd, "-append", f"console=ttyS0,115200 {line}"]
    else:
        options = f"{XEN} {'dom0=pvh ' if row['dom0'] == 'pvh' else ''}{row['xen-options']}".strip()
        module = f"{kernel} console=hvc0 {line}".replace(",", ",,")
        arguments += ["-kernel", PARTS / f"xen-{row['xen']}", "-initrd", f"{module},{initrd}", "-append", options]
    return GPU + ["sh", "-c", 'exec "$@" $QEMU_EXTRA', "machine", *map(str, arguments)]


def boot(rows):
    """Boots until the init says its end, because a starved machine may not; TRIES at most. What was said of each row
    by its name, with what was said of the machine."""
    for attempt in range(1, TRIES + 1):
        machine, said = boot_once(rows)
        machine["attempt"] = attempt
        if machine.get("end") == "yes":
            break
    return machine, said


def boot_once(rows):
    name, row = rows[0]
    log, initrd = OUT / f"{name}{SUFFIX}.log", OUT / f"{name}{SUFFIX}.cpio"
    log.unlink(missing_ok=True)
    initramfs(rows, initrd)
    start = time.monotonic()
    code = subprocess.run(command(row, initrd, log), stdin=subprocess.DEVNULL, check=False,
                          env={**os.environ, "MEM": MEMORY}).returncode
    initrd.unlink()
    machine, said = parse(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "")
    machine.update(wall_s=round(time.monotonic() - start, 1), qemu_exit=code, log_file=str(log))
    return machine, said


def parse(text):
    """What the init said: of the machine, and {row: {state: …}}; each a dict, with "log" a list of lines. Lines that
    are nobody's are what the kernel or Xen says when it dies, and kept with the row in which they were said."""
    machine, said, state = {"log": [], "other": []}, {}, ""
    into = machine
    for line in text.replace("\r", "").split("\n"):
        match = re.match(r".*?evidence: (\w+)=(.*)", line)
        if not match:
            into["other"] += [line] if line.strip() else []
        elif match[1] == "log":
            into["log"].append(match[2].rstrip())
        elif match[1] == "state":
            state = match[2].strip()
        elif match[1] == "row":
            into = said.setdefault(match[2].strip(), {}).setdefault(state, {"log": [], "other": []})
        else:
            if match[1] == "insmod_dmaprobe":
                into["loaded_log"] = list(into["log"])
            into[match[1]] = match[2].rstrip()
            into = machine if match[1] == "row_end" else into
    return machine, said


def after(said, pattern):
    """What follows the pattern in the kernel log, one entry a line, blanks squeezed."""
    found = (re.search(pattern, line) for line in said["log"])
    return [" ".join(match[1].split()) for match in found if match]


def doctor(said):
    """What `forestage doctor --json` answered: "ANSWER, REASON"."""
    try:
        cuda = json.loads(said.get("doctor", ""))["cuda"]
    except (ValueError, KeyError):
        return f"no answer (exit {said.get('doctor_exit', '?')})"
    return f"{cuda['answer']}, {cuda['reason'] or 'none'}"


def mapping(text):
    """"4/WC" as "WC@4"; nothing was mapped: "none"."""
    entry, kind = text.split("/")
    return kind if entry == "-1" else f"{kind}@{entry}"


def answer(request):
    """What one request came to, as it stands in the table."""
    if request["alloc"] != "0x0":
        return request["alloc"]
    text = f"map {request['map']}" if request["map"] != "0x0" else "right" if request["wrong"] == "0" else "wrong"
    if request["back"] != "yes":
        text += ", lost"
    if request["request"] in MAPPED:
        text += f" {mapping(request['user'])} {mapping(request['kernel'])}"
    return text


def answers(said):
    """The cells of REQUESTS; "-" where it was not asked."""
    found = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in after(said, r"dmaprobe: (request=.*)")]
    cells = {request["request"]: answer(request) for request in found}
    return " | ".join(cells.get(name, "-") for name in REQUESTS)


def spoken(said):
    """What the driver said when it was loaded, apart from its name."""
    lines = after({"log": said.get("loaded_log", said["log"])}, r"NVRM: (.*)")
    return [line for line in lines if not line.lower().startswith("loading nvidia")] or ["nothing"]


def observe(machine, states):
    """One row: of the machine, and of the row in each state of its memory."""
    encodings = dict(re.findall(r"patprobe: (\w+) index=\d type=(\S+)", "\n".join(machine["log"])))
    fresh = states.get("fresh", {"log": []})
    xen = f"{machine['xen_major']}.{machine['xen_minor']}" if "xen_major" in machine else "none"
    return {
        "xen": xen,
        "dom0": machine.get("guest_type", "none").lower(),
        "pat": fresh.get("pat", "unreadable"),
        "linux": "; ".join(after(machine, r"x86/PAT: Configuration \[0-7\]:(.*)")),
        "stock": encodings.get("stock", "?"),
        "kernel": encodings.get("kernel", "?"),
        "nvrm": spoken(fresh),
        "doctor": doctor(fresh),
        "fresh": answers(fresh),
        "ballooned": answers(states["ballooned"]) if "ballooned" in states else "none",
    }


def expect(row):
    expected = {key: row[key] for key in ("xen", "dom0", "pat", "linux", "stock", "kernel", "doctor")}
    expected["nvrm"] = row["nvrm"].split("\n")
    for state in ("fresh", "ballooned"):
        cells = " ".join(row[state].split()).split(" | ")
        expected[state] = " | ".join(cells)
    return expected


def meets(found, expected):
    """Whether a cell is as expected."""
    if not expected.startswith(CHANCE):
        return found == expected
    return any(found == expected.replace(CHANCE, outcome) for outcome in OUTCOMES)


def shown(observed, expected):
    """What was found, with the cells as expected that chance decides."""
    cells = {}
    for state in ("fresh", "ballooned"):
        found, wanted = observed[state].split(" | "), expected[state].split(" | ")
        pairs = zip(found, wanted) if len(found) == len(wanted) else ((cell, "") for cell in found)
        cells[state] = " | ".join(want if meets(cell, want) else cell for cell, want in pairs)
    return {**observed, **cells}


def broken(states):
    """What went wrong with a row itself, whatever it says."""
    for state, said in states.items():
        if said.get("row_end") != "yes":
            yield f"{state}: it did not end ({said.get('row_end', 'the machine was gone')})"
            yield from (f"{state}: {line}" for line in (said["log"] + said["other"])[-20:])
            continue
        for key, good in (("insmod_nvidia", "loaded"), ("insmod_dmaprobe", "loaded"), ("rmmod_nvidia", "unloaded")):
            if said.get(key) != good:
                yield f"{state}: {key}: {said.get(key)}"
        if said.get("pat") != said.get("pat_before"):
            yield f"{state}: loading the driver changed IA32_PAT"
        yield from (f"{state}: {line}" for line in said["log"] if re.search(r"BUG:|Oops|Call Trace|RIP:", line))


def judge(machine, states, observed, expected):
    """The reasons why the row does not say what the report claims."""
    wrong = list(broken(states))
    if machine.get("end") != "yes":
        wrong.append(f"the boot did not reach its end (QEMU exit {machine['qemu_exit']}, {machine['wall_s']} s, "
                     f"{machine['log_file']})")
        wrong += machine["other"][-20:]
    if not states or machine.get("end") != "yes" and "ballooned" not in states:
        return wrong or ["the boot said nothing of it"]
    found = shown(observed, expected)
    return wrong + [f"{key}: expected {expected[key]!r}, found {observed[key]!r}"
                    for key in expected if expected[key] != found[key]]


def columns(heads, lines):
    widths = [max(len(line[column]) for line in [heads] + lines) for column in range(len(heads))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [heads] + lines]


def table(rows):
    heads = ("where", "IA32_PAT", "Linux: PAT 0-7", "WC by stock helper / kernel", "the driver says")
    return columns(heads, [
        (row["title"], row["shown"]["pat"], row["shown"]["linux"],
         f"{row['shown']['stock']} / {row['shown']['kernel']}",
         "; ".join(row["shown"]["nvrm"])) for row in rows])


def memory_table(rows):
    heads = ("what the driver gives", "dom0's memory", "write-combined", "uncached", "cached",
             "16", "64", "16, no GPU", "64, no GPU", "large")
    lines = []
    for row in rows:
        for state in ("fresh", "ballooned"):
            if row["shown"][state] != "none":
                where = state if row["shown"]["xen"] != "none" else "-"
                lines.append((row["title"], where, *row["shown"][state].split(" | ")))
    return columns(heads, lines)


def tables(rows):
    return table(rows) + [""] + memory_table(rows)


def versions():
    lines = (PARTS / "versions").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def tap(number, good, description):
    line = f"{'ok' if good else 'not ok'} {number} - {description}"
    print(line, flush=True)
    return line


def comment(lines):
    return [f"# {line}".rstrip() for line in lines]


def quotes(printed):
    """Whether the report has these lines, one behind the other, as an indented block."""
    wanted = [f"    {line}".rstrip() for line in printed]
    text = REPORT.read_text(encoding="utf-8").splitlines()
    starts = (start for start, line in enumerate(text) if line == wanted[0])
    return any(text[start:start + len(wanted)] == wanted for start in starts)


def expected_results(rows):
    return [{"title": row["title"], "shown": expect(row)} for _, row in rows]


def expected_print(rows):
    """What a run prints in which every row is as expected."""
    lines = [f"1..{len(rows)}"]
    lines += [f"ok {number} - {row['title']}" for number, (_, row) in enumerate(rows, 1)]
    return lines + comment(tables(expected_results(rows)))


def check_quote():
    rows = [row for rows in boots_of(read_rows()) for row in rows]
    print("1..1")
    good = quotes(expected_print(rows))
    tap(1, good, f"{REPORT} quotes what a run prints whose rows are as in rows.conf")
    if not good:
        print("\n".join(comment(expected_print(rows))))
    return 0 if good else 1


def run_all(boots):
    """Each boot; prints a line for each row as it comes. The results, and what was printed."""
    results, printed, seconds = [], [], []
    for rows in boots:
        machine, said = boot(rows)
        for name, row in rows:
            states = said.get(name, {})
            observed, expected = observe(machine, states), expect(row)
            wrong = judge(machine, states, observed, expected)
            printed.append(tap(len(results) + 1, not wrong, row["title"]))
            for reason in wrong:
                print(f"#   {reason}", flush=True)
            results.append({"name": name, "title": row["title"], "driver": row["driver"],
                            "module": row["module"], "ok": not wrong, "wrong": wrong,
                            "expected": expected, "observed": observed, "shown": shown(observed, expected), "machine": machine, "said": states})
        seconds.append(f"{rows[0][0]}: {machine['wall_s']:.0f} s for {len(rows)} rows, "
                       f"{machine['wall_s'] / len(rows):.0f} s a row, attempt {machine['attempt']}")
    return results, printed, seconds


def main():
    boots = boots_of(read_rows())
    rows = [row for boot_rows in boots for row in boot_rows]
    start = time.monotonic()
    if not prepare(rows):
        print("not ok 1 - set-up: research/evidence/prepare.sh failed (above)\n1..1")
        return 1
    built = time.monotonic() - start
    plan = f"1..{len(rows)}"
    print(plan)
    results, printed, seconds = run_all(boots)
    lines = tables(results)
    report = {"versions": versions(), "rows": results}
    (OUT / f"evidence{SUFFIX}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (OUT / f"evidence{SUFFIX}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    printed = [plan] + printed + comment(lines)
    print("\n".join(comment(lines)))
    print("\n".join(comment([f"set-up: {built:.0f} s"] + seconds)))
    # the report quotes a run of all rows
    quoted = bool(SUFFIX or os.environ.get("ROWS")) or quotes(printed)
    if not quoted:
        print(f"# {REPORT} does not quote exactly this")
    return 0 if quoted and all(row["ok"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(check_quote() if sys.argv[1:] == ["--quote"] else main())
