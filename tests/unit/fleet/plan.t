#!/usr/bin/python3
"""What the collection decides without touching anything (fleet/plugins/module_utils/plan.py, steps.py): which host is
restarted when, which job runs where, what a host is to do next, and which result counts. TAP on standard output."""

import importlib.util
import itertools
import random
import sys
import time

sys.dont_write_bytecode = True
GIB = 1 << 30


def load(name):
    spec = importlib.util.spec_from_file_location(name, f"fleet/plugins/module_utils/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


plan, steps = load("plan"), load("steps")


def host(name, pool=None, master=False):
    return {"name": name, "pool": pool, "master": master}


def gpu(number, model="NVIDIA H100", gib=80):
    return {"uuid": f"GPU-{number}", "name": model, "memory_bytes": gib * GIB}


def fails(function, *arguments):
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    raise AssertionError("it was taken")


# --- batches ---


def canary_goes_first_and_alone():
    batches = plan.in_batches([host(f"h{i}") for i in range(7)], 3)
    assert batches == [["h0"], ["h1", "h2", "h3"], ["h4", "h5", "h6"]], batches


def a_master_is_no_canary_and_goes_last():
    batches = plan.in_batches([host("m", "p", True), host("a", "p"), host("b", "p"), host("x")], 4)
    flat = [name for batch in batches for name in batch]
    assert batches[0] == ["a"] and flat.index("m") > max(flat.index("a"), flat.index("b")), batches


def any_site_keeps_the_rules():
    chance = random.Random(7)
    for _ in range(300):
        hosts = []
        for p in range(chance.randrange(6)):
            hosts += [host(f"p{p}-{i}", f"p{p}", i == 0) for i in range(chance.randrange(1, 9))]
        hosts += [host(f"s{i}") for i in range(chance.randrange(9))]
        chance.shuffle(hosts)
        size, canaries = chance.randrange(1, 7), chance.randrange(3)
        batches = plan.in_batches(hosts, size, canaries)
        known = {entry["name"]: entry for entry in hosts}
        flat = [name for batch in batches for name in batch]
        assert sorted(flat) == sorted(known)
        for number, batch in enumerate(batches):
            pools = [known[name]["pool"] for name in batch if known[name]["pool"]]
            assert 1 <= len(batch) <= (1 if number < canaries else size) and len(set(pools)) == len(pools), batches
            for name in batch:
                if known[name]["master"]:
                    left = [other for later in batches[number + 1:] for other in later]
                    assert not any(known[other]["pool"] == known[name]["pool"] for other in left), batches


def nothing_is_no_batch():
    assert plan.in_batches([], 10) == []


def a_large_site_is_planned_at_once():
    hosts = [host(f"h{i}", f"p{i // 16}", i % 16 == 0) for i in range(2000)]
    assert sum(map(len, plan.in_batches(hosts, 100))) == 2000


# --- shares ---


def each_job_once_on_a_gpu_that_fits():
    hosts = {"a": [gpu(1), gpu(2, "NVIDIA L4", 24)], "b": [gpu(3, "NVIDIA L4", 24)]}
    rules = [{"jobs": "*", "memory": "10G"}, {"jobs": "big*", "memory": "40G", "model": "H100"}]
    shares, homeless = plan.share_out(["big1", "big2", "s1", "s2", "s3"], hosts, rules)
    where = {job: uuid for jobs in shares.values() for job, uuid in jobs.items()}
    assert homeless == {} and sorted(where) == ["big1", "big2", "s1", "s2", "s3"]
    assert where["big1"] == where["big2"] == "GPU-1" and {where["s1"], where["s2"]} <= {"GPU-2", "GPU-3"}, where


def load_is_even():
    hosts = {name: [gpu(name + "0"), gpu(name + "1")] for name in "abcd"}
    shares, _ = plan.share_out([f"j{i}" for i in range(80)], hosts)
    counts = {}
    for uuid in itertools.chain.from_iterable(jobs.values() for jobs in shares.values()):
        counts[uuid] = counts.get(uuid, 0) + 1
    assert sorted(counts.values()) == [10] * 8, counts


def jobs_of_one_kind_mind_those_of_another():
    rules = [{"jobs": "a*", "model": "H100"}]
    shares, _ = plan.share_out(["a1", "a2", "b1", "b2"], {"h": [gpu(1)], "i": [gpu(2, "NVIDIA L4")]}, rules)
    assert {host: sorted(jobs) for host, jobs in shares.items()} == {"h": ["a1", "a2"], "i": ["b1", "b2"]}, shares


def a_large_batch_is_planned_at_once():
    hosts = {f"h{i}": [gpu(f"{i}-{k}") for k in range(8)] for i in range(1000)}
    begin = time.process_time()
    shares, homeless = plan.share_out([f"j{i}" for i in range(16000)], hosts)
    assert not homeless and {len(jobs) for jobs in shares.values()} == {16} and time.process_time() - begin < 30


def long_jobs_go_first():
    rules = [{"jobs": "long", "seconds": 300}, {"jobs": "s*", "seconds": 100}]
    shares, _ = plan.share_out(["long", "s1", "s2", "s3"], {"a": [gpu(1)], "b": [gpu(2)]}, rules)
    assert sorted(sorted(jobs) for jobs in shares.values()) == [["long"], ["s1", "s2", "s3"]], shares


def a_plan_is_the_same_whatever_the_order():
    hosts = {name: [gpu(name)] for name in "abc"}
    jobs = [f"j{i}" for i in range(20)]
    first = plan.share_out(jobs, hosts)
    assert plan.share_out(jobs[::-1], dict(reversed(list(hosts.items())))) == first


def a_job_that_fits_nowhere_is_named():
    shares, homeless = plan.share_out(["a", "b"], {"h": [gpu(1, gib=24)]}, [{"jobs": "b", "memory": "80G"}])
    assert list(shares["h"]) == ["a"] and "85899345920 bytes" in homeless["b"], homeless
    assert "besides where it was tried" in plan.share_out(["a"], {"h": [gpu(1)]}, (), {"a": ["h"]})[1]["a"]


def wrong_rules_are_refused():
    assert "jobs" in fails(plan.wants_of, "a", [{"model": "x"}])
    assert "colour" in fails(plan.wants_of, "a", [{"jobs": "*", "colour": "red"}])
    assert "is no size" in fails(plan.size_of, "lots")
    assert [plan.size_of(text) for text in ("80G", "1.5 GiB", 7, "24GB")] == [80 * GIB, 3 * GIB // 2, 7, 24 * GIB]


# --- results ---


def result(job, status, uuid="GPU-1", **more):
    return dict(job=job, status=status, uuid=uuid, reason=None if status == "pass" else "why", **more)


def run(*results, complete=True):
    return {"run_id": "r", "complete": complete, "jobs": list(results)}


def what_is_the_hosts_fault():
    rows = [
        (result("j", "pass"), False), (result("j", "fail"), False), (result("j", "timeout"), False),
        (result("j", "error"), False), (result("j", "error", xid=[{"code": 79}]), True),
        (result("j", "error", uuid=None), True), (result("j", "notrun"), True), (result("j", "skip"), True),
    ]
    for given, wanted in rows:
        _, again = plan.judge({"h": {"j": "GPU-1"}}, {"h": run(given)})
        assert bool(again) == wanted, given
    assert plan.judge({"h": {"j": "GPU-1"}}, {"h": None})[1] == ["j"]
    assert plan.judge({"h": {"j": "GPU-1"}}, {"h": run()})[1] == ["j"]


def a_pass_of_another_gpu_or_of_half_a_run_is_none():
    entries, again = plan.judge({"h": {"j": "GPU-2"}}, {"h": run(result("j", "pass"))})
    assert entries["j"]["status"] == "error" and again == ["j"]
    entries, again = plan.judge({"h": {"j": "GPU-1"}}, {"h": run(result("j", "pass"), complete=False)})
    assert entries["j"]["status"] == "notrun" and again == ["j"]


def a_sweep_passes_with_all_its_points():
    points = [result("j@1", "pass"), result("j@2", "fail"), result("j@3", "pass")]
    assert plan.judge({"h": {"j": "GPU-1"}}, {"h": run(*points)})[0]["j"]["status"] == "fail"
    assert plan.judge({"h": {"j": "GPU-1"}}, {"h": run(points[0], points[2])})[0]["j"]["status"] == "pass"


def nothing_counts_twice():
    first = {"j": {"job": "j", "status": "pass", "host": "a"}, "k": {"job": "k", "status": "notrun", "host": "a"}}
    second = {"j": {"job": "j", "status": "pass", "host": "b"}, "k": {"job": "k", "status": "pass", "host": "b"}}
    counted, over = plan.settle([first, second])
    assert {job: (entry["host"], entry["round"]) for job, entry in counted.items()} == {"j": ("a", 1), "k": ("b", 2)}
    assert [(entry["job"], entry["host"]) for entry in over] == [("j", "b"), ("k", "a")]


# --- steps ---

NOTE = {"campaign": "c", "digest": "d", "order": "o", "boot_id": "1", "outcome": None}


def step(status, boot="2", has_run=False, retry=False, **changes):
    return steps.step_of(dict(NOTE, **changes), status, boot, has_run, retry)


def a_host_goes_on_where_it_is():
    assert steps.step_of(None, {"state": "idle"}, "1") == ("arm", None)
    assert step({"state": "armed", "order": "o"}, "1") == ("reboot", None)
    assert step({"state": "idle", "order": None}, "1") == ("arm", None)  # somebody has called it off
    assert step({"state": "armed", "order": "o"}, "1", order=None) == ("arm", None)  # interrupted in between
    assert step({"state": "unknown"}) == ("wait", None) and step({"state": "changing"}) == ("wait", None)
    assert step({"state": "waiting", "run_id": "o"}) == ("collect", None)
    assert step({"state": "idle"}, has_run=True) == ("collect", None)
    assert step({"state": "lost", "lost_run": "o"}) == ("collect", "lost")
    assert step({"state": "armed", "order": "o"}) == ("collect", "not-started")
    assert step({"state": "idle"}, outcome="fail") == ("done", "fail")
    assert step({"state": "idle"}, outcome="lost", retry=True) == ("arm", "lost")
    assert step({"state": "idle"}, outcome="fail", retry=True) == ("done", "fail")


def other_jobs_are_another_campaign():
    assert steps.note_of(NOTE, "c", "d") is NOTE
    assert steps.note_of(NOTE, "c", "e") is None and steps.note_of(NOTE, "b", "d") is None


def a_boot_that_is_not_normal_is_named():
    assert steps.is_normal(NOTE, {"state": "collected"}, "2") == []
    assert len(steps.is_normal(NOTE, {"state": "waiting", "order": "o"}, "1")) == 3


def it_says_where_a_host_was():
    assert steps.where(NOTE, {"lost_run": "o", "lost_phase": "jobs"}, "2") == "in the phase jobs"
    assert steps.where(dict(NOTE, rebooting=1), {}, "1") == "as it was asked to restart for run o"


TESTS = [value for name, value in list(globals().items()) if callable(value) and value.__doc__ is None and
         getattr(value, "__module__", "") == "__main__" and value.__code__.co_argcount == 0 and not value.__code__.co_flags & 4]
failed = 0
for number, test in enumerate(TESTS, 1):
    try:
        test()
        print(f"ok {number} - {test.__name__.replace('_', ' ')}")
    except AssertionError as error:
        failed += 1
        print(f"not ok {number} - {test.__name__.replace('_', ' ')}: {error}")
print(f"1..{len(TESTS)}")
sys.exit(failed > 0)
