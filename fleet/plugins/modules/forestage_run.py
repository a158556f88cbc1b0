#!/usr/bin/python
# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: forestage_run
short_description: Arm, follow and collect a run of Forestage on a host
version_added: "0.1.0"
description:
  - Orders a run for the next boot of a Xen host, says how far it has come, and collects it.
  - A run belongs to a I(campaign). What a host has done of a campaign stands in a file on that host, so each call
    continues where the one before was interrupted, and does nothing where nothing is left to do.
  - It does not restart the host, see M(forestage.fleet.forestage_host).
options:
  action:
    description:
      - C(state) only looks.
      - C(arm) checks the jobs and orders the run, once in a campaign. An order of others is left alone.
      - C(collect) collects the run once the host has been restarted, and notes what became of it.
      - C(withdraw) calls the order off as long as the host has not been restarted for it.
    type: str
    choices: [state, arm, collect, withdraw]
    default: state
  campaign:
    description:
      - The name of what is done once on each host. Letters, digits, and C(.), C(_), C(-).
    type: str
    required: true
  digest:
    description:
      - The SHA-256 of the archive of jobs. With other jobs the same campaign is done anew.
      - Without it, C(state) and C(collect) take the jobs that were armed last.
    type: str
  archive:
    description:
      - The jobs, as M(forestage.fleet.forestage_jobs) has packed them, a file on the host.
    type: path
  src:
    description:
      - The same as a file on the control machine, which is brought to the host and removed there behind it.
    type: path
  entry:
    description:
      - The boot entry that the run ends in, as for C(forestage arm --entry).
    type: str
  replace_order:
    description:
      - Whether an order that is not of this campaign is replaced.
    type: bool
    default: false
  retry_lost:
    description:
      - Whether a run that was lost, or never started, is armed once more.
    type: bool
    default: false
  pool:
    description:
      - Whether the host's guests and pool are asked about too.
    type: bool
    default: false
  pack:
    description:
      - Whether C(collect) leaves the run folder as one archive on the host, to be fetched.
    type: bool
    default: false
extends_documentation_fragment:
  - forestage.fleet.host
requirements:
  - Forestage, installed on the host (see the role P(forestage.fleet.install#role))
  - Python 3.6 or later on the host
attributes:
  check_mode:
    support: full
    description: C(arm) checks the jobs as C(forestage arm --dry-run) does, if their archive is on the host already; none is
      brought there.
  diff_mode:
    support: full
    description: The order, and the run's outcome, before and after.
  action:
    support: full
    description: The jobs come from the control machine.
author:
  - The Forestage developers (@forestage)
"""

EXAMPLES = r"""
- name: Ask where the host is
  forestage.fleet.forestage_run:
    campaign: autumn
  register: asked

- name: Order a run
  forestage.fleet.forestage_run:
    action: arm
    campaign: autumn
    src: jobs.tar
    digest: "{{ packed.digest }}"

- name: Collect it after the restart
  forestage.fleet.forestage_run:
    action: collect
    campaign: autumn
    pack: true
"""

RETURN = r"""
ansible_facts:
  description: What is known of the host and its run.
  returned: always
  type: dict
  contains:
    forestage:
      description: The facts, as below.
      type: dict
      returned: always
      contains:
        step:
          description: What comes next, C(arm), C(reboot), C(wait), C(collect) or C(done).
          type: str
          returned: always
          sample: done
        outcome:
          description: >-
            The run's verdict (C(pass), C(fail), C(empty), C(incomplete)), or C(lost) or C(not-started); null before.
          type: str
          returned: always
          sample: pass
        phase:
          description: Of a lost run, the phase in which it ended.
          type: str
          returned: always
          sample: jobs
        where:
          description: Where the host was last seen, in words.
          type: str
          returned: always
          sample: armed with order 55b5781d-8657-4382-afe9-0c079f07309c
        run_id:
          description: The run.
          type: str
          returned: always
          sample: 55b5781d-8657-4382-afe9-0c079f07309c
        boot_id:
          description: This boot.
          type: str
          returned: always
          sample: 6a3c7b1e-7c1e-4bb5-9d54-2f3f6c7a1b10
        deadline_s:
          description: How long the stage may take at most, in seconds; null before it is armed.
          type: int
          returned: always
          sample: 900
        gpus:
          description: The GPUs that the host's last run of any campaign has found, each as in run.json.
          type: list
          elements: dict
          returned: always
          sample: [{"index": 0, "name": "NVIDIA H100", "uuid": "GPU-2f1c", "memory_bytes": 85899345920}]
        status:
          description: What C(forestage status --json) said.
          type: dict
          returned: always
          sample: {"schema": "forestage-status/2", "state": "collected"}
        has_run:
          description: Whether the run folder is on the host.
          type: bool
          returned: always
          sample: true
        away:
          description: Whether the host was taken out of service and has not been given back.
          type: bool
          returned: always
          sample: false
        pool:
          description: The host's guests and pool; null when they were not asked about.
          type: dict
          returned: always
          sample: {"kind": "xapi", "master": false, "ha": true, "enabled": true, "guests": 0}
archive:
  description: Where the run folder was packed.
  returned: with I(pack), when there is a run
  type: str
  sample: /var/lib/forestage/fleet/55b5781d-8657-4382-afe9-0c079f07309c.tar
sha256:
  description: The hash of that archive.
  returned: with I(pack), when there is a run
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.forestage.fleet.plugins.module_utils import steps
from ansible_collections.forestage.fleet.plugins.module_utils.host import (
    COMMON, Host, read_json, remove, write_json)
from ansible_collections.forestage.fleet.plugins.module_utils.pool import Pool

PIECE = 1 << 20


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


def unpack(host, folder):
    """The jobs into the folder: only what is a file or a folder, below it."""
    archive = host.given["archive"]
    if not archive or not host.given["digest"]:
        host.fail("action=arm needs src= or archive=, and digest=")
    try:
        found = sha256_of(archive)
    except (IOError, OSError) as error:
        host.fail("the archive of jobs cannot be read: %s" % error)
    if found != host.given["digest"]:
        host.fail("%s is not the archive that was meant: its SHA-256 is %s" % (archive, found))
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            parts = member.name.split("/")
            if not (member.isfile() or member.isdir()) or ".." in parts or member.name.startswith("/"):
                host.fail("%s: %s has no place in a folder of jobs" % (archive, member.name))
        tar.extractall(folder)


class Run(object):
    """A host's run of one campaign."""

    def __init__(self, module):
        self.host = Host(module)
        if module.params["action"] != "state" and not module.check_mode:
            self.host.hold()
        self.module = module
        self.given = module.params
        self.path = self.host.note_path()
        self.look()

    def look(self):
        self.kept = read_json(self.path)
        digest = self.given["digest"] or (self.kept or {}).get("digest")
        self.note = steps.note_of(self.kept, self.given["campaign"], digest)
        self.boot = self.host.boot()
        self.status = self.host.status()
        order = (self.note or {}).get("order")
        self.document = self.host.run_document(order)
        self.step, self.outcome = steps.step_of(self.note, self.status, self.boot, bool(self.document),
                                                self.given["retry_lost"])

    def save(self):
        write_json(self.path, self.note)

    # --- actions ---

    def arm(self):
        if self.step != steps.ARM:
            return False, None
        before = self.status.get("order")
        if before and not self.given["replace_order"] and before != self.order_of_ours():
            self.host.fail("order %s is armed on this host and not of campaign %s: let it run, or call it off "
                           "(forestage disarm), or say replace_order" % (before, self.given["campaign"]))
        if not (self.module.check_mode and not os.path.exists(self.given["archive"] or "")):
            folder = tempfile.mkdtemp(prefix="jobs-", dir=self.module.tmpdir)
            try:
                unpack(self.host, folder)
                self.arm_jobs(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        after = "an order" if self.module.check_mode else self.note["order"]
        return True, dict(before="order: %s\n" % before, after="order: %s\n" % after)

    def order_of_ours(self):
        """The order that this campaign has armed, or that an interrupted call of it may have."""
        if not self.kept:
            return None
        return self.kept.get("order") or (self.status.get("order") if self.kept.get("arming") else None)

    def arm_jobs(self, folder):
        code, review = self.host.answer(["check", folder], (0, 1))
        if code != 0:
            complaints = [c for job in review.get("jobs", []) for c in job.get("complaints", [])]
            said = "; ".join("%(file)s:%(line)s: %(message)s" % complaint for complaint in complaints[:5])
            self.host.fail("forestage check finds the jobs wrong: %s" % (said or "it has no job, or no room"),
                           review=review)
        words = ["arm", "--jobs", folder, "--yes"]
        if self.given["entry"]:
            words += ["--entry", self.given["entry"]]
        if self.module.check_mode:
            self.host.forestage(words + ["--dry-run"])
            return
        # What follows may be interrupted anywhere: with `arming` and no order it is armed once more.
        self.note = dict(schema="forestage-fleet/1", campaign=self.given["campaign"], digest=self.given["digest"],
                         arming=True, order=None, boot_id=self.boot, outcome=None, phase=None, rebooting=None,
                         deadline_s=(review.get("deadline") or {}).get("size_s"))
        self.save()
        self.host.forestage(words)
        self.status = self.host.status()
        if not self.status.get("order"):
            self.host.fail("forestage arm has ended well, and no order is armed")
        self.note.update(order=self.status["order"], arming=False, armed_s=int(time.time()))
        self.save()
        self.step = steps.REBOOT

    def collect(self):
        if self.step != steps.COLLECT:
            return False, None
        outcome = self.outcome
        if self.module.check_mode:
            return True, dict(before="outcome: None\n", after="outcome: %s\n" % (outcome or "the run's verdict"))
        order = self.note["order"]
        if outcome is None and not self.document:
            said = self.host.forestage(["collect"], (0, 1, 4))[2].strip()
            self.document = self.host.run_document(order)
            if not self.document:
                self.host.fail("forestage collect has written no %s: %s"
                               % (os.path.join(self.given["runs_dir"], order), said or "was the run collected with --out?"))
        if self.status.get("order") == order:  # nothing has started it: it would run at some later boot
            self.host.forestage(["disarm"])
        self.status = self.host.status()
        wrong = steps.is_normal(self.note, self.status, self.boot)
        if wrong:
            self.host.fail("this is no normal boot after a run: %s" % "; ".join(wrong))
        self.note.update(outcome=outcome or self.document["verdict"], phase=self.status.get("lost_phase")
                         if outcome == "lost" else None)
        self.save()
        self.step, self.outcome = steps.DONE, self.note["outcome"]
        return True, dict(before="outcome: None\n", after="outcome: %s\n" % self.outcome)

    def withdraw(self):
        if self.step != steps.REBOOT:
            return False, None
        order = self.note["order"]
        if not self.module.check_mode:
            self.host.forestage(["disarm"])
            remove(self.path)
            self.look()
        return True, dict(before="order: %s\n" % order, after="order: None\n")

    # --- what is told ---

    def pack(self):
        """The run folder as one file, the same bytes each time."""
        order = (self.note or {}).get("order")
        if not (self.given["pack"] and order and self.document) or self.module.check_mode:
            return {}
        path = self.host.path(order + ".tar")
        with tarfile.open(path + ".new", "w") as tar:
            os.chmod(path + ".new", 0o600)
            tar.add(os.path.join(self.given["runs_dir"], order), arcname=order)
        os.rename(path + ".new", path)
        return dict(archive=path, sha256=sha256_of(path))

    def newest_gpus(self):
        """Of the run that was collected last, whatever campaign it was of."""
        runs = self.given["runs_dir"]
        try:
            folders = [os.path.join(runs, name) for name in os.listdir(runs) if not name.startswith(".")]
        except OSError:
            return []
        for folder in sorted(folders, key=lambda name: (os.path.getmtime(name), name), reverse=True):
            document = read_json(os.path.join(folder, "run.json"))
            if document and document.get("devices"):
                return document["devices"]
        return []

    def facts(self):
        note = self.note or {}
        return dict(step=self.step, outcome=note.get("outcome"), phase=note.get("phase"), run_id=note.get("order"),
                    where=steps.where(self.note, self.status, self.boot), boot_id=self.boot,
                    deadline_s=note.get("deadline_s"), digest=note.get("digest"), campaign=self.given["campaign"],
                    gpus=self.newest_gpus(), status=self.status, has_run=bool(self.document), silent=False,
                    away=os.path.exists(self.host.path("away.json")),
                    pool=Pool(self.host).standing() if self.given["pool"] else None)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            action=dict(type="str", choices=["state", "arm", "collect", "withdraw"], default="state"),
            campaign=dict(type="str", required=True),
            digest=dict(type="str"),
            archive=dict(type="path"),
            src=dict(type="path"),
            entry=dict(type="str"),
            replace_order=dict(type="bool", default=False),
            retry_lost=dict(type="bool", default=False),
            pool=dict(type="bool", default=False),
            pack=dict(type="bool", default=False),
            **COMMON),
        supports_check_mode=True)
    action = module.params["action"]
    run = Run(module)
    actions = {"state": lambda: (False, None), "arm": run.arm, "collect": run.collect, "withdraw": run.withdraw}
    changed, diff = actions[action]()
    result = dict(changed=changed, ansible_facts=dict(forestage=run.facts()))
    if diff:
        result["diff"] = diff
    if action == "collect":
        result.update(run.pack())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
