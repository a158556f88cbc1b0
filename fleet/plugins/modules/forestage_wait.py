#!/usr/bin/python
# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: forestage_wait
short_description: Wait until a host is back from a run of Forestage
version_added: "0.1.0"
description:
  - Asks M(forestage.fleet.forestage_run) with C(action=state), again and again, until the host answers from another boot
    than the one in which the campaign's order was armed, and its state is settled.
  - The control machine decides; a host that is silent costs it no more than a connection each I(interval).
options:
  campaign:
    description: The campaign.
    type: str
    required: true
  digest:
    description: As for M(forestage.fleet.forestage_run).
    type: str
  deadline:
    description: The seconds until it gives the host up.
    type: float
    required: true
  interval:
    description: The seconds between two questions.
    type: float
    default: 10
  any_boot:
    description:
      - Whether every answer will do, also from the boot before. A host that is silent then is no failure, but has the fact
        C(silent).
    type: bool
    default: false
  seen:
    description: Where the host was seen last, for the message about one that does not come back.
    type: str
  retry_lost:
    description: As for M(forestage.fleet.forestage_run).
    type: bool
    default: false
  pool:
    description: As for M(forestage.fleet.forestage_run).
    type: bool
    default: false
extends_documentation_fragment:
  - forestage.fleet.host
attributes:
  check_mode:
    support: full
    description: Nothing was restarted in check mode, so it does not wait.
  diff_mode:
    support: none
    description: It changes nothing.
  action:
    support: full
    description: It runs on the control machine.
author:
  - The Forestage developers (@forestage)
"""

EXAMPLES = r"""
- name: Wait for the host
  forestage.fleet.forestage_wait:
    campaign: autumn
    deadline: 1800
"""

RETURN = r"""
ansible_facts:
  description: As of M(forestage.fleet.forestage_run).
  returned: when the host has answered
  type: dict
  sample: {"forestage": {"step": "collect"}}
asked:
  description: How many times it was asked.
  returned: always
  type: int
  sample: 12
"""
