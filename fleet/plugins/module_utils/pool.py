# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""A host's guests and, on XCP-ng and XenServer, its place in its pool: asked of xe, or of xl where there is none."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
import time

from ansible_collections.forestage.fleet.plugins.module_utils.host import read_text

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
# A row of `xl list`: what stands behind the name, which is of others' choice.
DOMAIN = re.compile(r"\s(\d+)\s+\d+\s+\d+\s+[-rbpscd]{6}\s+[\d.]+\s*$", re.M)


def host_uuid(inventory_text):
    """INSTALLATION_UUID of /etc/xensource-inventory; None: this is no such host."""
    found = re.findall(r"^INSTALLATION_UUID='?([0-9a-f-]{36})'?\s*$", inventory_text or "", re.M)
    return found[-1] if found and UUID.match(found[-1]) else None


def uuids(text):
    """Of a line of xe --minimal; None: that is no answer."""
    words = [word for word in text.strip().split(",") if word]
    return words if all(UUID.match(word) for word in words) else None


def truth(text):
    return {"true": True, "false": False}.get(text.strip())


def guests_of_xl(text):
    """How many domains there are besides the control domain."""
    return len([number for number in DOMAIN.findall(text) if number != "0"])


class Pool(object):
    def __init__(self, host):
        self.host = host
        self.uuid = host_uuid(read_text(host.given["inventory"]))

    def xe(self, *words):
        """Its output; what xe says on a failure ends the module."""
        return self.host.run(["xe"] + list(words))[1]

    def minimal(self, read, *words):
        value = read(self.xe(*(words + ("--minimal",))))
        if value is None:
            self.host.fail("xe %s has not answered in its form" % words[0])
        return value

    def enabled(self):
        return self.minimal(truth, "host-list", "uuid=" + self.uuid, "params=enabled")

    def guests(self):
        if self.uuid:
            return len(self.minimal(uuids, "vm-list", "resident-on=" + self.uuid, "is-control-domain=false",
                                    "params=uuid"))
        xl = self.host.module.get_bin_path("xl")
        if not xl:
            return 0
        code, out, err = self.host.run([xl, "list"], None)
        if code != 0:
            self.host.fail("xl list: exit code %d: %s: whether guests run here is not known" % (code, err.strip()))
        return guests_of_xl(out)

    def standing(self):
        """As much as a plan needs."""
        if not self.uuid:
            return dict(kind="xen", uuid=None, pool=None, master=False, ha=False, enabled=None, guests=self.guests())
        master = self.minimal(uuids, "pool-list", "params=master")
        pool = self.minimal(uuids, "pool-list", "params=uuid")
        return dict(kind="xapi", uuid=self.uuid, pool=pool[0] if pool else None, master=self.uuid in master,
                    ha=self.minimal(truth, "pool-list", "params=ha-enabled"), enabled=self.enabled(),
                    guests=self.guests())

    def set_enabled(self, wanted, patience_s):
        """xapi starts some time after ssh does."""
        end = time.time() + patience_s
        words = ["xe", "host-enable" if wanted else "host-disable", "host=" + self.uuid]
        while True:
            code, out, err = self.host.run(words, None)
            if code == 0:
                return
            if time.time() > end:
                self.host.fail("%s: %s" % (" ".join(words), (err or out).strip()))
            time.sleep(2)
