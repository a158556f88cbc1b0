#!/usr/bin/python
# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: forestage_jobs
short_description: Pack jobs of Forestage, share them out over hosts and GPUs, and gather what they left
version_added: "0.1.0"
description:
  - Works on the control machine, on files alone; delegate it to localhost.
  - A plan that was made is kept and used again, so an interrupted batch continues with it.
options:
  action:
    description:
      - C(pack) makes one archive of the folder I(src), the same bytes each time.
      - C(share) plans a round of a batch, and packs a shard for each host that has a part in it.
      - C(gather) judges the rounds so far, and copies the outputs that count into one folder with an index.
    type: str
    choices: [pack, share, gather]
    required: true
  src:
    description: The folder of jobs.
    type: path
  dest:
    description: The archive that C(pack) makes, or the folder of the batch.
    type: path
    required: true
  results:
    description: The folder into which the hosts' runs are fetched, HOST/RUN in it. For C(gather).
    type: path
  round:
    description: The round that is planned. The second has what failed for a host's reasons, on other hosts.
    type: int
    choices: [1, 2]
    default: 1
  hosts:
    description: By host, its GPUs as in run.json. For C(share).
    type: dict
    default: {}
  wants:
    description:
      - What jobs want of a GPU; of the rules whose pattern fits a job's name the last word counts.
    type: list
    elements: dict
    default: []
    suboptions:
      jobs:
        description: A pattern of names of jobs, as C(train-*).
        type: str
        required: true
      model:
        description: A regular expression that the GPU's name has to match.
        type: str
      memory:
        description: The memory that it has at least, as C(40G).
        type: str
      seconds:
        description: How long such a job takes, about; by that the load is balanced.
        type: float
attributes:
  check_mode:
    support: full
    description: Nothing is written; what would be is told.
  diff_mode:
    support: none
    description: What is made are archives and copies.
author:
  - The Forestage developers (@forestage)
"""

EXAMPLES = r"""
- name: Pack a folder of jobs
  forestage.fleet.forestage_jobs:
    action: pack
    src: jobs
    dest: results/jobs.tar
  delegate_to: localhost

- name: Share out a folder of jobs
  forestage.fleet.forestage_jobs:
    action: share
    src: jobs
    dest: results/batch
    hosts:
      gpu01:
        - {name: NVIDIA H100, uuid: GPU-2f1c, memory_bytes: 85899345920}
    wants:
      - {jobs: "train-*", model: H100, memory: 40G, seconds: 600}
  delegate_to: localhost

- name: Gather what they left
  forestage.fleet.forestage_jobs:
    action: gather
    dest: results/batch
    results: results
  delegate_to: localhost
"""

RETURN = r"""
digest:
  description: The SHA-256 of the archive.
  returned: with action=pack
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
shards:
  description: By host, its C(archive), its C(digest) and the number of its C(jobs).
  returned: with action=share
  type: dict
  sample: {"gpu01": {"archive": "results/batch/shards/1/gpu01.tar", "digest": "9f86d0818", "jobs": 3}}
homeless:
  description: By job, why no GPU can run it.
  returned: with action=share
  type: dict
  sample: {}
again:
  description: The jobs that another host may try.
  returned: with action=gather
  type: list
  elements: str
  sample: [train-3]
counts:
  description: How many jobs there are with each status.
  returned: with action=gather
  type: dict
  sample: {"pass": 12, "fail": 1}
index:
  description: The index, by job.
  returned: with action=gather
  type: list
  elements: dict
  sample: [{"job": "train-3", "host": "gpu01", "uuid": "GPU-2f1c", "status": "pass", "round": 1}]
"""

import csv
import hashlib
import io
import json
import os
import shutil
import tarfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.forestage.fleet.plugins.module_utils import plan as planning
from ansible_collections.forestage.fleet.plugins.module_utils.host import make_folder, read_json, write_json

COLUMNS = ("job", "status", "round", "host", "uuid", "run_id", "reason")


class Trouble(Exception):
    """A sentence for the user."""


def files_of(folder):
    """Paths below it, in order; names that start with a dot are left out, as forestage arm does."""
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.relpath(os.path.join(top, name), folder) for name in names if not name.startswith(".")]
    return sorted(found)


def archive_of(folder, replaced=None, names=None):
    """The bytes of a tar: no times, no owners. `replaced`: {path: other bytes}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in names if names is not None else files_of(folder):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path):
                raise Trouble("%s is no regular file: a folder of jobs has no links" % path)
            with open(path, "rb") as file:
                data = (replaced or {}).get(name, file.read())
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def is_job(name):
    return "/" not in name and name.endswith(".conf")


def on_device(text, uuid, path):
    """A job file that runs on this GPU alone."""
    lines, at, inside = [], None, False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped.lower() == "[job]"
            at = len(lines) + 1 if inside and at is None else at
        elif inside and stripped.split("=")[0].strip().lower() == "device":
            value = stripped.partition("=")[2].strip()
            if value != "all":
                raise Trouble("%s: Device=%s: in a batch the plan says which GPU; leave the line out" % (path, value))
            continue
        lines.append(line)
    if at is None:
        raise Trouble("%s: it has no section [Job]" % path)
    lines.insert(at, "Device=%s" % uuid)
    return "\n".join(lines) + "\n"


class Work(object):
    def __init__(self, module):
        self.module = module
        self.given = module.params
        self.dest = module.params["dest"]

    def write(self, path, data):
        """Whether it was another one before."""
        try:
            with open(path, "rb") as file:
                if file.read() == data:
                    return False
        except (IOError, OSError):
            pass
        if not self.module.check_mode:
            make_folder(os.path.dirname(path) or ".")
            with open(path + ".new", "wb") as file:
                file.write(data)
            os.rename(path + ".new", path)
        return True

    def jobs_folder(self):
        src = self.given["src"]
        if not src or not os.path.isdir(src):
            raise Trouble("src: %s is no folder of jobs on the control machine" % src)
        return src

    def pack(self):
        src = self.jobs_folder()
        if not any(is_job(name) for name in files_of(src)):
            raise Trouble("%s: it has no job file (NAME.conf)" % src)
        data = archive_of(src)
        return dict(changed=self.write(self.dest, data), digest=hashlib.sha256(data).hexdigest())

    # --- share ---

    def plan_path(self, number):
        return os.path.join(self.dest, "plan-%d.json" % number)

    def read_plan(self, number):
        plan = read_json(self.plan_path(number))
        if plan and plan.get("schema") != "forestage-batch-plan/1":
            raise Trouble("%s is no plan of this version" % self.plan_path(number))
        return plan

    def digest_of_jobs(self):
        return hashlib.sha256(archive_of(self.jobs_folder())).hexdigest()

    def make_plan(self, number):
        """A plan that is there stays, whatever has become of the hosts since."""
        plan = self.read_plan(number)
        digest = self.digest_of_jobs()
        if plan:
            if plan["jobs"] != digest:
                raise Trouble("%s is of other jobs than those in %s now: name another batch for these"
                              % (self.plan_path(number), self.given["src"]))
            return plan, False
        never, hosts = {}, self.given["hosts"]
        if number == 1:
            jobs = [name[:-len(".conf")] for name in files_of(self.given["src"]) if is_job(name)]
        else:
            entries, jobs = self.judge(1)
            never = dict((job, [entries[job]["host"]]) for job in jobs)
            doubtful = set(entries[job]["host"] for job in jobs)
            hosts = dict((host, gpus) for host, gpus in hosts.items() if host not in doubtful)
        try:
            hosts, homeless = planning.share_out(jobs, hosts, self.given["wants"], never)
        except ValueError as error:
            raise Trouble("wants: %s" % error)
        plan = dict(schema="forestage-batch-plan/1", round=number, jobs=digest, hosts=hosts, homeless=homeless)
        if not self.module.check_mode:
            write_json(self.plan_path(number), plan)
        return plan, True

    def shard(self, number, host, jobs):
        src = self.given["src"]
        names = [name for name in files_of(src) if not is_job(name) or name[:-len(".conf")] in jobs]
        replaced = {}
        for job, uuid in jobs.items():
            path = os.path.join(src, job + ".conf")
            with io.open(path, encoding="utf-8") as file:
                replaced[job + ".conf"] = on_device(file.read(), uuid, path).encode("utf-8")
        data = archive_of(src, replaced, names)
        path = os.path.join(self.dest, "shards", str(number), host + ".tar")
        changed = self.write(path, data)
        return changed, dict(archive=path, digest=hashlib.sha256(data).hexdigest(), jobs=len(jobs))

    def share(self):
        number = self.given["round"]
        plan, changed = self.make_plan(number)
        shards = {}
        for host in sorted(plan["hosts"]):
            made, shards[host] = self.shard(number, host, plan["hosts"][host])
            changed = changed or made
        return dict(changed=changed, shards=shards, homeless=plan["homeless"])

    # --- gather ---

    def run_of(self, host, number):
        """run.json of this round's run on a host, and its folder; None when there is none."""
        note = read_json(os.path.join(self.given["results"], host, "campaigns",
                                      "%s-%d.json" % (os.path.basename(os.path.normpath(self.dest)), number)))
        run = (note or {}).get("run_id")
        folder = os.path.join(self.given["results"], host, run) if run else None
        document = read_json(os.path.join(folder, "run.json")) if folder else None
        return (document, folder) if document else (None, None)

    def judge(self, number):
        plan = self.read_plan(number)
        if not plan:
            return {}, []
        runs = dict((host, self.run_of(host, number)[0]) for host in plan["hosts"])
        entries, again = planning.judge(plan["hosts"], runs)
        for job, why in plan["homeless"].items():
            if number == 1:
                entries[job] = dict(job=job, host=None, uuid=None, run_id=None, status="notrun", reason=why, again=False)
        return entries, again

    def copy_outputs(self, entry):
        """All that a job has left on its GPU, and the hash of each."""
        folder = self.run_of(entry["host"], entry["round"])[1]
        document = read_json(os.path.join(folder, "run.json"))
        changed, files = False, []
        for file in document.get("files", []):
            parts = file["path"].split("/")
            if len(parts) < 4 or parts[0] != "jobs" or parts[1].split("@")[0] != entry["job"]:
                continue
            if ".." in parts or "" in parts:
                raise Trouble("%s/run.json names %s, which has no place there" % (folder, file["path"]))
            with open(os.path.join(folder, *parts), "rb") as output:
                data = output.read()
            if hashlib.sha256(data).hexdigest() != file["sha256"]:
                raise Trouble("%s is not what %s/run.json says of it" % (os.path.join(folder, *parts), folder))
            name = [parts[1]] + parts[3:]
            changed = self.write(os.path.join(self.dest, "outputs", *name), data) or changed
            files.append(dict(path="/".join(["outputs"] + name), bytes=file["bytes"], sha256=file["sha256"]))
        return changed, files

    def gather(self):
        if not self.given["results"]:
            raise Trouble("action=gather needs results=")
        rounds = [self.judge(number) for number in (1, 2)]
        counted, passed_over = planning.settle([entries for entries, again in rounds])
        changed = False
        for entry in counted.values():
            entry["files"] = []
            if entry["status"] == "pass":
                made, entry["files"] = self.copy_outputs(entry)
                changed = changed or made
        index = [dict((key, counted[job].get(key)) for key in COLUMNS + ("files",)) for job in sorted(counted)]
        over = [dict((key, entry.get(key)) for key in COLUMNS) for entry in passed_over]
        counts = {}
        for entry in index:
            counts[entry["status"]] = counts.get(entry["status"], 0) + 1
        self.remove_strangers(index)
        whole = dict(schema="forestage-batch/1", counts=counts, jobs=index, passed_over=over)
        text = json.dumps(whole, indent=1, sort_keys=True) + "\n"
        changed = self.write(os.path.join(self.dest, "index.json"), text.encode("utf-8")) or changed
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([entry[key] for key in COLUMNS] for entry in index)
        changed = self.write(os.path.join(self.dest, "index.csv"), table.getvalue().encode("utf-8")) or changed
        return dict(changed=changed, again=rounds[0][1] if not self.read_plan(2) else [], counts=counts, index=index)

    def remove_strangers(self, index):
        """Outputs of a job that does not count any more, or not yet."""
        folder = os.path.join(self.dest, "outputs")
        known = set(file["path"].split("/")[1] for entry in index for file in entry["files"])
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name not in known and not self.module.check_mode:
                shutil.rmtree(os.path.join(folder, name))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            action=dict(type="str", choices=["pack", "share", "gather"], required=True),
            src=dict(type="path"),
            dest=dict(type="path", required=True),
            results=dict(type="path"),
            round=dict(type="int", choices=[1, 2], default=1),
            hosts=dict(type="dict", default={}),
            wants=dict(type="list", elements="dict", default=[], options=dict(
                jobs=dict(type="str", required=True),
                model=dict(type="str"),
                memory=dict(type="str"),
                seconds=dict(type="float")))),
        supports_check_mode=True)
    module.params["wants"] = [dict((key, value) for key, value in rule.items() if value is not None)
                              for rule in module.params["wants"]]
    work = Work(module)
    try:
        result = {"pack": work.pack, "share": work.share, "gather": work.gather}[module.params["action"]]()
    except (Trouble, IOError, OSError) as trouble:
        module.fail_json(msg=str(trouble))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
