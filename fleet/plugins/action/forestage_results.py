# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""
Keeps on the control machine what became of a host: see plugins/modules/forestage_results.py. It does so in the process
that Ansible has for the task, since a Python of its own, and a connection to localhost, would be most of what it costs.
"""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import os
import shlex
import tarfile

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.forestage.fleet.plugins.module_utils.host import make_folder
from ansible_collections.forestage.fleet.plugins.module_utils import results


class Here(object):
    """As much of AnsibleModule as Results wants."""

    def __init__(self, params, check_mode):
        self.params, self.check_mode = params, check_mode

    def fail_json(self, msg):
        raise AnsibleActionFail(msg)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False  # what it fetches needs no folder on the host, which may be down
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        given = self.validate_argument_spec(results.SPEC, required_if=results.REQUIRED_IF)[1]
        fetched = given["fetch"] if given["action"] == "keep" and not self._task.check_mode else None
        here = Here(given, self._task.check_mode)
        try:
            if fetched:
                results.Results(here).note_path(given["host"])  # refuses what is no name of a folder
                given["archive"] = self.fetch(fetched, os.path.join(given["dest"], given["host"]), task_vars)
            result.update(results.act(here))
        except (IOError, OSError, tarfile.TarError) as trouble:
            raise AnsibleActionFail(str(trouble))
        if fetched:
            self._low_level_execute_command("rm -f " + shlex.quote(fetched))
        return result

    def fetch(self, remote, folder, task_vars):
        """The file on the host, as one of this machine; its hash is looked at where it is unpacked."""
        make_folder(folder)
        local = os.path.join(folder, ".incoming.tar")
        if not self._connection.become:
            self._connection.fetch_file(remote, local)
            return local
        # the user of the connection may not read it
        answer = self._execute_module("ansible.legacy.slurp", module_args=dict(src=remote), task_vars=task_vars)
        if answer.get("failed"):
            raise AnsibleActionFail("%s could not be fetched: %s" % (remote, answer.get("msg")))
        with open(local, "wb") as file:
            file.write(base64.b64decode(answer["content"]))
        return local
