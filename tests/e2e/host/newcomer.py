#!/usr/bin/env python3
"""What the pages of tests/newcomer.py have for a host, for the reference host:

    newcomer.py plan DIR             plays what stands above it and needs no host, and writes DIR: payload/ for the
                                     steps, step1, step2, …, and machines: a line for each time the power comes on
    newcomer.py list DIR             "ID|WHAT|REASON" for each block; with a reason, it is not run here
    newcomer.py judge DIR SAID ID    compares with what the page shows; SAID has what the steps have left

A block for a host is one that is run on=debian, or not run because it needs a host. It is run as it stands; where it
has a line `reboot` the machine boots, and behind one with cut=jobs the power goes while the stage's jobs run. Each
heading begins with no run armed, in a system that no run has started, as on the stand-in."""

import json
import pathlib
import re
import shutil
import sys

sys.path.insert(0, "tests")

from newcomer import PAGES, TREE, Fault, Names, Newcomer, NotHere, blocks_of, difference, options_of  # noqa: E402

NO_POOL = "xe and a pool are not on the reference host: on a stand-in by tests/unit/newcomer.t"

# In dom0, where the newcomer works in ~/newcomer. Each archive of an image that he has brought has another one in it.
BEGIN = """. /steps/common.sh
home=/root/newcomer conf=/boot/efi/EFI/forestage/forestage.conf
another_image() {
	head -c 512 /dev/zero >>$home/another/image/initramfs.img
	tar -C $home/another -cf - image | gzip -1 >$home/forestage-image-0.tar.gz
}
settle() {
	forestage disarm
	cp /root/forestage.conf "$conf"
}
part() {
	echo "newcomer: $1" >/dev/console
	grep -q '^ *tar ' "/steps/newcomer/$1.sh" && another_image
	(cd $home && sh -e "/steps/newcomer/$1.sh") >"/steps/newcomer/$1.out" 2>&1
	echo $? >"/steps/newcomer/$1.code"
}
"""
INSTALL = """set -e
get_forestage
mkdir -p /usr/share/forestage /etc/forestage/jobs $home/another
cp -r /steps/image /usr/share/forestage/
cp -r /steps/image $home/another/
cp -r /steps/newcomer/home/. $home/
cp -r $home/first/. /etc/forestage/jobs/
forestage install --yes
cp "$conf" /root/forestage.conf
set +e
"""
UNINSTALL = """forestage uninstall --yes >/steps/uninstalled 2>&1
echo $? >/steps/uninstalled.code
"""


def why_not_here(block):
    """The reason why a block that another machine is needed for is not run on this one; None: it is no such block."""
    if block.kind == "not run" and not block.value.startswith("host,"):
        return block.value
    return NO_POOL if block.kind == "run" and options_of(block).get("on") == "xcp-ng" else None


def is_for_host(block):
    return block.kind == "not run" and block.value.startswith("host,") or \
        block.kind == "run" and options_of(block).get("on") == "debian"


class Plan:
    def __init__(self, folder):
        self.folder = folder
        self.payload = folder / "payload"
        (self.payload / "home").mkdir(parents=True)
        self.steps = [BEGIN + INSTALL]
        self.machines = [[1]]  # the steps of each time that the power comes on; or what is on the console when it goes
        self.blocks = []
        self.parts = 0
        self.section = None
        self.after_run = False  # what is booted was started by a run, which status tells

    def next_step(self):
        self.steps.append(BEGIN)
        self.machines[-1].append(len(self.steps))

    def reboot(self, cut):
        if cut:
            if cut != "jobs":
                raise Fault(f"cut={cut} is not jobs")
            self.machines += ["^job.1.of", []]
        self.after_run = not cut
        self.next_step()

    def carry(self, text, home):
        """What the block takes from the newcomer's folder."""
        for word in text.split():
            at = home / word
            if re.fullmatch(r"\w+", word) and at.is_dir() and not at.is_symlink():
                shutil.copytree(at, self.payload / "home" / word, dirs_exist_ok=True)

    def add(self, block, home):
        options = options_of(block) if block.kind == "run" else {}
        if (block.page, block.section) != self.section:
            self.section = (block.page, block.section)
            if self.after_run:
                self.after_run = False
                self.next_step()
            self.steps[-1] += "settle >/dev/null 2>&1\n"
        self.carry(block.text, home)
        texts = re.split(r"(?m)^ *reboot\b.*\n", block.text)
        names = []
        for number, text in enumerate(texts):
            if number > 0:
                self.reboot(options.get("cut"))
            if not text.strip():
                continue
            self.parts += 1
            names.append(f"part{self.parts}")
            (self.payload / f"{names[-1]}.sh").write_text(text, encoding="utf-8")
            self.steps[-1] += f"part {names[-1]}\n"
        self.tell(block, parts=names, exit=int(options.get("exit", 0)))
        return names

    def tell(self, block, **more):
        what = f"{block.page}:{block.line}: {block.kind} {block.value}".rstrip()
        self.blocks.append({"what": what, "kind": block.kind, "text": block.text, **more})

    def write(self):
        self.steps[-1] += UNINSTALL
        for number, text in enumerate(self.steps, 1):
            (self.folder / f"step{number}").write_text(text, encoding="utf-8")
        lines = [f"cut {machine}" if isinstance(machine, str) else "run " + " ".join(f"step{step}" for step in machine)
                 for machine in self.machines]
        (self.folder / "machines").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / "plan.json").write_text(json.dumps(self.blocks, indent=1), encoding="utf-8")


def play_here(newcomer, block):
    """For what blocks below it take along; that it is as the page says is tests/unit/newcomer.t's to find."""
    try:
        newcomer.do(block)
    except NotHere:
        pass


def plan_page(plan, page, names):
    blocks = blocks_of(page, (TREE / page).read_text(encoding="utf-8"))
    last = max((number for number, block in enumerate(blocks) if is_for_host(block)), default=-1)
    newcomer = Newcomer(names)
    parts, why = None, ""  # of the commands above: on the host, or why not
    try:
        for number, block in enumerate(blocks):
            if is_for_host(block):
                parts, why = plan.add(block, newcomer.folder), ""
            elif why_not_here(block):
                parts, why = None, why_not_here(block)
                plan.tell(block, skip=why)
            elif block.kind == "output" and (parts or why):
                plan.tell(block, **({"of": parts} if parts else {"skip": f"of commands that are not run here: {why}"}))
            else:
                parts, why = (None, "") if block.kind == "run" else (parts, why)
                if number < last:
                    play_here(newcomer, block)
    finally:
        newcomer.leave()


def plan_all(folder):
    plan = Plan(folder)
    names = Names()
    for page in PAGES:
        plan_page(plan, page, names)
    if not (plan.payload / "home/first").is_dir() or plan.parts < 5:
        raise Fault("there is next to nothing for a host on the pages: this test looks in the wrong place")
    plan.write()


# What a verb says while the host's own service, which looks at the same change, has not ended yet: now and then.
WAITING = re.compile(r"^forestage: forestage follow \(process \d+\) is changing this host; waiting .*\n", re.M)


def judge(block, said):
    """Raises what is not as the page says."""
    parts = block.get("parts") or block.get("of")
    missing = [part for part in parts if not (said / f"{part}.code").exists()]
    if missing:
        raise Fault(f"{missing[0]} was not run: a step before it did not end")
    printed = "".join((said / f"{part}.out").read_text(encoding="utf-8") for part in parts)
    if block["kind"] == "output":
        fault = difference(block["text"], WAITING.sub("", printed), True)
        if fault:
            raise Fault(fault)
        return
    codes = [int((said / f"{part}.code").read_text()) for part in parts]
    if codes != [0] * (len(codes) - 1) + [block["exit"]]:
        raise Fault(f"exit codes {codes}, after\n{printed}")


def main(verb, folder, *more):
    folder = pathlib.Path(folder)
    try:
        if verb == "plan":
            plan_all(folder)
            return 0
        blocks = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        if verb == "list":
            for number, block in enumerate(blocks):
                print(number, block["what"], block.get("skip", ""), sep="|")
            return 0
        judge(blocks[int(more[1])], pathlib.Path(more[0]))
    except Fault as fault:
        print(fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
