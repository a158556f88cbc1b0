#!/usr/bin/env python3
"""Sweeps from end to end, with the rehearsal library: kernels and programs, run, collected and shown; what check says of them;
and a hundred thousand points, planned in bounded memory. TAP on standard output."""

import csv
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile

BUILD = os.environ.get("BUILD", "build")
RUNNER = os.path.abspath(f"{BUILD}/runner/forestage-run")
FORESTAGE = os.path.abspath(f"{BUILD}/dom0/forestage")
LIBRARY = os.path.abspath(f"{BUILD}/rehearsal")
MOST = 64 << 20  # bytes that a plan of 100,000 points may take; as a list of jobs they take 300 MiB
count = 0

VECADD = """[Job]
Type=kernel
Timeout=30s
[Kernel]
Module=vecadd.ptx
Function=vecadd
Grid={grid}
Block=${{block}}
Argument=in data/vecadd-a.bin
Argument=in data/vecadd-b.bin
Argument=out {out} 40000
Argument=u32 10000
[Expect]
{out}=sha256:{sum}
[Sweep]
{sweep}
"""
SUM = re.search("sha256:([0-9a-f]*)", pathlib.Path("samples/jobs/vecadd.conf").read_text(encoding="utf-8")).group(1)


def report(good, what, why=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    for line in str(why).splitlines() if not good else []:
        print(f"# {line}", flush=True)


def equal(found, expected, what):
    report(found == expected, what, f"found    {found!r}\nexpected {expected!r}")


def bound():
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))


def call(*words, limited=False):
    environment = {**os.environ, "LD_LIBRARY_PATH": LIBRARY, "LC_ALL": "C"}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment, timeout=600,
                          preexec_fn=bound if limited else None)


def folder(name, **files):
    where = pathlib.Path(name)
    where.mkdir()
    shutil.copy(SAMPLES / "vecadd.ptx", where)
    shutil.copytree(SAMPLES / "data", where / "data")
    for file, text in files.items():
        (where / file.replace("_", ".")).write_text(text, encoding="utf-8")
    return where


def run(jobs, *options, size="64M"):
    """forestage-run, and run.json of what it has recorded."""
    name = f"{jobs}-{len(os.listdir('.'))}"
    done = call(RUNNER, "--jobs", str(jobs), "--region", f"{name}.region", "--region-size", size, *options)
    collected = call(FORESTAGE, "collect", "--region", f"{name}.region", "--out", name)
    document = json.loads(pathlib.Path(name, "run.json").read_text(encoding="utf-8"))
    return done, collected, document, pathlib.Path(name)


def statuses(document):
    return {job["job"]: job["status"] for job in document["jobs"]}


def test_kernel():
    jobs = folder("kernel", add_conf=VECADD.format(grid=40, out="sum-${label}.bin", sum=SUM,
                                                   sweep="block=256,512..1024 step 512\nlabel=a,b"))
    done, collected, document, out = run(jobs)
    names = [f"add@{i}" for i in range(1, 7)]
    report(done.returncode == 0 and collected.returncode == 0, "a sweep of a kernel passes", done.stdout + collected.stdout)
    equal([job["job"] for job in document["jobs"]], names, "each point is a job, in the order in which they are counted")
    equal([job["sweep"] for job in document["jobs"]],
          [{"block": block, "label": label} for block in ("256", "512", "1024") for label in "ab"],
          "its values are in run.json, the last name's change first")
    equal(sorted(str(path.relative_to(out)) for path in out.glob("jobs/*/0/*")),
          sorted(f"jobs/{name}/0/sum-{'ab'[i % 2]}.bin" for i, name in enumerate(names)), "outputs have names of their own")
    report("sweep add: 6 of 6 points: 6 pass\n" in done.stdout and "job 1 of" not in done.stdout,
           "the console counts them", done.stdout)
    equal({job.get("worker") for job in document["jobs"]}, {1}, "one process did all of them")
    equal([("module_s" in job["timings"], job["context"]) for job in document["jobs"]], [(True, "shared")] * 6,
          "in one context")
    with open(out / "sweeps/add.csv", newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    equal(list(rows[0]), ["job", "block", "label", "device", "uuid", "status", "reason", "wall_s", "launch_s", "launch_min_s",
                          "launch_max_s"], "the table has the values' names as columns")
    equal([(row["job"], row["block"], row["label"], row["device"], row["status"]) for row in rows],
          [(job["job"], job["sweep"]["block"], job["sweep"]["label"], "0", "pass") for job in document["jobs"]],
          "and a row for each point")
    equal([float(row["wall_s"]) for row in rows], [float(f"{job['wall_s']:.15g}") for job in document["jobs"]],
          "with the times of run.json")
    return jobs


def test_own():
    """Processes of their own, the first of which is older than the point that it runs, the others started ahead of it."""
    jobs = folder("own", own_conf=VECADD.format(grid=40, out="o", sum=SUM, sweep="block=256,128,512,1024")
                  .replace("Timeout=30s", "Timeout=30s\nContext=own") + "[Limits]\nProcesses=500\nMemory=4G\n")
    _, _, document, _ = run(jobs)
    equal([(job["status"], job["context"]) for job in document["jobs"]],
          [("pass", "own"), ("fail", "own"), ("pass", "own"), ("pass", "own")], "points have contexts of their own where they ask")


def test_choice(jobs):
    for words, expected in (("add@2", ["add@2"]), ("add@[35]", ["add@3", "add@5"]), ("add@*", [f"add@{i}" for i in range(1, 7)]),
                            ("add", [f"add@{i}" for i in range(1, 7)]), ("*@4,add@1", ["add@1", "add@4"])):
        equal(list(statuses(run(jobs, "--only", words)[2])), expected, f"--only {words}")
    missing = call(RUNNER, "--jobs", str(jobs), "--only", "add@1,add@7", "--region", "none")
    report(missing.returncode == 2 and "no such job: add@7" in missing.stderr, "a point that there is not is named", missing.stderr)
    listed = call(RUNNER, "--jobs", str(jobs), "--list", "--only", "add@3")
    report("1 point," in listed.stdout and "  add@3: block=512, label=a\n" in listed.stdout, "--list says what a point is",
           listed.stdout)


def test_stable(jobs):
    longer = folder("longer", add_conf=VECADD.format(grid=40, out="sum-${label}.bin", sum=SUM,
                                                     sweep="block=256,512..1024 step 512,128\nlabel=a,b"))
    first = {job["job"]: job["sweep"] for job in run(jobs)[2]["jobs"]}
    second = {job["job"]: job["sweep"] for job in run(longer)[2]["jobs"]}
    report(len(second) == 8 and all(second[name] == values for name, values in first.items()),
           "a value that is appended to the first name leaves the other points their names", second)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_program():
    rows = "".join(f"{n},{digest(f'{n}{chr(10)}') if n != 2 else digest('wrong')},\"with, comma {n}\"\n" for n in (-1.5, 2, 3))
    jobs = folder("program", wide_conf="""[Job]
Type=program
Timeout=30s
[Program]
Exec=./p.sh ${n} "${text}"
Environment=PRICE=$$${n}
Collect=out-${n}/*
[Expect]
out-${n}/n=sha256:${hash}
[Sweep]
n=t.csv
text=t.csv
hash=t.csv
""", p_sh='#!/bin/sh\nmkdir "out-$1"\necho "$1" >"out-$1/n"\necho "$2 $PRICE"\n', t_csv="n,hash,text\n" + rows)
    (jobs / "p.sh").chmod(0o755)
    done, collected, document, out = run(jobs)
    equal(statuses(document), {"wide@1": "pass", "wide@2": "fail", "wide@3": "pass"}, "a sweep of a program, over a table's rows")
    equal((out / "jobs/wide@1/0/stdout").read_text(), "with, comma -1.5 $-1.5\n", "the program gets its values, and a dollar")
    report("wide@2 on GPU 0: fail" in done.stdout and "wide@1 on GPU" not in done.stdout
           and "sweep wide: 3 of 3 points: 2 pass, 1 fail" in done.stdout, "what fails has a line of its own", done.stdout)
    with open(out / "sweeps/wide.csv", newline="", encoding="utf-8") as text:
        found = list(csv.DictReader(text))
    equal([(row["n"], row["text"], row["status"]) for row in found],
          [("-1.5", "with, comma -1.5", "pass"), ("2", "with, comma 2", "fail"), ("3", "with, comma 3", "pass")],
          "its table can be read again")
    junit = call(FORESTAGE, "collect", "--region", f"{out}.region", "--format", "junit").stdout
    cases = dict(re.findall('name="(wide@[0-9]+)/0" time="[^"]*">\\s*<(failure|system-out)', junit))
    equal(cases, {"wide@1": "system-out", "wide@2": "failure", "wide@3": "system-out"}, "JUnit has a case for each point")
    return out


def test_broken():
    jobs = folder("broken", zero_conf=VECADD.format(grid="${g}", out="o", sum=SUM, sweep="block=1\ng=1,0,2"),
                  lost_conf=VECADD.format(grid="${x}", out="o", sum=SUM, sweep="block=1"))
    done, _, document, _ = run(jobs)
    equal({job["job"]: job["reason"] for job in document["jobs"]},
          {"lost": "lost.conf:7: ${x} is not known: [Sweep] has no 'x='",
           "zero": "zero.conf:7: Grid=0: the x part is not between 1 and 2147483647 (point 2: block=1, g=0)"},
          "a broken sweep is one job, whose reason names the line and the point")
    checked = call(FORESTAGE, "check", str(jobs))
    report(checked.returncode == 1 and "zero.conf:7: Grid=0: the x part is not between 1 and 2147483647 (point 2: block=1, g=0)"
           in checked.stdout, "check says the same", checked.stdout)
    report(done.returncode == 1, "and the run does not pass")


def test_check():
    jobs = folder("checked", in_conf=VECADD.format(grid=40, out="o", sum=SUM, sweep="block=256\nfile=vecadd-a.bin,no.bin")
                  .replace("data/vecadd-a.bin", "data/${file}"),
                  many_conf=VECADD.format(grid=40, out="o-${i}", sum=SUM, sweep="block=256\ni=1..256"))
    text = call(FORESTAGE, "check", str(jobs)).stdout
    report("in.conf:9: 'data/no.bin' does not exist in the job folder (point 2: block=256, file=no.bin)" in text,
           "check looks at the files of every point", text)
    report("258 jobs with the points of 2 sweeps, 1 fault" in text, "it counts them", text)
    review = json.loads(call(FORESTAGE, "check", str(jobs), "--json").stdout)
    many = next(job for job in review["jobs"] if job["job"] == "many")
    report(many["points"] == 256 and many["outputs_bytes"] >= 256 * 40000
           and review["deadline"]["most_s"] == 258 * 30 and review["counts"]["sweeps"] == 2, "and sums room and time", review)
    (jobs / "in.conf").unlink()
    review = json.loads(call(FORESTAGE, "check", str(jobs), "--json").stdout)
    needed = review["region"]["needed_bytes"]
    done = run(jobs, size=str((needed + 4095) // 4096 * 4096))
    report(done[0].returncode == 0, "a region of that size is enough", done[0].stdout + done[0].stderr)
    return done


def test_long(run_of_many):
    _, collected, document, out = run_of_many
    equal(len(document["jobs"]), 256, "run.json has every point of a long sweep")
    report("many: 256 pass" in " ".join(collected.stdout.split()) and collected.stdout.count("many@") == 3,
           "the table for people counts them, and lists the slowest", collected.stdout)
    page = call(FORESTAGE, "report", f"./{out}", "--html", "page.html")
    text = pathlib.Path("page.html").read_text(encoding="utf-8") if page.returncode == 0 else page.stderr
    report("a sweep: 256 pass" in text and len(set(re.findall("many@[0-9]+", text))) == 3 and "sweeps/many.csv" in text,
           "so does the page", text[-2000:])
    same = call(FORESTAGE, "compare", f"./{out}", f"./{out}")
    report(same.returncode == 0 and "many@" not in same.stdout, "compare has no line for a point that is the same", same.stdout)


def test_hundred_thousand():
    jobs = folder("huge", huge_conf=VECADD.format(grid="${n}", out="o", sum=SUM, sweep="n=1..1000\nblock=1..100"))
    listed = call(RUNNER, "--jobs", str(jobs), "--list", limited=True)
    report(listed.returncode == 0 and "100000 points, 4000000000 bytes of outputs" in listed.stdout
           and "  huge@100000: n=1000, block=100\n" in listed.stdout, "100,000 points are listed in 64 MiB", listed)
    checked = call(FORESTAGE, "check", str(jobs), limited=True)
    report(checked.returncode == 0 and "100000 jobs with the points of 1 sweep, 0 faults" in checked.stdout,
           "and checked in as much", checked)
    small = run(jobs, "--only", "huge@99999")
    equal([(job["job"], job["sweep"], job["status"]) for job in small[2]["jobs"]],
          [("huge@99999", {"n": "1000", "block": "99"}, "fail" if 1000 * 99 < 10000 else "pass")], "one of them can be run alone")
    full = call(RUNNER, "--jobs", str(jobs), "--region", "small.region", "--region-size", "64M")
    report(full.returncode == 4 and "the region is too small: the plan of 100000 jobs and devices needs" in full.stderr,
           "a region that is too small for all is refused", full.stderr)
    (jobs / "huge.conf").write_text(VECADD.format(grid="${n}", out="o", sum=SUM, sweep="n=1..1000\nblock=1..101"))
    listed = call(RUNNER, "--jobs", str(jobs), "--list")
    report(listed.returncode == 1 and "huge.conf:15: [Sweep] has more than 100000 points" in listed.stdout,
           "and more are too many", listed.stdout)


SAMPLES = pathlib.Path("samples/jobs").resolve()
with tempfile.TemporaryDirectory(prefix="forestage-test-") as work:
    os.chdir(work)
    kernel = test_kernel()
    test_own()
    test_choice(kernel)
    test_stable(kernel)
    test_program()
    test_broken()
    test_long(test_check())
    test_hundred_thousand()
print(f"1..{count}")
