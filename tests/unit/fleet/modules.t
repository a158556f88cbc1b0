#!/usr/bin/python3
"""The collection's modules: what their documentation says of options is what they take, they hold to the language of
Python 3.6, the defaults of the roles are those that their argument specs tell; and what a module does with archives and
notes of others. TAP on standard output."""

import ast
import base64
import hashlib
import importlib.util
import io
import json
import pathlib
import sys
import tarfile
import tempfile
import types

import yaml
from ansible.errors import AnsibleActionFail

sys.dont_write_bytecode = True
FLEET = pathlib.Path("fleet").resolve()
PLUGINS = FLEET / "plugins"
work = pathlib.Path(tempfile.mkdtemp(prefix="forestage-modules-"))
(work / "ansible_collections/forestage").mkdir(parents=True)
(work / "ansible_collections/forestage/fleet").symlink_to(FLEET)
sys.path.insert(0, str(work))
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


class Ended(Exception):
    """A module's end: its result."""


class Fake:
    """AnsibleModule, as far as the modules here use it."""

    def __init__(self, params=None, check_mode=False):
        self.params, self.check_mode, self.spec = params or {}, check_mode, None

    def fail_json(self, **result):
        raise Ended(dict(result, failed=True))

    def exit_json(self, **result):
        raise Ended(result)


def module(name):
    return importlib.import_module(f"ansible_collections.forestage.fleet.plugins.modules.{name}")


def results():
    return importlib.import_module("ansible_collections.forestage.fleet.plugins.module_utils.results")


def spec_of(name):
    """What it gives to AnsibleModule."""
    seen = {}

    def capture(argument_spec, **_more):
        seen.update(argument_spec)
        raise Ended()

    loaded = module(name)
    kept, loaded.AnsibleModule = loaded.AnsibleModule, capture
    try:
        loaded.main()
    except Ended:
        pass
    loaded.AnsibleModule = kept
    return seen


class Strict(yaml.SafeLoader):
    """As Ansible reads it, but a key that is there twice is an error: the first would be lost."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _value in node.value]
        assert len(set(keys)) == len(keys), f"twice in one place: {sorted(key for key in keys if keys.count(key) > 1)}"
        return super().construct_mapping(node, deep)


def documentation_of(name):
    """With the options of the fragments that it extends."""
    told = yaml.load(module(name).DOCUMENTATION, Strict)
    for fragment in told.get("extends_documentation_fragment", []):
        prefix, _dot, stem = fragment.rpartition(".")
        assert prefix == "forestage.fleet", f"{name}: {fragment} is not of this collection"
        loaded = importlib.import_module(f"ansible_collections.forestage.fleet.plugins.doc_fragments.{stem}")
        options = yaml.load(loaded.ModuleDocFragment.DOCUMENTATION, Strict)["options"]
        again = sorted(set(options) & set(told["options"]))
        assert not again, f"{name}: in {fragment} already: {again}"
        told["options"].update(options)
    return told


def same(path, told, taken):
    assert sorted(told) == sorted(taken), f"{path}: {sorted(set(told) ^ set(taken))}"
    for name, option in told.items():
        for key in ("type", "choices", "default", "elements"):
            assert option.get(key) == taken[name].get(key), f"{path}.{name}: {key}"
        assert bool(option.get("required")) == bool(taken[name].get("required")), f"{path}.{name}: required"
        assert option.get("description"), f"{path}.{name}: no description"
        same(f"{path}.{name}", option.get("suboptions", {}), taken[name].get("options", {}))


def documentation_is_what_is_taken():
    for name in MODULES:
        loaded = module(name)
        told = documentation_of(name)
        assert told["module"] == name and yaml.safe_load(loaded.EXAMPLES) and yaml.safe_load(loaded.RETURN)
        if hasattr(loaded, "main"):  # what has none is the action of that name
            same(name, told["options"], spec_of(name))
    same("forestage_results", documentation_of("forestage_results")["options"], results().SPEC)
    action = set(documentation_of("forestage_wait")["options"])
    own = importlib.import_module("ansible_collections.forestage.fleet.plugins.action.forestage_wait").OURS
    assert action - set(own) <= set(spec_of("forestage_run")), "forestage_wait passes on what forestage_run does not take"


def examples_take_known_options():
    for name in MODULES:
        for task in yaml.safe_load(module(name).EXAMPLES):
            known = set(documentation_of(name)["options"])
            assert set(task[f"forestage.fleet.{name}"]) <= known, task


def language_of_python_3_6():
    files = [*(PLUGINS / "modules").glob("*.py"), *(PLUGINS / "module_utils").glob("*.py")]
    assert len(files) > 8
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))


def defaults_are_as_specs_tell():
    for role in sorted((FLEET / "roles").iterdir()):
        told = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
        there = yaml.safe_load((role / "defaults/main.yml").read_text())
        for name, value in there.items():
            assert name in told, f"{role.name}: no spec of {name}"
            if "lookup" not in str(value):
                assert told[name].get("default") == value, f"{role.name}: {name}"
        extra = [name for name in told if name not in there and "default" in told[name]]
        assert not extra, f"{role.name}: {extra}"


def examples_end_a_connection_that_is_dead():
    inventories = sorted((FLEET / "inventory").glob("*.yml"))
    assert len(inventories) > 1
    for path in inventories:
        hosts = yaml.safe_load(path.read_text())["all"]["children"]["forestage"]["vars"]
        assert "ServerAliveInterval=" in hosts.get("ansible_ssh_common_args", ""), path


# --- archives ---


def jobs_in(folder):
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.conf").write_text("# x\n[Job]\nType=kernel\nDevice=all\n[Kernel]\nModule=x.ptx\n")
    (folder / "x.ptx").write_text("ptx")
    (folder / ".hidden").write_text("no")
    return folder


def jobs(**params):
    given = dict(src=None, dest=None, results=None, round=1, hosts={}, wants=[])
    return module("forestage_jobs").Work(Fake(dict(given, **params)))


def an_archive_is_the_same_bytes_each_time():
    src = jobs_in(work / "same")
    first = jobs(src=str(src), dest=str(work / "1.tar")).pack()
    (src / "a.conf").touch()
    again = jobs(src=str(src), dest=str(work / "1.tar")).pack()
    assert first["changed"] and not again["changed"] and first["digest"] == again["digest"]
    with tarfile.open(work / "1.tar") as tar:
        assert tar.getnames() == ["a.conf", "b.conf", "x.ptx"]
    assert hashlib.sha256((work / "1.tar").read_bytes()).hexdigest() == first["digest"]


def a_shard_names_its_gpu():
    src = jobs_in(work / "shard")
    hosts = {"h": [{"uuid": "GPU-1", "name": "H100", "memory_bytes": 1}]}
    shared = jobs(src=str(src), dest=str(work / "batch"), hosts=hosts).share()
    with tarfile.open(shared["shards"]["h"]["archive"]) as tar:
        text = tar.extractfile("a.conf").read().decode()
    assert text == "# x\n[Job]\nDevice=GPU-1\nType=kernel\n[Kernel]\nModule=x.ptx\n", text
    again = jobs(src=str(src), dest=str(work / "batch"), hosts={}).share()  # the plan stays
    assert not again["changed"] and again["shards"] == shared["shards"]
    (src / "a.conf").write_text("[Job]\nDevice=0\n")
    trouble = module("forestage_jobs").Trouble
    for dest in ("batch", "batch2"):  # other jobs; a job that names its GPU
        try:
            jobs(src=str(src), dest=str(work / dest), hosts=hosts).share()
        except trouble as error:
            assert "of other jobs" in str(error) or "leave the line out" in str(error)
        else:
            raise AssertionError("it was shared out")


def packed(path, *members):
    with tarfile.open(path, "w") as tar:
        for name, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, 4 if kind == tarfile.REGTYPE else 0
            info.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            tar.addfile(info, io.BytesIO(b"data") if info.size else None)
    return str(path)


RUN = "6f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1"


def keep(**params):
    given = dict(dest=str(work / "results"), host="h", campaign="c", facts={}, error=None, archive=None, sha256=None,
                 rebooting=False)
    return results().Results(Fake(dict(given, **params))).keep()


def a_run_of_a_hostile_host_stays_in_its_folder():
    bad = [[(f"{RUN}/../x", tarfile.REGTYPE)], [("/etc/x", tarfile.REGTYPE)], [(f"{RUN}/l", tarfile.SYMTYPE)],
           [(f"{RUN}/l", tarfile.LNKTYPE)], [("other/x", tarfile.REGTYPE)], [(f"{RUN}/d", tarfile.CHRTYPE)]]
    for members in bad:
        archive = packed(work / "bad.tar", *members)
        try:
            keep(facts={"run_id": RUN}, archive=archive)
        except Ended as ended:
            assert "has no place" in ended.args[0]["msg"]
        else:
            raise AssertionError(f"{members} was unpacked")
        assert [path.name for path in (work / "results/h").iterdir()] == []
    good = packed(work / "good.tar", (RUN, tarfile.DIRTYPE), (f"{RUN}/run.json", tarfile.REGTYPE))
    try:
        keep(facts={"run_id": RUN}, archive=good, sha256="0")
    except Ended as ended:
        assert "is not what the host has sent" in ended.args[0]["msg"]
    assert keep(facts={"run_id": RUN, "outcome": "pass"}, archive=good)["changed"]
    assert (work / "results/h" / RUN / "run.json").stat().st_mode & 0o777 == 0o600


class Connection:
    """To a host whose files the user of the connection may read, or may not: then another user is become."""

    def __init__(self, become):
        self.become = become

    def fetch_file(self, remote, local):
        assert not self.become, f"{remote} is not this user's to read"
        pathlib.Path(local).write_bytes(b"a run")


def action_results():
    """The action, whose imports come from the collection in `work`."""
    results()  # from now on Ansible's own loader of collections looks for others, and wants to be set up
    spec = importlib.util.spec_from_file_location("action", PLUGINS / "action/forestage_results.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.ActionModule


def a_host_that_is_down_is_not_asked_for_a_note():
    class Down:
        become = False
        _shell = types.SimpleNamespace(tmpdir=None)

        def __getattr__(self, name):
            raise AssertionError(f"the connection is asked for {name}")

    given = dict(action="keep", dest=str(work / "results"), host="down", campaign="c", error="it has not come back")
    task = types.SimpleNamespace(args=given, check_mode=False, async_val=0, environment=[], no_log=False)
    assert action_results()(task, Down(), None, None, None, None).run(None, {})["changed"]
    assert json.loads((work / "results/down/campaigns/c.json").read_text())["error"] == "it has not come back"


def a_run_comes_from_a_host_whoever_may_read_it():
    for become in (False, True):
        action = action_results()(None, Connection(become), None, None, None, None)
        action._execute_module = lambda name, **_more: {"content": base64.b64encode(b"a run").decode()}
        assert pathlib.Path(action.fetch("/there/run.tar", str(work / f"from-{become}"), {})).read_bytes() == b"a run"
    action._execute_module = lambda name, **_more: {"failed": True, "msg": "not there"}
    try:
        action.fetch("/there/run.tar", str(work / "from"), {})
    except AnsibleActionFail as failure:
        assert "/there/run.tar could not be fetched: not there" in str(failure)
    else:
        raise AssertionError("what was not fetched counts as fetched")


def silence_takes_no_outcome_away():
    keep(facts={"run_id": RUN, "outcome": "pass"})
    assert not keep(error="it does not answer")["changed"]
    keep(host="i", facts={"where": "armed"}, error="it has not come back")
    keep(host="i", error="it does not answer")
    note = json.loads((work / "results/i/campaigns/c.json").read_text())
    assert note["error"] == "it has not come back" and note["where"] == "armed", note


# --- what xe and xl say ---


def answers_are_read_strictly():
    pool = importlib.import_module("ansible_collections.forestage.fleet.plugins.module_utils.pool")
    one = "6c6bd0f4-9c35-4f7b-9b0b-3c1d9e5a7f10"
    assert pool.uuids("\n") == [] and pool.uuids(f"{one},{one}\n") == [one, one] and pool.uuids("Error: x\n") is None
    assert pool.truth("true\n") is True and pool.truth("<html>") is None
    assert pool.host_uuid(f"A=1\nINSTALLATION_UUID='{one}'\n") == one and pool.host_uuid("INSTALLATION_UUID=''") is None
    table = ("Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
             "Domain-0                                     0  4096     8     r-----     162.4\n"
             "web server 2                                 7  1024     1     -b----       3.1\n")
    assert pool.guests_of_xl(table) == 1


TESTS = [documentation_is_what_is_taken, examples_take_known_options, language_of_python_3_6, defaults_are_as_specs_tell,
         examples_end_a_connection_that_is_dead, an_archive_is_the_same_bytes_each_time, a_shard_names_its_gpu,
         a_run_of_a_hostile_host_stays_in_its_folder, a_run_comes_from_a_host_whoever_may_read_it,
         a_host_that_is_down_is_not_asked_for_a_note,
         silence_takes_no_outcome_away, answers_are_read_strictly]
failed = 0
for number, test in enumerate(TESTS, 1):
    try:
        test()
        print(f"ok {number} - {test.__name__.replace('_', ' ')}")
    except (AssertionError, Ended) as error:
        failed += 1
        print(f"not ok {number} - {test.__name__.replace('_', ' ')}: {error!r}")
print(f"1..{len(TESTS)}")
importlib.import_module("shutil").rmtree(work)
sys.exit(failed > 0)
