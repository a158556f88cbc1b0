"""Plays the newcomer: takes every block out of README.md, docs/first-job.md and docs/recipes.md and does what it says,
in a folder of its own with the tree as it is built, on the stand-in for a host where the block needs a host.
tests/unit/newcomer.t does that; tests/e2e/host/newcomer.py runs on the reference host what needs a host.

A comment on the line above a block says what it is; a block without one is a fault:

    <!-- run -->                  commands, run by sh -e in the folder that a newcomer is in; their exit code is 0
    <!-- run exit=1 -->           or this one
    <!-- run with=nvcc -->        where there is such a program, and listed as not run elsewhere
    <!-- run on=debian -->        on the stand-in for a host, installed and idle, new under each heading of the second
                                  level; also on=xcp-ng, one of a pool of two with HA. `reboot` there is one from which
                                  nothing comes back, and `tar` unpacks another image than is there
    <!-- run on=debian cut=jobs --> on the reference host the power goes behind its `reboot`, while the jobs run
    <!-- output -->               what the run before it printed, on both streams; a line … is any lines, … in one is
                                  any text
    <!-- file NAME -->            what the newcomer writes into this file
    <!-- not run: KIND, WHY -->   commands for which something is missing here: one of KINDS, and what it is
    <!-- no commands: WHAT -->    a picture, or what is printed elsewhere

Of all commands, run or not, the options are those of the verb, make's targets and variables those of `make help`, and
files of the tree are there. What is another number at each run is compared by MASKS only."""

import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

PAGES = ["README.md", "docs/first-job.md", "docs/recipes.md"]
KINDS = ["gpu", "root", "download", "host", "long"]
LIMIT = 300  # seconds for a block
TREE = pathlib.Path.cwd()
BUILD = TREE / os.environ.get("BUILD", "build")
BUILT = ["dom0/forestage", "runner/forestage-run", "rehearsal/libcuda.so.1", "kernels/vecadd.ptx", "tests/dom0-host"]
LINKED = ["docs", "initramfs", "kernels", "samples", "scripts", "tests"]  # beside build, in the newcomer's folder

# What is another one each time: ids, seconds, rates in a table of numbers, room on a disk; on a slow machine there are
# lines of progress too.
MASKS = [
    (r"(?m)^job .* \[[#.]+\] .*\n", ""),
    (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "ID"),
    (r" *\b[0-9]+\.[0-9]+ s\b", " N s"),
    (r"\b(efi|linux|jobs|stage|total) [0-9]+\.[0-9]+\b", r"\1 N"),
    (r"(?m)^[0-9.]+(?:,[0-9.]+)+$", "N,N"),
    (r"\b[0-9]+ MiB free\b", "N MiB free"),
]


@dataclass
class Block:
    page: str
    line: int
    section: str  # the heading of the second level that it stands under
    kind: str  # "" when nothing says it
    value: str  # what follows the kind
    text: str
    end: int = 0  # the line behind it
    printed: str = ""  # in place of an output that is not what is printed


class Fault(Exception):
    """What a page says is not so."""


class NotHere(Exception):
    """What a block needs is not here."""


# --- the blocks of a page ---

NOTE = re.compile(r"<!-- (run|output|file|not run:|no commands:)(?: (.*))? -->")


def take_block(lines, at):
    """The lines of the block that begins at a line, without what makes them one, and where it ends."""
    if lines[at].startswith("```"):
        end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("```")), len(lines))
        return lines[at + 1:end], end + 1
    end = at
    while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
        end += 1
    return [line[4:] for line in lines[at:end]], end


def blocks_of(page, text):
    """Every block, each with what the comment above it says."""
    lines, found, at, section, note, in_text = text.splitlines(), [], 0, "", None, False
    while at < len(lines):
        line = lines[at]
        if line.startswith("```") or (line.startswith("    ") and line.strip() and not in_text):
            body, end = take_block(lines, at)
            kind, value = note.groups() if note else ("", "")
            shown = "\n".join(body).rstrip() + "\n"
            found.append(Block(page, at + 1, section, kind.rstrip(":"), value or "", shown, end))
            at, note, in_text = end, None, False
            continue
        if note and line.strip():
            raise Fault(f"{page}:{at}: there is no block under this comment")
        note = NOTE.fullmatch(line)
        section = line if line.startswith("## ") else section
        in_text = bool(line.strip()) and not note
        at += 1
    if note:
        raise Fault(f"{page}:{at}: there is no block under this comment")
    return found


def options_of(block):
    return dict(word.split("=", 1) for word in block.value.split())


# --- what can be said of commands without running them ---


def printed_by(*words):
    """Without what the make that runs this test has given it."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "T")}
    return subprocess.run(words, cwd=TREE, env=environment, check=True, capture_output=True, text=True).stdout


class Names:
    """What there is to be called: options by command, make's targets and variables."""

    def __init__(self):
        command = str(BUILD / "dom0/forestage")
        usage = re.findall(r"^  (\w+) +[A-Z]", printed_by(command, "--help").split("Verbs:")[1], re.M)
        self.options = {("forestage", verb): self.options_in(printed_by(command, "help", verb)) for verb in usage}
        self.options["forestage", ""] = {"--help", "--version"}
        self.options["forestage-run", ""] = self.options_in(printed_by(str(BUILD / "runner/forestage-run"), "--help"))
        told = printed_by("make", "--no-print-directory", "help")
        self.targets = set(re.findall(r"^make ([a-z-]+)", told, re.M)) | {"help"}
        self.variables = set(re.findall(r"\b([A-Z][A-Z0-9_]*)=", told)) | {"V", "BUILD", "CC"}

    @staticmethod
    def options_in(text):
        return set(re.findall(r"--[a-z][a-z-]*", text)) | {"--help"}

    def check_options(self, program, words):
        verb = next((word for word in words if not word.startswith("-")), "") if program == "forestage" else ""
        if (program, verb) not in self.options:
            raise Fault(f"{program} has no verb {verb}")
        for word in words:
            option = word.partition("=")[0]
            if option.startswith("--") and option not in self.options[program, verb]:
                raise Fault(f"{program} {verb}".rstrip() + f" has no option {option}")

    def check_make(self, words):
        for word in words:
            name, is_variable, _ = word.partition("=")
            if name not in (self.variables if is_variable else self.targets):
                raise Fault(f"make help has no {word}")

    def check(self, words):
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        program = pathlib.Path(words[0]).name if words else ""
        if program in ("forestage", "forestage-run"):
            self.check_options(program, words[1:])
        elif program == "make":
            self.check_make(words[1:])
        for word in words:
            if re.match(r"(scripts|samples|tests|docs|kernels|initramfs)/", word) and not re.search(r"[*$]", word):
                if not (TREE / word.split(":")[0]).exists():
                    raise Fault(f"there is no {word}")


def commands_in(text):
    """The words of each command; of what stands in a here-document or in quotes over lines nothing is a command."""
    text = re.sub(r"<<'?(\w+)'?(.*)\n(?:.*\n)*?\1\n", r"\2\n", text)
    lexer = shlex.shlex(text.replace("\\\n", " ").replace("\n", "\n;\n"), posix=True, punctuation_chars=";&|()<>")
    lexer.commenters, lexer.whitespace_split = "#", True
    words = []
    for word in lexer:
        if re.fullmatch(r"[;&|()]+", word):
            yield words
            words = []
        elif word not in ("do", "then", "else", "done", "fi", "!", "sudo", "{", "}"):
            words.append(word)
    yield words


def check_commands(block, names):
    try:
        for words in commands_in(block.text):
            names.check(words)
    except ValueError as error:
        raise Fault(f"no shell reads this: {error}") from error


# --- a newcomer at work ---

US, OTHER = "6c6bd0f4-9c35-4f7b-9b0b-3c1d9e5a7f10", "b2f4a0de-1111-4a5b-8c7d-0e9f8a7b6c5d"
POOL, GUEST = "0d9c8b7a-2222-4c3d-9e8f-1a2b3c4d5e6f", "5f0e0d0c-0b0a-4908-8706-050403020100"
POOL_STATE = {
    "xe.state/pool": f"uuid={POOL}\tname-label=pool\tmaster={US}\tha-enabled=true\n",
    "xe.state/hosts": f"uuid={US}\tname-label=xcp1\tenabled=true\nuuid={OTHER}\tname-label=xcp2\tenabled=true\n",
    "xe.state/vms": f"uuid={GUEST}\tname-label=web\tis-control-domain=false\tpower-state=running\tresident-on={US}\n",
    "xl.state/info": "xen_commandline        : x\n",
}

# The firmware has used the order up, the stage has begun with the jobs, and somebody has switched the machine off.
REBOOT = r"""#!/bin/sh
set -eu
run=$(sed -n 's/^run=//p' "$ROOT/boot/efi/EFI/forestage/order")
variables=$ROOT/sys/firmware/efi/efivars
variable() { printf '\007\000\000\000%s' "$2" >"$variables/$1-14ec1a0d-f549-48b7-90e0-d76980224a80"; }
variable ForestageLastRun "$run"
variable ForestagePhase "$run jobs"
rm "$ROOT/boot/efi/EFI/forestage/order"
"""

TAR = r"""#!/bin/sh
echo another >>"$ROOT/usr/share/forestage/image/initramfs.img"
"""


def write_program(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Host:
    """A stand-in for a host; what stands on a page for its files are those below its root."""

    FILES = re.compile(r"(?<![\w./])/(?=(?:boot|etc|root|usr/share/forestage|var/lib/forestage)(?:/|\b))")

    def __init__(self, flavour):
        made = printed_by(str(BUILD / "tests/dom0-host"), "make", {"xcp-ng": "xenserver"}.get(flavour, flavour))
        self.root = pathlib.Path(made.strip())
        programs = self.root / "programs"
        write_program(programs / "forestage", f'#!/bin/sh\nexec "{BUILD}/tests/dom0-host" "$@"\n')
        write_program(programs / "reboot", REBOOT)
        write_program(programs / "tar", TAR)
        (self.root / "root").mkdir()
        if flavour == "xcp-ng":
            self.join_pool(programs)

    def join_pool(self, programs):
        (self.root / "etc/xensource-inventory").write_text(f"INSTALLATION_UUID='{US}'\n", encoding="utf-8")
        line = "root=LABEL=root-abcdef ro nolvm hpet=disable console=hvc0 console=tty0 quiet vga=785 splash"
        (self.root / "cmdline").write_text(f"{line}\n", encoding="utf-8")  # as its boot entry has it
        for name in ("xe", "xl"):
            shutil.copy(TREE / "tests/standins" / name, programs / name)
        for name, text in POOL_STATE.items():
            (programs / name).parent.mkdir(exist_ok=True)
            (programs / name).write_text(text, encoding="utf-8")

    def here(self, text):
        return self.FILES.sub(f"{self.root}/", text)

    def there(self, text):
        return text.replace(str(self.root), "")


class Newcomer:
    """Reads a page from top to bottom in a folder of its own."""

    def __init__(self, names):
        self.names = names
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="forestage-newcomer-"))
        (self.folder / "build").symlink_to(BUILD)
        for name in LINKED:
            (self.folder / name).symlink_to(TREE / name)
        self.host = None
        self.section = None
        self.printed = None  # by the commands that were run last
        self.unrun = False  # what stands above was not

    def leave(self):
        self.leave_host()
        shutil.rmtree(self.folder)

    def leave_host(self):
        if self.host:
            shutil.rmtree(self.host.root)
        self.host = None

    def environment(self):
        path = os.environ["PATH"] + ":/usr/local/cuda/bin"
        given = {"HOME": str(self.folder), "LC_ALL": "C.UTF-8", "PATH": path, "TMPDIR": str(self.folder.parent)}
        if self.host:
            given.update(ROOT=str(self.host.root), PATH=f"{self.host.root}/programs:{path}")
        return given

    def settle(self, options, section):
        """The host that the block runs on is there, if it needs one."""
        if section != self.section or "on" not in options:
            self.leave_host()
        self.section = section
        if "on" in options and not self.host:
            self.host = Host(options["on"])
        program = options.get("with")
        if program and not shutil.which(program, path=self.environment()["PATH"]):
            self.unrun = True
            raise NotHere(f"{program} is not installed")

    def run(self, block):
        self.printed, self.unrun = None, False
        options = options_of(block)
        if set(options) - {"exit", "with", "on", "cut"}:
            raise Fault(f"what is {block.value}?")
        check_commands(block, self.names)
        self.settle(options, block.section)
        script = self.host.here(block.text) if self.host else block.text
        done = subprocess.run(["sh", "-e"], input=script, cwd=self.folder, env=self.environment(), timeout=LIMIT,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        self.printed = self.host.there(done.stdout) if self.host else done.stdout
        if done.returncode != int(options.get("exit", 0)):
            raise Fault(f"exit code {done.returncode}, after\n{self.printed}")

    def compare(self, block):
        if self.unrun:
            raise NotHere("the commands above were not run")
        if self.printed is None:
            raise Fault("nothing above has printed it")
        fault = difference(block.text, self.printed, bool(self.host))
        if fault:
            block.printed = self.printed
            raise Fault(fault)

    def write(self, block):
        path = self.folder / block.value
        if ".." in path.parts or not path.resolve().is_relative_to(self.folder):
            raise Fault(f"{block.value} is not in the newcomer's folder")
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def pass_by(self, block):
        self.printed, self.unrun = None, True
        kind, _, why = block.value.partition(", ")
        if kind not in KINDS or not why:
            raise Fault(f"not run for what reason? One of {', '.join(KINDS)}, and what it is")
        check_commands(block, self.names)
        raise NotHere(block.value)

    def look_at(self, block):
        if not block.value:
            raise Fault("no commands, but what?")

    def do(self, block):
        steps = {"run": self.run, "output": self.compare, "file": self.write, "not run": self.pass_by,
                 "no commands": self.look_at}
        if block.kind not in steps:
            raise Fault("nothing says what this block is (CONTRIBUTING.md)")
        steps[block.kind](block)


def masked(text):
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return text


def pattern_of(text):
    """As a regular expression: a line … is any lines, … in a line any text of it."""
    lines = [r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
             for line in text.splitlines()]
    return "".join(lines)


def difference(shown, printed, on_host):
    """Between what a page shows and what was printed; "": none that counts. On a host it is wrapped elsewhere, because
    paths are longer, or consoles have another width."""
    wanted, found = ((" ".join(text.split()) + "\n" if on_host else text) for text in (shown, printed))
    if on_host:  # what is left out may be nothing
        wanted = re.sub(" ?… ?", "…", wanted)
    if re.fullmatch(pattern_of(masked(wanted)), masked(found)):
        return ""
    both = (text.splitlines() for text in (shown, printed))
    return "this is not what is printed:\n" + "\n".join(difflib.unified_diff(*both, "shown", "printed", lineterm=""))


def outcome(newcomer, block):
    """A fault, the reason why it was not run, or neither."""
    try:
        newcomer.do(block)
    except NotHere as reason:
        return "", str(reason)
    except subprocess.TimeoutExpired:
        return f"not at its end after {LIMIT} s", ""
    except Fault as fault:
        return str(fault), ""
    return "", ""


def play(page, text, names):
    """Each block with its fault and the reason why it was not run."""
    newcomer = Newcomer(names)
    try:
        return [(block, *outcome(newcomer, block)) for block in blocks_of(page, text)]
    finally:
        newcomer.leave()
