# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""Brings the jobs along, where they are on the control machine: see plugins/modules/forestage_run.py."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    TRANSFERS_FILES = False  # only with src is a folder on the host needed
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        given = dict(self._task.args)
        src = given.pop("src", None)
        if src and not self._task.check_mode:
            shell = self._connection._shell
            if not shell.tmpdir:
                self._make_tmp_path()
            given["archive"] = self._transfer_file(os.path.abspath(src), shell.join_path(shell.tmpdir, "jobs.tar"))
            self._fixup_perms2((shell.tmpdir, given["archive"]), execute=False)
        try:
            result.update(self._execute_module(module_name=self._task.resolved_action or self._task.action,
                                               module_args=given, task_vars=task_vars))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result
