"""A connection to a host that is a folder of this machine: local, and silent while the file `down` is in the folder."""
from __future__ import annotations

import io
import os
import shlex
import sys
import tempfile
import traceback

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils import basic  # noqa: F401  (for the modules, which begin as copies of this process)
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
      - Whether a module begins as a copy of this process, which has Ansible loaded, and not as a Python of its own. That
        is half of what a module takes here. Modules and their arguments are the same.
    type: bool
    default: false
    vars:
      - name: forestage_quick
"""

PYTHON = "/usr/bin/python3"


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


def be_python(source, environment, streams):
    """In the copy: what Python would do with this source. It does not return."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno(), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8")
        os.environ.update(environment)
        sys.argv = [""]
        exec(compile(source, "<stdin>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # as Python says it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Connection(Local):
    transport = "folder"

    def look(self):
        if os.path.exists(os.path.join(self.get_option("root"), "down")):
            raise AnsibleConnectionFailure("the host is down")

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self.look()
        environment = python_of(cmd) if in_data and self.get_option("quick") else None
        if environment is None:
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                be_python(in_data, environment, (nothing, out, err))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
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
