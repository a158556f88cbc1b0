# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""Where a host is in a campaign, decided from what stands on it. Pure."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

ARM, REBOOT, WAIT, COLLECT, DONE = "arm", "reboot", "wait", "collect", "done"

SETTLED = ("idle", "armed", "lost", "waiting", "collected")


def note_of(note, campaign, digest):
    """The host's note of this campaign, or None when it is of another one or of other jobs."""
    if not note or note.get("campaign") != campaign or note.get("digest") != digest:
        return None
    return note


def step_of(note, status, boot_id, has_run=False, retry_lost=False):
    """
    What is to be done next: a step, and for COLLECT what the run has come to by now (None: its verdict says).
    `note` is of the campaign that is wanted, or None; `has_run`: the run's folder is there.
    """
    if note is None:
        return ARM, None
    if note.get("outcome"):
        again = retry_lost and note["outcome"] in ("lost", "not-started")
        return (ARM if again else DONE), note["outcome"]
    if status.get("state") not in SETTLED:
        return WAIT, None
    order = note.get("order")
    if not order:  # interrupted while it was armed
        return ARM, None
    if note.get("boot_id") == boot_id:
        return (REBOOT, None) if status.get("order") == order else (ARM, None)
    return COLLECT, outcome_of(order, status, has_run)


def outcome_of(order, status, has_run):
    """Of an order, after a boot."""
    if has_run or (status.get("run_id") == order and status.get("state") in ("waiting", "collected")):
        return None
    return "lost" if status.get("lost_run") == order else "not-started"


def is_normal(note, status, boot_id):
    """Why the boot after a run is none that a host can be given back in; an empty list: it is."""
    reasons = []
    if note.get("boot_id") == boot_id:
        reasons.append("it has not been restarted since it was armed")
    if status.get("order") and status.get("order") == note.get("order"):
        reasons.append("the order is still armed")
    if status.get("state") == "waiting":
        reasons.append("the results are not collected")
    return reasons


def where(note, status, boot_id):
    """Where a host was last seen, as the rest of a sentence."""
    if status and status.get("lost_phase") and note and status.get("lost_run") == note.get("order"):
        return "in the phase " + status["lost_phase"]
    if not note:
        return "before it was armed"
    if note.get("boot_id") != boot_id:
        return "after its restart, state " + str((status or {}).get("state"))
    if note.get("rebooting"):
        return "as it was asked to restart for run " + str(note.get("order"))
    return "armed with order " + str(note.get("order"))
