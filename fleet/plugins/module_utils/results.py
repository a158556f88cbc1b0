# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""What the control machine keeps of a host: the action forestage_results does it."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile

from ansible_collections.forestage.fleet.plugins.module_utils.host import CAMPAIGN, make_folder, read_json, write_json

RUN = re.compile(r"^[0-9a-f-]{36}$")
NOTED = ("outcome", "phase", "where", "run_id", "boot_id", "deadline_s")


class Results(object):
    def __init__(self, module):
        self.module = module
        self.given = module.params
        if not CAMPAIGN.match(self.given["campaign"]):
            module.fail_json(msg="campaign: '%s' is no name" % self.given["campaign"])

    def note_path(self, host):
        if not host or "/" in host or host.startswith("."):
            self.module.fail_json(msg="'%s' cannot be the name of a folder" % host)
        return os.path.join(self.given["dest"], host, "campaigns", self.given["campaign"] + ".json")

    def unpack(self, run):
        """A run folder comes from a host that may be anybody's: files and folders alone, below its own name."""
        archive, folder = self.given["archive"], os.path.join(self.given["dest"], self.given["host"])
        digest = hashlib.sha256()
        with open(archive, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
        if self.given["sha256"] and digest.hexdigest() != self.given["sha256"]:
            self.module.fail_json(msg="%s is not what the host has sent" % archive)
        make_folder(folder)
        for name in os.listdir(folder):  # of one that was killed
            if name.startswith(".new-"):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        new = tempfile.mkdtemp(prefix=".new-", dir=folder)
        try:
            with tarfile.open(archive) as tar:
                for member in tar.getmembers():
                    parts = member.name.split("/")
                    if not (member.isfile() or member.isdir()) or parts[0] != run or ".." in parts:
                        self.module.fail_json(msg="%s: %s has no place in the folder of run %s"
                                              % (archive, member.name, run))
                    member.mode = 0o700 if member.isdir() else 0o600
                tar.extractall(new)
            os.rename(os.path.join(new, run), os.path.join(folder, run))
        finally:
            shutil.rmtree(new, ignore_errors=True)
        os.unlink(archive)

    def keep(self):
        path, facts = self.note_path(self.given["host"]), self.given["facts"]
        run = facts.get("run_id")
        changed = False
        if self.given["archive"]:
            if not run or not RUN.match(run):
                self.module.fail_json(msg="the host has named no run that its archive could be of")
            if not os.path.isdir(os.path.join(self.given["dest"], self.given["host"], run)):
                changed = True
                if not self.module.check_mode:
                    self.unpack(run)
        before = read_json(path) or {}
        note = dict((key, (facts or before).get(key)) for key in NOTED)
        note.update(schema="forestage-host/1", host=self.given["host"], campaign=self.given["campaign"],
                    error=self.given["error"] or None, rebooting=self.given["rebooting"])
        if not facts:  # it is silent: what it has said before, and how it went from there, says more
            note["error"] = None if note["outcome"] else before.get("error") or note["error"]
        if note != before:
            changed = True
            if not self.module.check_mode:
                write_json(path, note)
        return dict(changed=changed)

    def gpus(self, host, run):
        document = read_json(os.path.join(self.given["dest"], host, run or "-", "run.json")) or {}
        names = [device.get("name") or "?" for device in document.get("devices", [])]
        return ", ".join("%d x %s" % (names.count(name), name) for name in sorted(set(names)))

    def summary(self):
        rows, counts, bad = [], {}, []
        for host in self.given["hosts"]:
            note = read_json(self.note_path(host)) or {}
            outcome = note.get("outcome") or ("failed" if note.get("error") else "open")
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome != "pass":
                bad.append(host)
            more = note.get("error") or (note.get("where") if outcome in ("lost", "not-started", "open") else None)
            rows.append((host, outcome, (note.get("run_id") or "-")[:8],
                         more or self.gpus(host, note.get("run_id")) or "not seen yet"))
        widths = [max([len(row[i]) for row in rows] or [0]) for i in range(3)]
        table = ["  ".join(row[i].ljust(widths[i]) for i in range(3)) + "  " + row[3] for row in rows]
        path = os.path.join(self.given["dest"], "site-%s.json" % self.given["campaign"])
        site = dict(schema="forestage-site/1", campaign=self.given["campaign"], counts=counts,
                    hosts=[dict(zip(("host", "outcome", "run", "more"), row)) for row in rows])
        changed = json.dumps(site, sort_keys=True) != json.dumps(read_json(path), sort_keys=True)
        if changed and not self.module.check_mode:
            write_json(path, site)
        return dict(changed=changed, table=table, counts=counts, bad=bad)


SPEC = dict(
    action=dict(type="str", choices=["keep", "summary"], required=True),
    dest=dict(type="path", required=True),
    host=dict(type="str"),
    campaign=dict(type="str", required=True),
    facts=dict(type="dict", default={}),
    rebooting=dict(type="bool", default=False),
    error=dict(type="str"),
    archive=dict(type="path"),
    fetch=dict(type="path"),
    sha256=dict(type="str"),
    hosts=dict(type="list", elements="str", default=[]))
REQUIRED_IF = [("action", "keep", ("host",))]


def act(module):
    results = Results(module)
    return results.keep() if module.params["action"] == "keep" else results.summary()
