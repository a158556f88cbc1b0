"""A connection to a host that is a folder of this machine: local, and silent while the file `down` is in the folder."""
from __future__ import annotations

import os

from ansible.errors import AnsibleConnectionFailure
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
"""


class Connection(Local):
    transport = "folder"

    def look(self):
        if os.path.exists(os.path.join(self.get_option("root"), "down")):
            raise AnsibleConnectionFailure("the host is down")

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self.look()
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def put_file(self, in_path, out_path):
        self.look()
        return super().put_file(in_path, out_path)

    def fetch_file(self, in_path, out_path):
        self.look()
        return super().fetch_file(in_path, out_path)

    def reset(self):
        pass
