# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""Waits for a host that restarts: see plugins/modules/forestage_wait.py."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

MODULE = "forestage.fleet.forestage_run"
OURS = ("deadline", "interval", "any_boot", "seen")
BEFORE = ("reboot", "wait")  # steps of a host that is not back yet
GONE = "arm"  # the step of one that has nothing to come back from: the order was armed when it was asked to restart


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        given = dict(self._task.args)
        deadline = float(given.get("deadline", 0))
        interval = float(given.get("interval", 10))
        any_boot = boolean(given.get("any_boot", False))
        question = {key: value for key, value in given.items() if key not in OURS}
        end = time.monotonic() + deadline
        asked = 0
        while True:
            asked += 1
            facts, why = self.ask(question, task_vars)
            if facts and (any_boot or self._task.check_mode or facts["step"] not in BEFORE + (GONE,)):
                result.update(changed=False, asked=asked, ansible_facts={"forestage": facts})
                return result
            if facts and facts["step"] == GONE:
                result.update(changed=False, asked=asked, failed=True,
                              msg=f"{task_vars['inventory_hostname']} has no order of this campaign any more, and was not "
                                  f"restarted: somebody has called it off or replaced it; the next play orders it again")
                return result
            if time.monotonic() >= end:
                break
            time.sleep(interval)
            self.reset()
        host = task_vars["inventory_hostname"]
        result.update(changed=False, asked=asked)
        if any_boot:
            result["ansible_facts"] = {"forestage": {"silent": True, "step": "silent", "why": why}}
            return result
        seen = facts["where"] if facts else given.get("seen") or "as it was asked to restart"
        result.update(failed=True, seen=seen,
                      msg=f"{host} has not come back within {deadline:.0f} s; it was last seen {seen}: {why}")
        return result

    def ask(self, question, task_vars):
        """The host's facts, or why there are none."""
        try:
            answer = self._execute_module(module_name=MODULE, module_args=question, task_vars=task_vars)
        except AnsibleConnectionFailure as failure:
            return None, f"no connection ({str(failure).strip()[:200]})"
        except AnsibleError as failure:  # a connection that ends in the middle
            return None, str(failure).strip()[:200]
        if answer.get("unreachable") or answer.get("failed"):
            return None, str(answer.get("msg") or answer.get("module_stderr")).strip()[:200]
        facts = answer["ansible_facts"]["forestage"]
        return facts, f"its state is {facts['status'].get('state')}"

    def reset(self):
        """What a connection of before holds open leads nowhere."""
        try:
            self._connection.reset()
        except (AnsibleError, AttributeError, NotImplementedError):
            pass
