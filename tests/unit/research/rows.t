#!/usr/bin/env python3
"""What evidence.t makes of a boot's console: rows that agree, that differ, that died, and machines that stopped."""

import importlib.machinery
import importlib.util
import os
import sys
import tempfile

sys.dont_write_bytecode = True

MACHINE = """evidence: kernel=6.1.0-50-amd64
evidence: hypervisor=xen
evidence: guest_type=PV
evidence: xen_major=4
evidence: xen_minor=17
evidence: log=x86/PAT: Configuration [0-7]: WB  WT  UC- UC  WC  WP  UC  UC
evidence: log=patprobe: stock index=1 type=WT
evidence: log=patprobe: kernel index=4 type=WC
"""
HEAD = """evidence: state={state}
evidence: row={row}
evidence: pat_before=0000050100070406
evidence: insmod_nvidia=loaded
evidence: log=NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  535.261.03
evidence: log=NVRM: PAT configuration unsupported.
evidence: doctor={{"cuda": {{"answer": "fails", "reason": "pat"}}}}
evidence: doctor_exit=1
"""
TAIL = """evidence: insmod_dmaprobe=loaded
evidence: log=NVRM: 0000:00:01.0: Failed to create a DMA mapping!
{answers}evidence: rmmod_dmaprobe=unloaded
evidence: rmmod_nvidia=unloaded
evidence: pat=0000050100070406
evidence: row_end=yes
"""
FRESH = [("wc", "0x56", "0xffffffff", 0, "-1/none", "-1/none"), ("uc", "0x0", "0x0", 0, "2/UC-", "3/UC"),
         ("wb", "0x0", "0x0", 0, "0/WB", "0/WB")] + [
             (name, "0x0", "0x0", 0, "0/WB", "0/WB") for name in ("16", "64", "16-no-gpu", "64-no-gpu")]
BALLOONED = [FRESH[0], ("uc", "0x0", "0x59", 0, "2/UC-", "3/UC"), ("wb", "0x0", "0x59", 0, "0/WB", "0/WB")] + [
    (name, "0x0", "0x0", 16, "0/WB", "0/WB") for name in ("16", "64", "16-no-gpu", "64-no-gpu")]
END = "evidence: end=yes\n"


def load():
    for name in ("ROWS", "KERNEL", "SOURCE"):
        os.environ.pop(name, None)
    return load_again()


def load_again():
    loader = importlib.machinery.SourceFileLoader("evidence", "research/evidence/evidence.t")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("evidence", loader))
    loader.exec_module(module)
    return module


def line(name, alloc, mapped, wrong, user, kernel):
    back = "no" if alloc != "0x0" else "yes"
    return (f"evidence: log=dmaprobe: request={name} alloc={alloc} map={mapped} pages=16 wrong={wrong} "
            f"user={user} kernel={kernel} back={back}\n")


def row(state, answers, name="pv-4.17"):
    return HEAD.format(state=state, row=name) + TAIL.format(answers="".join(line(*answer) for answer in answers))


def verdict(evidence, text, name="pv-4.17"):
    machine, said = evidence.parse(text)
    machine.update(wall_s=1, qemu_exit=0, log_file="none")
    expected = evidence.expect(dict(evidence.read_rows())[name])
    observed = evidence.observe(machine, said.get(name, {}))
    return evidence.judge(machine, said.get(name, {}), observed, expected)


def changed(answers, index, **values):
    keys = ("name", "alloc", "mapped", "wrong", "user", "kernel")
    answer = dict(zip(keys, answers[index]), **values)
    return answers[:index] + [tuple(answer[key] for key in keys)] + answers[index + 1:]


count, failed = 0, 0


def check(description, good, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {description}")
    if not good:
        print(f"#   {detail}")


def complains(evidence, description, text, words):
    found = verdict(evidence, text)
    check(description, any(words in reason for reason in found), found)


def try_rows(evidence):
    good = MACHINE + row("fresh", FRESH) + row("ballooned", BALLOONED) + END
    found = verdict(evidence, good)
    check("a row that says what is expected", not found, found)
    chance = changed(changed(FRESH, 1, mapped="0x59"), 2, wrong=7)
    found = verdict(evidence, MACHINE + row("fresh", chance) + row("ballooned", BALLOONED) + END)
    check("what chance decides may come otherwise", not found, found)
    complains(evidence, "but not with another memory type",
              good.replace("user=2/UC-", "user=1/WT", 1), "WT@1")
    for description, answers in (
            ("write-combining that is given", changed(FRESH, 0, alloc="0x0", mapped="0x0", user="4/WC")),
            ("a small request that is bounced", changed(FRESH, 3, wrong=16)),
            ("one of no GPU that fails", changed(FRESH, 5, alloc="0x56"))):
        complains(evidence, description, MACHINE + row("fresh", answers) + row("ballooned", BALLOONED) + END, "fresh:")
    lost = good.replace("back=yes", "back=no", 1)
    complains(evidence, "what was written is not in the page", lost, "lost")
    complains(evidence, "after ballooning all is right",
              MACHINE + row("fresh", FRESH) + row("ballooned", FRESH) + END, "ballooned: expected")
    complains(evidence, "it was never ballooned", MACHINE + row("fresh", FRESH) + END, "ballooned: expected")
    complains(evidence, "the driver says something else",
              good.replace("PAT configuration unsupported", "something else"), "something else")


def try_deaths(evidence):
    oops = "evidence: log=BUG: unable to handle page fault for address: ffffc90000000000\nevidence: log=RIP: nv_x+0x1\n"
    died = HEAD.format(state="fresh", row="pv-4.17") + oops + "evidence: row_end=died\n"
    complains(evidence, "a probe that dies is a failed row", MACHINE + died + END, "it did not end (died)")
    complains(evidence, "with the kernel's lines", MACHINE + died + END, "BUG: unable to handle page fault")
    gone = HEAD.format(state="fresh", row="pv-4.17") + "(XEN) Domain 0 crashed\n"
    complains(evidence, "a machine that is gone amid a row", MACHINE + gone, "the machine was gone")
    complains(evidence, "with Xen's last words", MACHINE + gone, "(XEN) Domain 0 crashed")
    complains(evidence, "a machine that never came up", "(XEN) Panic on CPU 0:\n", "the boot did not reach its end")
    complains(evidence, "a warning in a row that ended", MACHINE + row("fresh", FRESH) + row(
        "ballooned", BALLOONED).replace("evidence: pat=", "evidence: log=Call Trace:\nevidence: pat=") + END,
        "Call Trace")
    full = MACHINE + row("fresh", FRESH) + row("ballooned", BALLOONED) + END
    complains(evidence, "a module that does not load",
              full.replace("insmod_dmaprobe=loaded", "insmod_dmaprobe=Exec format error", 1), "Exec format error")
    complains(evidence, "one that stays", full.replace("rmmod_nvidia=unloaded", "rmmod_nvidia=Device or resource busy", 1),
              "Device or resource busy")
    complains(evidence, "the driver has no GPU", MACHINE + row("fresh", []) + row("ballooned", []) + END, "fresh: expected")


def try_source(evidence):
    names = {name for name, _ in evidence.read_rows()}
    check("without SOURCE no row is given", not any(name.startswith("given") for name in names), names)
    with tempfile.TemporaryDirectory() as folder:
        for version, wanted in (("580.159.04", "given-pv-refuses"), ("610.43.02", "given-pv"), ("615.71.09", "given-pv")):
            with open(f"{folder}/Kbuild", "w", encoding="utf-8") as file:
                file.write(f'ccflags-y += -DNV_VERSION_STRING=\\"{version}\\"\n')
            os.environ["SOURCE"] = folder
            rows = dict(load_again().read_rows())
            others = {"given-pv-refuses", "given-pv"} - {wanted}
            check(f"SOURCE {version}: its rows", wanted in rows and not others & set(rows), rows.keys())
            check(f"SOURCE {version}: and no others", all(name.startswith("given") for name in rows), rows.keys())
            check(f"SOURCE {version}: the titles name it", all(version in row["title"] for row in rows.values()))
        del os.environ["SOURCE"]


def main():
    evidence = load()
    try_rows(evidence)
    try_deaths(evidence)
    try_source(evidence)
    boots = evidence.boots_of(evidence.read_rows())
    places = [rows[0][1]["title"] for rows in boots]
    check("rows that differ in the module share a boot", len(boots) < len(evidence.read_rows()) / 2, places)
    print(f"1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
