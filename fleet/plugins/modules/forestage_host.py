#!/usr/bin/python
# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: forestage_host
short_description: Take a Xen host out of service for a run of Forestage, restart it, and give it back
version_added: "0.1.0"
description:
  - Looks after what a restart means for a host's guests and for its pool.
  - On XCP-ng and XenServer a host is disabled and restarted with C(xe), so that high availability is told and can refuse.
  - Whether the host took guests before stands in a file on it, so that whoever continues an interrupted play gives the
    host back as it was.
options:
  action:
    description:
      - C(leave) refuses a host with guests, or moves them away, and disables the host where there is a pool.
      - C(reboot) restarts a host on which the campaign's order is armed, and returns at once.
      - C(return) enables the host again if it was enabled before, and only then.
    type: str
    choices: [leave, reboot, return]
    required: true
  campaign:
    description: The campaign, as for M(forestage.fleet.forestage_run).
    type: str
    required: true
  guests:
    description:
      - What becomes of guests that run on the host.
      - C(refuse) ends with an error that counts them, and changes nothing.
      - C(evacuate) moves them to other hosts of the pool (C(xe host-evacuate)); without a pool it refuses.
      - C(shutdown) lets the restart end them, as the host's own services do; on a host of a pool it refuses.
    type: str
    choices: [refuse, evacuate, shutdown]
    default: refuse
  command:
    description: What restarts a host that is in no pool of xapi.
    type: str
    default: reboot
  delay:
    description: The seconds until it is restarted, so that this answer can leave it.
    type: float
    default: 2
  patience:
    description: How long C(return) waits for xapi, in seconds.
    type: int
    default: 300
extends_documentation_fragment:
  - forestage.fleet.host
requirements:
  - Forestage, installed on the host
  - Python 3.6 or later on the host
attributes:
  check_mode:
    support: full
    description: Guests are counted and refused in check mode too.
  diff_mode:
    support: full
    description: Whether the host takes guests, before and after.
author:
  - The Forestage developers (@forestage)
"""

EXAMPLES = r"""
- name: Take the host out of service, its guests elsewhere
  forestage.fleet.forestage_host:
    action: leave
    campaign: autumn
    guests: evacuate

- name: Restart it for its run
  forestage.fleet.forestage_host:
    action: reboot
    campaign: autumn

- name: Give it back as it was
  forestage.fleet.forestage_host:
    action: return
    campaign: autumn
"""

RETURN = r"""
guests:
  description: How many guests were found.
  returned: with action=leave
  type: int
  sample: 0
boot_id:
  description: The boot that ends.
  returned: with action=reboot
  type: str
  sample: 6a3c7b1e-7c1e-4bb5-9d54-2f3f6c7a1b10
"""

import os
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.forestage.fleet.plugins.module_utils import steps
from ansible_collections.forestage.fleet.plugins.module_utils.host import COMMON, Host, read_json, remove, write_json
from ansible_collections.forestage.fleet.plugins.module_utils.pool import Pool


def enabled_diff(before, after):
    return dict(before="takes guests: %s\n" % before, after="takes guests: %s\n" % after)


class Service(object):
    def __init__(self, module):
        self.module = module
        self.given = module.params
        self.host = Host(module)
        self.host.note_path()
        if not module.check_mode:
            self.host.hold()
        self.pool = Pool(self.host)
        self.away_path = self.host.path("away.json")
        self.away = read_json(self.away_path)

    # --- leave ---

    def refuse(self, guests):
        """Before anything is changed."""
        policy = self.given["guests"]
        if guests and (policy == "refuse" or (policy == "evacuate") != bool(self.pool.uuid)):
            why = {"refuse": "guests: refuse, the default, leaves them alone",
                   "evacuate": "they can be moved in a pool of xapi only",
                   "shutdown": "in a pool they are moved, not ended: guests: evacuate"}[policy]
            self.host.fail("%d guests run on this host (%s); nothing was changed" % (guests, why), guests=guests)

    def leave(self):
        guests = self.pool.guests()
        self.refuse(guests)
        if not self.pool.uuid:
            return dict(changed=False, guests=guests)
        enabled = self.pool.enabled()
        if self.away is not None and not enabled and not guests:
            return dict(changed=False, guests=guests)
        if self.module.check_mode:
            return dict(changed=bool(enabled or guests), guests=guests, diff=enabled_diff(enabled, False))
        if self.away is None:
            write_json(self.away_path, dict(schema="forestage-away/1", enabled=enabled))
        if enabled:
            self.pool.set_enabled(False, 0)
        if guests:
            self.pool.xe("host-evacuate", "host=" + self.pool.uuid)
        left = self.pool.guests()
        if left:
            self.host.fail("%d guests still run on this host after xe host-evacuate" % left, guests=left)
        return dict(changed=True, guests=guests, diff=enabled_diff(enabled, False))

    # --- reboot ---

    def reboot(self):
        path = self.host.note_path()
        note = read_json(path)
        boot, status = self.host.boot(), self.host.status()
        step = steps.step_of(note, status, boot)[0]
        if step != steps.REBOOT:
            if step == steps.ARM:
                self.host.fail("no order of campaign %s is armed here: not restarted" % self.given["campaign"])
            return dict(changed=False, boot_id=note["boot_id"])
        if status.get("not_ready"):
            self.host.fail("as it is, the run would not start: %s; not restarted" % status["not_ready"])
        if not self.module.check_mode:
            note["rebooting"] = int(time.time())
            write_json(path, note)
            self.start()
        return dict(changed=True, boot_id=boot)

    def start(self):
        """Behind the answer's back: the connection ends with the host."""
        command = self.given["command"]
        if self.pool.uuid:
            command = "xe host-reboot host=" + self.pool.uuid
        script = "exec </dev/null >%s 2>&1; sleep %s; %s" % ("'%s'" % self.host.path("reboot.log"),
                                                               self.given["delay"], command)
        subprocess.Popen(["setsid", "sh", "-c", script], close_fds=True, cwd="/", stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ.copy())

    # --- return ---

    def give_back(self):
        """As it was: xapi itself enables a host that has been restarted."""
        if self.away is None or not self.pool.uuid:
            return dict(changed=False)
        before = bool(self.away.get("enabled"))
        if self.module.check_mode:
            return dict(changed=True, diff=enabled_diff("no", before))
        self.pool.set_enabled(before, self.given["patience"])
        remove(self.away_path)
        return dict(changed=True, diff=enabled_diff("no", before))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            action=dict(type="str", choices=["leave", "reboot", "return"], required=True),
            campaign=dict(type="str", required=True),
            guests=dict(type="str", choices=["refuse", "evacuate", "shutdown"], default="refuse"),
            command=dict(type="str", default="reboot"),
            delay=dict(type="float", default=2),
            patience=dict(type="int", default=300),
            **COMMON),
        supports_check_mode=True)
    service = Service(module)
    act = {"leave": service.leave, "reboot": service.reboot, "return": service.give_back}
    module.exit_json(**act[module.params["action"]]())


if __name__ == "__main__":
    main()
