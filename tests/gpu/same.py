#!/usr/bin/env python3
"""Whether two run.json say the same of GPU 0: A B [JOB...]; of the named jobs nothing is expected."""
import json
import sys


def results(path):
    with open(path, encoding="utf-8") as file:
        jobs = json.load(file)["jobs"]
    return {job["job"]: job for job in jobs if job["device"] in (0, None, 999)}


first, second = results(sys.argv[1]), results(sys.argv[2])
bad = compared = 0
for name in sorted(set(first) | set(second)):
    if name in sys.argv[3:]:
        print(f"{name}: not compared")
        continue
    a, b = first.get(name), second.get(name)
    if not a or not b or a["status"] != b["status"]:
        print(f"{name}: {a and a['status']} and {b and b['status']}: {b and b.get('reason')}")
        bad += 1
        continue
    hashes = [{o["file"]: o["sha256"] for o in job.get("outputs") or []} for job in (a, b)]
    if hashes[0] != hashes[1]:
        print(f"{name}: other bytes: {hashes}")
        bad += 1
        continue
    compared += 1
    print(f"{name}: {a['status']}, {len(hashes[0])} outputs alike")
sys.exit(bad > 0 or compared == 0)
