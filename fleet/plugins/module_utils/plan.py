# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""
Which host is restarted when, and which job runs on which GPU. Pure: no file, no clock, no chance; the same facts give
the same plan.
"""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import heapq
import re

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

# What says something about the host a job ran on, and not about the job.
HOST_OUTCOMES = ("lost", "not-started", "silent", "refused")


# --- hosts ---


def in_batches(hosts, size, canaries=1):
    """
    `hosts`: dicts with name, pool (None: in none) and master, in the order of the inventory. Batches of names: first
    the canaries, one at a time, then `size` at a time. No batch has two hosts of a pool, whose guests move to one
    another, and a pool's master comes behind all its members.
    """
    size = max(1, int(size))
    waiting = sorted(hosts, key=lambda host: bool(host.get("master")))  # stable
    left = {}
    for host in waiting:
        left[host.get("pool")] = left.get(host.get("pool"), 0) + 1
    batches = []
    while waiting:
        room = 1 if len(batches) < int(canaries) else size
        # The largest pools begin at once: they take the most batches.
        order = sorted(range(len(waiting)), key=lambda i: (bool(waiting[i].get("master")), weight(waiting[i], left), i))
        if len(batches) < int(canaries):  # the first of the inventory that is no master is the canary
            order = sorted(range(len(waiting)), key=lambda i: (bool(waiting[i].get("master")), i))
        batch, pools = [], set()
        for i in order:
            pool = waiting[i].get("pool")
            if len(batch) == room:
                break
            if pool is not None and (pool in pools or (waiting[i].get("master") and left[pool] > 1)):
                continue
            batch.append(i)
            pools.add(pool)
        for i in batch:
            left[waiting[i].get("pool")] -= 1
        batches.append([waiting[i]["name"] for i in batch])
        taken = set(batch)
        waiting = [host for i, host in enumerate(waiting) if i not in taken]
    return batches


def weight(host, left):
    pool = host.get("pool")
    return 0 if pool is None else -left[pool]


# --- jobs ---


def size_of(text):
    """Bytes of "80G"; numbers are bytes."""
    found = re.match(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?\s*$", str(text), re.I)
    if not found:
        raise ValueError("'%s' is no size: a number, with K, M, G or T" % text)
    return int(float(found.group(1)) * UNITS[found.group(2).upper()])


def wants_of(job, rules):
    """What a job wants of its GPU: of the rules whose `jobs` is a pattern of its name, the last word of each counts."""
    wants = dict(model=None, memory=0, seconds=60)
    for rule in rules:
        unknown = set(rule) - {"jobs", "model", "memory", "seconds"}
        if unknown or "jobs" not in rule:
            raise ValueError("a rule of what jobs want has jobs, and model, memory or seconds, and not: %s"
                             % ", ".join(sorted(unknown)))
        if fnmatch.fnmatchcase(job, rule["jobs"]):
            wants.update((key, rule[key]) for key in rule if key != "jobs")
    wants["memory"] = size_of(wants["memory"])
    wants["seconds"] = float(wants["seconds"])
    return wants


def fits(gpu, wants):
    if wants["model"] and not re.search(wants["model"], gpu.get("name") or ""):
        return False
    return (gpu.get("memory_bytes") or 0) >= wants["memory"]


def share_out(jobs, hosts, rules=(), never=None):
    """
    `jobs`: names. `hosts`: {name: [GPU]}, as in run.json. `never`: {job: [host]}, where it must not run. Each job goes
    to the GPU on which it would end first, those first that fewest GPUs can run, of these the longest.
    Returns ({host: {job: uuid}}, {job: why no GPU can run it}).
    """
    gpus = [(host, gpu["uuid"], gpu) for host in sorted(hosts) for gpu in hosts[host] if gpu.get("uuid")]
    load = dict(((host, uuid), 0.0) for host, uuid, gpu in gpus)
    queues, asked, homeless = {}, [], {}
    for job in sorted(set(jobs)):
        wants = wants_of(job, rules)
        kind = (wants["model"], wants["memory"])
        if kind not in queues:  # a heap, as all loads are 0
            queues[kind] = [(0.0, (host, uuid)) for host, uuid, gpu in gpus if fits(gpu, wants)]
        asked.append((len(queues[kind]), -wants["seconds"], job, kind))
    plan = {}
    for count, seconds, job, kind in sorted(asked, key=lambda row: row[:3]):
        place = least_loaded(queues[kind], load, (never or {}).get(job, ()))
        if place is None:
            homeless[job] = "no GPU of the hosts is a '%s' with %d bytes%s" % (
                kind[0] or "any", kind[1], ", besides where it was tried" if (never or {}).get(job) else "")
            continue
        load[place] -= seconds
        plan.setdefault(place[0], {})[job] = place[1]
    return plan, homeless


def least_loaded(queue, load, never):
    """
    Of a heap of (load, place) the place that has the least load by now and is on none of the hosts `never`. Loads only
    grow, so an entry that is too low is put back with what is true.
    """
    aside, found = [], None
    while queue and found is None:
        known, place = heapq.heappop(queue)
        if known != load[place]:
            heapq.heappush(queue, (load[place], place))
            continue
        aside.append((known, place))
        if place[0] not in never:
            found = place
    for entry in aside:
        heapq.heappush(queue, entry)
    return found


# --- results ---


def is_hosts_fault(result):
    """Whether a job's result says more about the host than about the job: then another host may try."""
    if result is None or result.get("status") == "notrun":
        return True
    if result.get("status") == "error":
        return bool(result.get("xid")) or result.get("uuid") is None
    return result.get("status") == "skip"


def results_of(document):
    """{job: its result}. Of a sweep, whose points are JOB@N, the first that is no pass, or else the first."""
    results = {}
    for result in (document or {}).get("jobs", []):
        job = result["job"].split("@")[0]
        if job not in results or (results[job]["status"] == "pass" and result["status"] != "pass"):
            results[job] = result
    return results


def judge(plan, runs):
    """
    `plan`: {host: {job: uuid}}; `runs`: {host: None or run.json's dict}. Returns ({job: entry}, [jobs that another
    host may try]). An entry has job, host, uuid, run_id, status, reason, and again: whether it may.
    """
    entries, again = {}, []
    for host in sorted(plan):
        document = runs.get(host)
        results = results_of(document)
        for job in sorted(plan[host]):
            result = results.get(job)
            entry = dict(job=job, host=host, uuid=plan[host][job], run_id=(document or {}).get("run_id"),
                         status=result["status"] if result else "notrun",
                         reason=(result or {}).get("reason") or (None if result else "the host has left no results"),
                         again=is_hosts_fault(result))
            if result and result.get("status") == "pass" and result.get("uuid") != plan[host][job]:
                entry.update(status="error", again=True, reason="it ran on %s" % result.get("uuid"))
            if document and not document.get("complete", False) and not entry["again"]:
                entry.update(again=True, reason="the run is incomplete", status="notrun")
            entries[job] = entry
            if entry["again"]:
                again.append(job)
    return entries, sorted(again)


def settle(rounds):
    """Of [{job: entry}], a round each: the one entry a job counts with, and those that do not count."""
    counted, passed_over = {}, []
    for number, entries in enumerate(rounds, 1):
        for job in sorted(entries):
            entry = dict(entries[job], round=number)
            before = counted.get(job)
            if before is None:
                counted[job] = entry
            elif before["status"] != "pass":
                passed_over.append(before)
                counted[job] = entry
            else:
                passed_over.append(entry)
    return counted, passed_over
