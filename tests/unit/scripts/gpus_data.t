#!/usr/bin/python3
"""initramfs/gpus.tsv by itself: ranges in order, each with a row, each row with what it needs. And what finds a fault
of it in a driver's list (tests/gpus.py) finds those planted here. tests/driver/gpus.t has the drivers' own lists."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import gpus  # noqa: E402  (tests/gpus.py)

DATA = "initramfs/gpus.tsv"


def changed(old, new, count=1):
    """The table with one thing changed."""
    text = pathlib.Path(DATA).read_text(encoding="utf-8")
    if old not in text:
        raise SystemExit(f"nothing to change: {old}")
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write(text.replace(old, new, count))
        file.flush()
        return gpus.Table(file.name)


def found(problems, words):
    """No problem when the fault was found, in these words."""
    return [] if any(words in problem for problem in problems) else [f"not found: {words}", *problems]


# In each, the table with one fault, and what is said of it.
FAULTS = [
    ("ranges that overlap", "ids\t1D80\t", "ids\t1D7F\t", "is not in order, or overlaps"),
    ("ranges out of order", "ids\t2180\t21FF", "ids\t2080\t20FF", "is not in order, or overlaps"),
    ("a range that ends before it begins", "ids\t2680\t28FF", "ids\t2680\t2600", "is not in order, or overlaps"),
    ("a range of no row", "28FF\tada", "28FF\tlovelace", "there is no lovelace"),
    ("a row without a range", "3180\t31FF\tgb11x", "3180\t31FF\tgb10x", "gb11x: no PCI id"),
    ("a row twice", "gpus\tada\t", "gpus\thopper\t", "hopper: twice"),
    ("an id in small letters", "ids\t1B00", "ids\t1b00", "neither gpus nor ids"),
    ("an id too long", "ids\t1B00", "ids\t10DE1B00", "neither gpus nor ids"),
    ("a flavour that there is not", "open,proprietary\t525", "open,libre\t525", "a flavour that there is not"),
    ("open modules without firmware", "525\t-\tgsp_ga10x", "525\t-\t-", "the open modules need firmware"),
    ("firmware for what has no processor for it", "470\t580\t-", "470\t580\tgsp_tu10x", "the open modules need"),
    ("a last driver before the first", "proprietary\t470\t580", "proprietary\t470\t390", "it ends before it begins"),
    ("a branch that is no number", "open\t570", "open\tnew", "invalid literal"),
    ("a column too few", "\tGH100\t", "\t", "neither gpus nor ids"),
]

NAMES = {"tu10x": "gsp_tu10x", "tu11x": "gsp_tu10x", "ga100": "gsp_tu10x", "ga10x": "gsp_ga10x", "ad10x": "gsp_ga10x",
         "gh100": "gsp_ga10x"}

A100 = "A100, A30, A800\topen,proprietary\t470\t-\t"  # the row up to its firmware


def comparisons(tap):
    table = gpus.Table(DATA)
    tap.check("a driver that asks for the files of the table", gpus.firmware(table, NAMES, 550))
    tap.check("GA100 with the file of the other Ampere is found",
              found(gpus.firmware(changed(A100 + "gsp_tu10x", A100 + "gsp_ga10x"), NAMES, 550),
                    "ga100: GA100 loads gsp_tu10x, not gsp_ga10x"))
    tap.check("a driver whose families cannot be read is no agreement",
              found(gpus.firmware(table, {}, 550), "loads None"))
    tap.check("a product in another row is found", found(
        gpus.examples(table, [("NVIDIA A100-SXM4-40GB", "2230")], 550), "ga100: the list has A100 in ga10x"))
    tap.check("A10 is not found in A100", found(
        gpus.examples(table, [("NVIDIA A100-SXM4-40GB", "20B0")], 550), "ga10x: the list has A10 in no row"))
    tap.check("no list of products is no agreement", found(gpus.examples(table, [], 550), "no list of products"))
    tap.check("a chip in another row is found", found(
        gpus.of_chips(table, [("GA100 [A100 PCIe 40GB]", "2200")]), "10DE:2200 is GA100 (ga100), and in ga10x"))
    tap.check("a chip in no row is found", found(
        gpus.of_chips(table, [("TU116 [GeForce GTX 1660]", "2100")]), "10DE:2100 is TU116 (turing), and in no row"))
    tap.check("too few chips are no agreement", found(
        gpus.of_chips(table, [("GV100 [TITAN V]", "1D81")]), "only 1 chips were compared"))


def main():
    tap = gpus.Tap()
    tap.check("the table is whole", gpus.Table(DATA).faults)
    for name, old, new, words in FAULTS:
        tap.check(f"{name}: found", found(changed(old, new).faults, words))
    comparisons(tap)
    return tap.plan()


if __name__ == "__main__":
    sys.exit(main())
