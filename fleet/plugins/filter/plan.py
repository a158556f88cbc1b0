# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""The order in which the hosts of a site are restarted."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible_collections.forestage.fleet.plugins.module_utils import plan


def host_of(name, facts):
    """As the plan wants it, of what forestage_run has said."""
    pool = facts.get("pool") or {}
    return dict(name=name, pool=pool.get("pool"), master=bool(pool.get("master")))


def note_of(results, name, campaign):
    """What this machine has noted of a host's campaign."""
    try:
        with open(os.path.join(results, name, "campaigns", campaign + ".json"), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def is_done(facts, results, name):
    """Nothing is left to do: its outcome is known here too, its run fetched, and the host is not out of service for us."""
    if facts.get("step") != "done" or facts.get("away"):
        return False
    if note_of(results, name, facts["campaign"]).get("outcome") != facts["outcome"]:
        return False
    return not facts.get("has_run") or os.path.isfile(os.path.join(results, name, facts["run_id"], "run.json"))


def site(names, hostvars, results, size=10, canaries=1):
    """Of the hosts with these names: those in batches, and the names of those that are done, and that are silent."""
    facts = dict((name, hostvars[name].get("forestage") or {"silent": True, "step": "silent"}) for name in names)
    silent = [name for name in names if facts[name].get("silent")]
    done = [name for name in names if name not in set(silent) and is_done(facts[name], results, name)]
    ready = [host_of(name, facts[name]) for name in names if name not in set(silent + done)]
    batches = plan.in_batches(ready, size, canaries)
    return dict(batches=batches, sizes=[len(batch) for batch in batches] or [1],
                order=[name for batch in batches for name in batch], done=done, silent=silent)


def gpus(names, hostvars):
    """By host, the GPUs that its last run has found; of those that answer, and have not been lost."""
    found = {}
    for name in names:
        facts = hostvars[name].get("forestage") or {}
        if not facts.get("silent") and facts.get("gpus"):
            found[name] = facts["gpus"]
    return found


def patience(results, name, campaign, short, long):
    """How long to wait for a host's first answer: one that this machine has seen on its way into a run takes longer."""
    note = note_of(results, name, campaign)
    under_way = note.get("rebooting") and not note.get("outcome") and not note.get("error")
    return float(note.get("deadline_s") or 0) + float(long) if under_way else float(short)


class FilterModule(object):
    def filters(self):
        return dict(site=site, patience=patience, gpus=gpus)
