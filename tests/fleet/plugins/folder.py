"""A connection to a host that is a folder of this machine: local, and silent while the file `down` is in the folder. What
is at work on a host that goes down has no answer, as it ends with the host."""
from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
import traceback

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils import basic  # noqa: F401  (for the modules that this process runs)
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: folder
short_description: a stand-in host
description:
  - As local, while there is no file C(down) in the host's folder.
author: The Forestage developers (@forestage)
extends_documentation_fragment:
  - connection_pipelining
options:
  root:
    description: The host's folder.
    vars:
      - name: forestage_root
  quick:
    description:
      - Whether a module is run by this process, which Ansible has made for the task alone and which has Ansible loaded,
        and not by a Python of its own. That is most of what a module takes here. Modules and their arguments are the same.
    type: bool
    default: false
    vars:
      - name: forestage_quick
"""

PYTHON = "/usr/bin/python3"
RESTARTS = b"plugins.modules.forestage_host"  # in the source that Ansible makes of that module


def python_of(cmd):
    """The environment in which a command of Ansible starts Python for a module on standard input; None: it is another."""
    words = shlex.split(cmd)
    if words[:2] != ["/bin/sh", "-c"] or len(words) != 3:
        return None
    words = shlex.split(words[2])
    if words[-3:] == ["&&", "sleep", "0"]:
        words = words[:-3]
    if words[-1:] != [PYTHON] or not all("=" in word for word in words[:-1]):
        return None
    return dict(word.split("=", 1) for word in words[:-1])


@contextlib.contextmanager
def streams_of(environment, streams):
    """What this process has of the outside is another's meanwhile: its environment, and its three streams."""
    kept = dict(os.environ), list(sys.path), sys.argv, sys.stdin, sys.stdout, sys.stderr
    handles = [os.dup(number) for number in range(3)]
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno(), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8")
        os.environ.update(environment)
        sys.argv = [""]
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        variables, sys.path[:], sys.argv, sys.stdin, sys.stdout, sys.stderr = kept
        os.environ.clear()
        os.environ.update(variables)
        for number, handle in enumerate(handles):
            os.dup2(handle, number)
            os.close(handle)


def be_python(source, environment, streams):
    """What Python would do with this source; its exit code."""
    with streams_of(environment, streams):
        try:
            exec(compile(source, "<stdin>", "exec"), {"__name__": "__main__"})
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # as Python says it
            traceback.print_exc()
            return 1
    return 0


class Connection(Local):
    transport = "folder"

    def look(self):
        if os.path.exists(os.path.join(self.get_option("root"), "down")):
            raise AnsibleConnectionFailure("the host is down")

    def boot(self):
        """What another boot has another one of; None: it is not up."""
        root = self.get_option("root")
        with contextlib.suppress(FileNotFoundError), open(os.path.join(root, "boot_id"), encoding="ascii") as file:
            boot = file.read()
            return None if os.path.exists(os.path.join(root, "down")) else boot
        return None

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self.look()
        before = self.boot()
        answer = self.execute(cmd, in_data, sudoable)
        # what restarts the host has answered before that: the option `delay` of forestage_host
        if self.boot() != before and RESTARTS not in (in_data or b""):
            raise AnsibleConnectionFailure("the host went down meanwhile")
        return answer

    def execute(self, cmd, in_data, sudoable):
        environment = python_of(cmd) if in_data and self.get_option("quick") else None
        if environment is None:
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = be_python(in_data, environment, (nothing, out, err))
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def put_file(self, in_path, out_path):
        self.look()
        return super().put_file(in_path, out_path)

    def fetch_file(self, in_path, out_path):
        self.look()
        return super().fetch_file(in_path, out_path)

    def reset(self):
        pass
