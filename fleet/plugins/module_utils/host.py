# Copyright (c) the Forestage developers
# MIT License (see LICENSE of the collection, or https://opensource.org/licenses/MIT)
"""What the modules on a host share: its programs, and what the collection remembers there."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import json
import os
import re
import time

BUSY = 5  # exit code of forestage while another verb changes the host
PATIENCE_S = 120
CAMPAIGN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")

COMMON = dict(
    forestage=dict(type="str", default="forestage"),
    state_dir=dict(type="path", default="/var/lib/forestage/fleet"),
    runs_dir=dict(type="path", default="/var/lib/forestage/runs"),
    boot_id=dict(type="path", default="/proc/sys/kernel/random/boot_id"),
    inventory=dict(type="path", default="/etc/xensource-inventory"),
)


def read_text(path):
    """The file's text without blanks at its ends; None when it is not there."""
    try:
        with open(path) as file:
            return file.read().strip()
    except (IOError, OSError):
        return None


def read_json(path):
    text = read_text(path)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def sync_folder(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder):
    try:
        os.makedirs(folder, 0o700)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise


def write_json(path, value):
    """Whole or not at all, and on disk when it returns: a reboot may follow."""
    folder = os.path.dirname(path)
    make_folder(folder)
    new = path + ".new"
    with open(new, "w") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(new, path)
    sync_folder(folder)


def remove(path):
    try:
        os.unlink(path)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return False
    sync_folder(os.path.dirname(path))
    return True


class Host(object):
    """A host as the modules see it. Every failure ends the module with a sentence."""

    def __init__(self, module):
        self.module = module
        self.given = module.params
        self.lock = None

    def fail(self, text, **more):
        self.module.fail_json(msg=text, **more)

    # --- what is remembered ---

    def path(self, name):
        return os.path.join(self.given["state_dir"], name)

    def note_path(self):
        campaign = self.given.get("campaign") or ""
        if not CAMPAIGN.match(campaign):
            self.fail("campaign: letters, digits and . _ - are allowed in a name, not '%s'" % campaign)
        return self.path("campaign-%s.json" % campaign)

    def hold(self):
        """One module at a time: one that a killed play has left behind may still be at work."""
        make_folder(self.given["state_dir"])
        self.lock = open(self.path("lock"), "w")
        end = time.time() + PATIENCE_S
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except (IOError, OSError):
                if time.time() > end:
                    self.fail("another play is at work on this host (%s)" % self.path("lock"))
                time.sleep(0.2)

    # --- programs ---

    def run(self, argv, good=(0,)):
        """Its exit code, output and errors; one that is not in `good` is a failure."""
        try:
            code, out, err = self.module.run_command(argv, check_rc=False)
        except SystemExit:  # Ansible's own words for a program that cannot be started
            raise
        if good is not None and code not in good:
            said = (err or out).strip()
            self.fail("%s: exit code %d: %s" % (" ".join(argv[:2]), code, said or "it said nothing"), rc=code,
                      stdout=out, stderr=err)
        return code, out, err

    def forestage(self, words, good=(0,)):
        """The same of forestage, which is asked again while another verb changes the host."""
        end = time.time() + PATIENCE_S
        while True:
            code, out, err = self.run([self.given["forestage"]] + words, None)
            if code != BUSY or time.time() > end:
                break
            time.sleep(1)
        if good is not None and code not in good:
            said = (err or out).strip()
            self.fail("forestage %s: exit code %d: %s" % (words[0], code, said or "it said nothing"), rc=code,
                      stdout=out, stderr=err)
        return code, out, err

    def answer(self, words, good=(0,)):
        """What forestage says with --json."""
        code, out, err = self.forestage(words + ["--json"], good)
        try:
            return code, json.loads(out)
        except ValueError:
            self.fail("forestage %s --json printed no JSON: %s" % (words[0], (err or out).strip()), rc=code)

    def status(self):
        """As `forestage status --json` has it; 1: unknown, 3: not installed, both in words."""
        status = self.answer(["status"], (0, 1, 3))[1]
        if not str(status.get("schema", "")).startswith("forestage-status/"):
            self.fail("forestage status --json printed something else: %s" % json.dumps(status)[:200])
        return status

    def boot(self):
        text = read_text(self.given["boot_id"])
        if not text:
            self.fail("%s cannot be read: this boot cannot be told from another one" % self.given["boot_id"])
        return text

    def run_document(self, run):
        return read_json(os.path.join(self.given["runs_dir"], run, "run.json")) if run else None
