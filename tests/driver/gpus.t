#!/usr/bin/python3
"""initramfs/gpus.tsv against what the drivers in Debian say themselves: which GPUs each supports (nvidia-detect's
lists, README.txt of nvidia-driver, README.md of the open modules), which firmware the modules ask for (nv-firmware.h),
and the chips' names in pci.ids. The packages are fetched (2 MB, and the modules' sources where they are not there).
Their lists are read, and nothing of them is kept in this tree. TAP on standard output."""

import gzip
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import gpus  # noqa: E402  (beside this folder: tests/gpus.py)

PARTS = pathlib.Path(os.environ.get("BUILD", "build"), "parts")
ALL = "main contrib non-free non-free-firmware"

# suite, folder, packages: lists alone
LISTS = [
    ("trixie", "gpus-550", ["nvidia-detect", "nvidia-driver=@", "pci.ids"]),
    ("bookworm", "gpus-525", ["nvidia-tesla-driver"]),
]
SOURCES = {535: "535.261.03", 550: "550.163.01"}  # the pairs of scripts/driver.sh; their open modules


def fetched(suite, folder, packages):
    """Nothing, or why they cannot be had."""
    done = subprocess.run(["scripts/fetch.sh", suite, str(PARTS / folder), *packages],
                          env={**gpus.environment(), "COMPONENTS": ALL}, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def source(version):
    """The folder of a pair's modules, or why there is none."""
    done = subprocess.run(["scripts/driver.sh", "source"], env={**gpus.environment(), "PAIR": version},
                          capture_output=True, text=True)
    return pathlib.Path(done.stdout.strip()) if done.returncode == 0 else None


def part(folder):
    return PARTS / folder


def ids_file(folder, name):
    """A list of nvidia-detect: 10DE and the id, a line each."""
    text = (part(folder) / "usr/share/nvidia" / name).read_text()
    return {line[4:8].upper() for line in text.split() if line.startswith("10DE")}


def product_names(folder, package):
    """README.txt, appendix A: (name, id) of each product that is supported now. Legacy GPUs stand behind a heading."""
    text = gzip.open(part(folder) / "usr/share/doc" / package / "README.txt.gz", "rt", encoding="utf-8").read()
    appendix = re.search(r"^A1\. .*?(?=^A2\. |^Below are the legacy|^_{40,}\n\nAppendix B)", text, re.S | re.M)
    rows = [(line[1:48].strip(), line[50:54]) for line in (appendix[0] if appendix else "").splitlines()]
    return [(name, one) for name, one in rows if re.fullmatch("[0-9A-F]{4}", one)]


def open_products(folder):
    """README.md of the open modules, the table of compatible GPUs: (name, id)."""
    path = next(folder.parents[2].glob("usr/share/doc/nvidia-open-kernel-dkms/README.md.gz"))
    return re.findall(r"^\| (.*?) +\| ([0-9A-F]{4})[ |]", gzip.open(path, "rt", encoding="utf-8").read(), re.M)


def firmware_of_chips(folder):
    """nv-firmware.h: the file that each family of chips loads."""
    text = (folder / "common/inc/nv-firmware.h").read_text()
    inside = re.search(r"FIRMWARE_TYPE_GSP\)(.*?)FIRMWARE_TYPE_GSP_LOG\)", text, re.S).group(1)
    families, found = [], {}
    for family, name in re.findall(r'CHIP_FAMILY_(\w+):|\("(\w+)(?:\.bin)?"\)', inside):
        if family:
            families.append(family.lower())
        else:
            found.update(dict.fromkeys(families, name))
            families = []
    return found


def devices(folder):
    """pci.ids: (name, id) of NVIDIA's devices, but for what is no GPU."""
    found, inside = [], False
    for line in (part(folder) / "usr/share/misc/pci.ids").read_text(encoding="utf-8").splitlines():
        if re.match(r"[0-9a-f]{4} ", line):
            inside = line.startswith("10de ")
        named = re.match(r"\t([0-9a-f]{4})  (.*)", line)
        if inside and named and not re.search("Audio|USB|UCSI|Bridge|Controller|NVSwitch", named[2]):
            found.append((named[2], named[1].upper()))
    return found


def every_id(table, name, version, listed, flavour):
    """What of a driver's list the table has otherwise. What no driver since 535 lists is older than the table."""
    problems = [] if len(listed) > 100 or flavour == "open" and len(listed) > 50 else [f"{name}: no list was found"]
    seen = set()
    for one in sorted(listed):
        row = table.of_id(one)
        if not row:
            if version >= 525 or one > "1340":
                problems.append(f"{name}: no row has 10DE:{one}")
            continue
        seen.add(row.name)
        if flavour not in row.flavours:
            problems.append(f"{name}: 10DE:{one} is {row.name}, which has no {flavour} modules")
        if not row.first <= version <= (row.last or version):
            problems.append(f"{name}: 10DE:{one} is {row.name}, from {row.first} to {row.last or 'now'}")
    for row in table.rows:
        due = flavour in row.flavours and row.first <= version <= (row.last or version)
        if due and row.name not in seen:
            problems.append(f"{name}: names none of {row.name}, which it should support")
    return problems


def main():
    tap = gpus.Tap()
    table = gpus.Table("initramfs/gpus.tsv")
    missing = {}
    for suite, folder, packages in LISTS:
        why = fetched(suite, folder, packages)
        if why:
            missing[folder] = why

    def compare(folder, title, what):
        if folder in missing:
            tap.skip(title, missing[folder])
        else:
            tap.check(title, what())

    for name, version, folder, file in [("470", 470, "gpus-550", "nvidia-tesla-470.ids"),
                                        ("535", 535, "gpus-550", "nvidia-tesla-535.ids"),
                                        ("550", 550, "gpus-550", "nvidia.ids")]:
        compare(folder, f"every GPU of Debian's driver {name} is in its row",
                lambda: every_id(table, name, version, ids_file(folder, file), "proprietary"))
    compare("gpus-525", "every GPU of Debian's driver 525 is in its row", lambda: every_id(
        table, "525", 525, {one for _, one in product_names("gpus-525", "nvidia-tesla-driver")}, "proprietary"))
    compare("gpus-550", "the products that each row names are in it, in the driver's list or in pci.ids",
            lambda: gpus.examples(table, product_names("gpus-550", "nvidia-driver") + devices("gpus-550"), 570))
    compare("gpus-550", "each GPU that pci.ids knows by its chip is in the row of this chip",
            lambda: gpus.of_chips(table, devices("gpus-550")))

    for version, pair in SOURCES.items():
        folder = source(pair)
        title = f"the open modules of {pair}"
        if not folder:
            tap.skip(title, "they cannot be had")
            continue
        tap.check(f"{title}: every GPU is in its row", every_id(
            table, title, version, {one for _, one in open_products(folder)}, "open"))
        tap.check(f"{title}: each row has the firmware that they ask for",
                  gpus.firmware(table, firmware_of_chips(folder), version))
    return tap.plan()


if __name__ == "__main__":
    sys.exit(main())
