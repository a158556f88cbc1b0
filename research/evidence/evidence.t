#!/usr/bin/env python3
"""Loads NVIDIA's real kernel module in QEMU, without a GPU, on bare Linux and in dom0s, and compares
what it says with what docs/feasibility.md claims (rows.conf). TAP on standard output, then the table;
build/evidence/evidence.json holds all of it, build/evidence/ROW.log each boot's console.

research/evidence/evidence.t --quote boots nothing: it compares docs/feasibility.md with rows.conf, whose rows
a run must meet.

Environment: ROWS (names, all by default), LIMIT (seconds a boot, 400), BUILD, KERNEL (own: the rows
without Xen on the stage's own kernel, which is none for a dom0; the files then end in -own).
"""

import configparser
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
REPORT = pathlib.Path("docs/feasibility.md")
OUT = pathlib.Path(os.environ.get("BUILD", "build")) / "evidence"
PARTS = OUT / "parts"
LIMIT = os.environ.get("LIMIT", "400")

# Under TCG a PV dom0 dies with SMAP, and a PVH one needs SVM without RDTSCP, and an IOMMU.
CPU = {
    "none": ["-cpu", "max,-smap,-smep"],
    "pv": ["-cpu", "max,-smap,-smep"],
    "pvh": ["-cpu", "max,-smap,-smep,-rdtscp", "-device", "amd-iommu,intremap=on"],
}
# On a busy machine the emulated timer may look broken to the kernel.
LINUX = "quiet panic=5 no_timer_check"
TRIES = 3
SUFFIX = "-own" if os.environ.get("KERNEL", "") == "own" else ""
XEN = "console=com1 com1=115200,8n1 dom0_mem=1G"


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
        row["driver"] = row["pair"] + SUFFIX
    return [(name, row) for name, row in found if not SUFFIX or row["xen"] == "none"]


def prepare(rows):
    """Whether everything that the boots need is there; prepare.sh says on standard error what is not."""
    wanted = sorted({f"{row['driver']}/{row['module']}" for _, row in rows})
    return subprocess.run([HERE / "prepare.sh", *wanted], check=False, stdout=sys.stderr).returncode == 0


def command(name, row):
    """QEMU's command line: the kernel itself, or Xen as a multiboot kernel with two modules."""
    folder = PARTS / row["driver"]
    kernel, initrd = folder / "vmlinuz", folder / f"{row['module']}.cpio"
    line = f"{LINUX} {row['kernel-options']}".strip()
    if row["module-options"]:
        line += f" evidence.options={row['module-options']}"
    arguments = ["timeout", "-k", "5", LIMIT, "nice", "-n", "10", "qemu-system-x86_64", "-nodefaults"]
    arguments += ["-machine", "q35", "-accel", "tcg,thread=multi", "-m", "2G", "-smp", "2"]
    arguments += ["-display", "none", "-no-reboot", "-serial", f"file:{OUT / name}{SUFFIX}.log"]
    arguments += CPU[row["dom0"]]
    if row["xen"] == "none":
        return arguments + ["-kernel", kernel, "-initrd", initrd, "-append", f"console=ttyS0,115200 {line}"]
    options = f"{XEN} {'dom0=pvh ' if row['dom0'] == 'pvh' else ''}{row['xen-options']}".strip()
    module = f"{kernel} console=hvc0 {line}".replace(",", ",,")
    return arguments + ["-kernel", PARTS / f"xen-{row['xen']}", "-initrd", f"{module},{initrd}",
                        "-append", options]


def boot(name, row):
    """Boots until the init says its end, because a starved machine may not; TRIES at most."""
    for attempt in range(1, TRIES + 1):
        said = boot_once(name, row)
        said["attempt"] = attempt
        if said.get("end") == "yes":
            break
    return said


def boot_once(name, row):
    """Runs the machine and returns what its init said: a dict, with "log" a list of lines."""
    log = OUT / f"{name}{SUFFIX}.log"
    log.unlink(missing_ok=True)
    start = time.monotonic()
    code = subprocess.run(command(name, row), stdin=subprocess.DEVNULL, check=False).returncode
    said = {"log": [], "wall_s": round(time.monotonic() - start, 1), "qemu_exit": code}
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    for match in re.finditer(r"evidence: (\w+)=(.*)", text.replace("\r", "")):
        if match[1] == "log":
            said["log"].append(match[2].rstrip())
        else:
            said[match[1]] = match[2].rstrip()
    return said


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


def observe(said):
    encodings = dict(re.findall(r"patprobe: (\w+) index=\d type=(\S+)", "\n".join(said["log"])))
    xen = f"{said['xen_major']}.{said['xen_minor']}" if "xen_major" in said else "none"
    return {
        "xen": xen,
        "dom0": said.get("guest_type", "none").lower(),
        "pat": said.get("pat", "unreadable"),
        "linux": "; ".join(after(said, r"x86/PAT: Configuration \[0-7\]:(.*)")),
        "stock": encodings.get("stock", "?"),
        "kernel": encodings.get("kernel", "?"),
        "nvrm": after(said, r"NVRM: (.*)"),
        "doctor": doctor(said),
    }


def expect(row):
    expected = {key: row[key] for key in ("xen", "dom0", "pat", "linux", "stock", "kernel", "doctor")}
    expected["nvrm"] = row["nvrm"].split("\n")
    return expected


def judge(said, observed, expected):
    """The reasons why the row does not say what the report claims."""
    if said.get("end") != "yes":
        return [f"the boot did not reach its end (QEMU exit {said['qemu_exit']}, {said['wall_s']} s)"]
    wrong = [f"{key}: expected {expected[key]!r}, found {observed[key]!r}"
             for key in expected if expected[key] != observed[key]]
    if said.get("insmod_nvidia") != "No such device":
        wrong.append(f"nvidia.ko was to find no GPU: {said.get('insmod_nvidia')}")
    if said.get("pat") != said.get("pat_before"):
        wrong.append("loading the driver changed IA32_PAT")
    return wrong


def table(rows):
    heads = ("where", "IA32_PAT", "Linux: PAT 0-7", "WC by stock helper / kernel", "the driver says")
    lines = [heads] + [
        (row["title"], row["observed"]["pat"], row["observed"]["linux"],
         f"{row['observed']['stock']} / {row['observed']['kernel']}",
         "; ".join(row["observed"]["nvrm"])) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in lines)


def versions():
    lines = (PARTS / "versions").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def tap(number, good, description):
    line = f"{'ok' if good else 'not ok'} {number} - {description}"
    print(line, flush=True)
    return line


def comment(text):
    return [f"# {line}" for line in text.splitlines()]


def quotes(printed):
    """Whether the report has these lines, one behind the other, as an indented block."""
    wanted = [f"    {line}".rstrip() for line in printed]
    text = REPORT.read_text(encoding="utf-8").splitlines()
    starts = (start for start, line in enumerate(text) if line == wanted[0])
    return any(text[start:start + len(wanted)] == wanted for start in starts)


def expected_results(rows):
    return [{"title": row["title"], "observed": expect(row)} for _, row in rows]


def expected_print(rows):
    """What a run prints in which every row is as expected."""
    lines = [f"1..{len(rows)}"]
    lines += [f"ok {number} - {row['title']}" for number, (_, row) in enumerate(rows, 1)]
    return lines + comment(table(expected_results(rows)))


def check_quote():
    rows = read_rows()
    print("1..1")
    good = quotes(expected_print(rows))
    tap(1, good, f"{REPORT} quotes what a run prints whose rows are as in rows.conf")
    if not good:
        print("\n".join(comment("\n".join(expected_print(rows)))))
    return 0 if good else 1


def main():
    rows = read_rows()
    if not prepare(rows):
        print("not ok 1 - set-up: research/evidence/prepare.sh failed (above)\n1..1")
        return 1
    results = []
    printed = [f"1..{len(rows)}"]
    print(printed[0])
    for number, (name, row) in enumerate(rows, 1):
        said = boot(name, row)
        observed, expected = observe(said), expect(row)
        wrong = judge(said, observed, expected)
        printed.append(tap(number, not wrong, row["title"]))
        for reason in wrong:
            print(f"#   {reason}", flush=True)
        results.append({"name": name, "title": row["title"], "driver": row["driver"],
                        "module": row["module"], "ok": not wrong, "wrong": wrong,
                        "expected": expected, "observed": observed, "said": said})
    text = table(results)
    report = {"versions": versions(), "rows": results}
    (OUT / f"evidence{SUFFIX}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (OUT / f"evidence{SUFFIX}.txt").write_text(text + "\n", encoding="utf-8")
    printed += comment(text)
    print("\n".join(comment(text)))
    # the report quotes a run of all rows
    quoted = bool(SUFFIX or os.environ.get("ROWS")) or quotes(printed)
    if not quoted:
        print(f"# {REPORT} does not quote exactly this")
    return 0 if quoted and all(row["ok"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(check_quote() if sys.argv[1:] == ["--quote"] else main())
