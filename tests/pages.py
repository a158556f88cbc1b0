#!/usr/bin/env python3
"""Run folders to look at the page of `forestage report` with, and to try it on.

    tests/pages.py FOLDER

writes FOLDER/one/run.json, a check on an H200 as it was collected (tests/unit/records/h200.json: a real card, with another
serial number, that fails for rows that were remapped), and FOLDER/eight/run.json, eight GPUs made of it: their numbers
differ by little, and of one the memory is slow, one was throttled for heat and could not be read for a while, one tells
nothing of its standing condition, one skipped a test, one is of a model that no table has, one did not come to its end.
Then:

    forestage report FOLDER/one --html one.html
"""
import copy
import json
import os
import random
import sys

RECORD = "tests/unit/records/h200.json"


def test_of(job, name):
    return next(test for test in job["check"]["tests"] if test["test"] == name)


def limit_of(job, metric):
    return next(limit for limit in job["check"]["limits"] if limit["metric"] == metric)


def repaired(job):
    """The same card without what was remapped: it passes."""
    health = test_of(job, "health")
    for item in health["standing"]:
        if item["status"] == "fail":
            item.update(value=0, status="pass")
    health["status"] = "pass"
    health.pop("reason", None)
    job.update(status="pass", exit_code=0)
    job.pop("reason", None)


def varied(job, chance):
    """Numbers that are as far apart as those of good cards."""
    for test in job["check"]["tests"]:
        factor = 1 + chance.uniform(-0.004, 0.004)
        for key in ("write_gbps", "verify_gbps", "turn_gbps", "gbps", "tflops", "tops", "efficiency"):
            if key in test:
                test[key] *= factor
        for limit in job["check"]["limits"]:
            if limit["metric"].startswith(test["test"] + ".") and "found" in limit:
                limit["found"] *= factor
    job["check"]["series"]["power_w"] = [value + chance.randint(-9, 9) for value in job["check"]["series"]["power_w"]]


def slow_memory(job, _document):
    for test in job["check"]["tests"]:
        for key in ("write_gbps", "verify_gbps"):
            if test["test"].startswith("memory-") and key in test:
                test[key] *= 0.91
    for limit in job["check"]["limits"]:
        if limit["metric"].startswith("memory-"):
            limit["found"] *= 0.91
            if limit["found"] < limit["limit"]:
                limit["status"] = "fail"
    job.update(status="fail", exit_code=1, reason="memory-address.write_gbps is 4045 GB/s, and at least 4200 it must be")


def hot(job, _document):
    series = job["check"]["series"]
    for i in range(30, 38):
        series["throttle"][i] = 0x28
        series["clock_mhz"][i] = 1320
        series["temperature_c"][i] = 88
    for i in range(45, 52):
        for key in series:
            if key != "time_ms":
                series[key][i] = None
    health = test_of(job, "health")
    reason = "health: the hardware throttled the GPU in 8 of 76 readings"
    health.update(status="fail", reason=reason[8:], throttled_readings=8)
    job.update(status="fail", exit_code=1, reason=reason)


def secretive(job, _document):
    for item in test_of(job, "health")["standing"]:
        if item["item"] not in ("ecc_mode", "other_processes"):
            item.pop("value", None)
            item["status"] = "not readable"
    job["check"].pop("series")


def skipping(job, _document):
    latency = test_of(job, "latency")
    latency.clear()
    latency.update(test="latency", status="skip", reason="the <clock> of this \"machine\" is not steady & so on")


def unknown_model(job, document):
    name = "NVIDIA H200 <b>NVL</b> with a name that is a good deal longer than others"
    document["devices"][job["device"]]["name"] = name
    job["name"] = name
    for limit in job["check"]["limits"]:
        if limit["kind"] == "floor":
            for key in ("found", "limit", "source"):
                limit.pop(key, None)
            limit.update(status="no limit known", reason="this model is not in the table")


def broken_off(job, _document):
    job["check"]["tests"] = job["check"]["tests"][:9]
    job["check"]["tests"][-1].update(status="error", reason="cuStreamSynchronize: 719 CUDA_ERROR_LAUNCH_FAILED")
    names = [test["test"] for test in job["check"]["tests"][:-1]]
    job["check"]["limits"] = [limit for limit in job["check"]["limits"] if limit["metric"].split(".")[0] in names]
    job.update(status="error", exit_code=3, reason="compute-fp64: cuStreamSynchronize: 719 CUDA_ERROR_LAUNCH_FAILED")


CHANGES = {1: slow_memory, 2: hot, 3: secretive, 4: skipping, 5: unknown_model, 6: broken_off}


def add_peers(jobs):
    """Each speed of the memory beside the best of them."""
    for job in jobs:
        job["check"]["peer_gpus"] = len(jobs)
        job["check"]["peers"] = []
        for key in ("write_gbps", "verify_gbps"):
            found = [test_of(other, "memory-address")[key] for other in jobs]
            best = max(found)
            value = test_of(job, "memory-address")[key]
            job["check"]["peers"].append({"metric": f"memory-address.{key}", "best": best, "found": value,
                                          "device": found.index(best), "status": "pass" if value >= 0.95 * best else "fail"})


def eight(one):
    chance = random.Random(1)
    document = copy.deepcopy(one)
    document["devices"], document["jobs"] = [], []
    for number in range(8):
        device, job = copy.deepcopy(one["devices"][0]), copy.deepcopy(one["jobs"][0])
        identity = {"uuid": f"GPU-{number:08x}-5aef-de67-b60d-a490dbb6477e", "pci": f"0000:{number + 6:02x}:00.0"}
        device.update(identity, index=number)
        document["devices"].append(device)
        job.update(identity, device=number, files=[])
        if number > 0:
            repaired(job)
        varied(job, chance)
        for item in test_of(job, "health")["standing"]:
            if item["item"] == "serial":
                item["value"] = str(int(item["value"]) + number)
        CHANGES.get(number, lambda _job, _document: None)(job, document)
        document["jobs"].append(job)
    add_peers(document["jobs"])
    for device, job in zip(document["devices"], document["jobs"]):
        device["verdict"] = "pass" if job["status"] == "pass" else "fail"
    statuses = [job["status"] for job in document["jobs"]]
    document["counts"] = {"planned": 8, **{status: statuses.count(status) for status in one["counts"] if status != "planned"}}
    document["reasons"] = [f"{statuses.count('fail')} of 8 jobs gave a wrong result", "1 of 8 jobs could not run or broke"]
    document["where"]["hypervisor"] = False
    return document


def main():
    with open(RECORD, encoding="utf-8") as file:
        one = json.load(file)
    one["devices"][0]["verdict"] = "fail"
    for name, document in (("one", one), ("eight", eight(one))):
        os.makedirs(f"{sys.argv[1]}/{name}", exist_ok=True)
        with open(f"{sys.argv[1]}/{name}/run.json", "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)


main()
