# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""What all modules that work on a host take: COMMON of plugins/module_utils/host.py."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  forestage:
    description: The command.
    type: str
    default: forestage
  state_dir:
    description: The folder on the host in which the collection remembers.
    type: path
    default: /var/lib/forestage/fleet
  runs_dir:
    description: The folder of collected runs.
    type: path
    default: /var/lib/forestage/runs
  boot_id:
    description: The file that has another text after each boot.
    type: path
    default: /proc/sys/kernel/random/boot_id
  inventory:
    description: The file by which XCP-ng and XenServer hosts are known.
    type: path
    default: /etc/xensource-inventory
"""
