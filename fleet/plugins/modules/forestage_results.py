#!/usr/bin/python
# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: forestage_results
short_description: Keep what became of a host's run of Forestage on the control machine
version_added: "0.1.0"
description:
  - Works on the control machine, in the process that Ansible has for the task; the host is asked for its archive alone.
  - C(keep) unpacks a fetched run folder to HOST/RUN, and notes in HOST/campaigns what became of the campaign. A run folder
    is there whole or not at all.
  - C(summary) makes one table of these notes.
options:
  action:
    description: What to do.
    type: str
    choices: [keep, summary]
    required: true
  dest:
    description: The folder of results.
    type: path
    required: true
  host:
    description: The host's name in the inventory. For C(keep).
    type: str
  campaign:
    description: The campaign.
    type: str
    required: true
  facts:
    description: What M(forestage.fleet.forestage_run) has said of the host. For C(keep).
    type: dict
    default: {}
  rebooting:
    description: Whether the host is about to be restarted. For C(keep).
    type: bool
    default: false
  error:
    description: Why the host has not come to its end, in a sentence. For C(keep).
    type: str
  archive:
    description: The run folder, as it was fetched; removed once it is unpacked. For C(keep).
    type: path
  fetch:
    description: The run folder's archive on the host. It is fetched, unpacked, and removed there. For C(keep).
    type: path
  sha256:
    description: The hash of the archive.
    type: str
  hosts:
    description: The hosts of the table. For C(summary).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Nothing is written.
  diff_mode:
    support: none
    description: What is written is new.
  action:
    support: full
    description: It runs on the control machine.
author:
  - The Forestage developers (@forestage)
"""

EXAMPLES = r"""
- name: Keep what the host has left
  forestage.fleet.forestage_results:
    action: keep
    dest: results
    campaign: autumn
    host: "{{ inventory_hostname }}"
    facts: "{{ forestage }}"
    fetch: "{{ collected.archive }}"
    sha256: "{{ collected.sha256 }}"

- name: One table of the site
  forestage.fleet.forestage_results:
    action: summary
    dest: results
    campaign: autumn
    hosts: "{{ groups['forestage'] }}"
"""

RETURN = r"""
table:
  description: A line for each host.
  returned: with action=summary
  type: list
  elements: str
  sample: ["gpu01  pass  55b5781d  NVIDIA H100", "gpu02  lost  in the phase jobs"]
counts:
  description: How many hosts have each outcome.
  returned: with action=summary
  type: dict
  sample: {"pass": 1, "lost": 1}
bad:
  description: The hosts whose run has not passed.
  returned: with action=summary
  type: list
  elements: str
  sample: [gpu02]
"""
