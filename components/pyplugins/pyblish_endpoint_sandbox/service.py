"""Implements the service interface with the bridge's `Work`.

Policy: there is one session in each instance of the component, so its state is kept in this module,
where the build prepares it; `Session` only passes calls on. Most pairs do nothing, so such a pair
creates no unnecessary objects.
"""
import gc
import json
import os
import random
import sys

# Pyblish reads the user's name when it is imported, but there is none yet.
os.environ.setdefault("USERNAME", "nobody")

from . import library  # noqa: E402

import pyblish  # noqa: E402
import pyblish.api  # noqa: E402
import pyblish.lib  # noqa: E402
import pyblish.logic  # noqa: E402
import pyblish.plugin  # noqa: E402
import pyblish.util  # noqa: E402

import wit_world.exports  # noqa: E402
from componentize_py_types import Err  # noqa: E402
from pyblish_endpoint_bridge import __version__, calls, failures, host, work  # noqa: E402
from pyblish_endpoint_bridge.compat import ordered, python_version  # noqa: E402
from pyblish_endpoint_bridge.text import to_json  # noqa: E402
from wit_world.exports import service  # noqa: E402
from wit_world.imports import model  # noqa: E402

from . import fences, listings, output, own, shape, system  # noqa: E402
from .batch import Batch  # noqa: E402

NAME = "pyplugins"
VERSION = __version__
PLUGINS, MODULES, WORK, PUBLISH, TEMPORARY = "/plugins", "/modules", "/work", "/publish", system.TEMPORARY


class Host(host.Host):
    """There is no host: plug-ins only have folders."""

    name = NAME

    def read_workspace(self):
        return WORK if os.path.isdir(WORK) else None

    def about(self):
        return ordered([
            ("host", self.name),
            ("pythonVersion", python_version()),
            ("folders", [path for path, _ in granted()]),
        ])


class Call(calls.Call):
    """A call of the runtime, or one pair of it."""

    def __init__(self, words, lent, batch=None):
        calls.Call.__init__(self, words)
        self.lent = lent  # the runtime's call
        self.batch = batch

    def begin_saying(self):
        """What is said from here on belongs to the pair that is at work."""
        if self.batch is not None:
            self.batch.tell()

    def tell_record(self, record):
        self.begin_saying()
        self.lent.log(shape.record(record))

    def tell_progress(self, fraction, message):
        self.begin_saying()
        self.lent.progress(fraction, message)

    def cancelled(self):
        return self.lent.cancelled()


class Work(work.Work):
    """The session's context and its plug-ins."""

    def __init__(self):
        work.Work.__init__(self, Host(), shape.Changes)

    def begin(self, opening):
        """Sets what is only known now: the user, and the folders."""
        settings = dict((datum.key, shape.value_back(datum.value)) for datum in opening.settings)
        # Without this, everything is as it was during the build.
        random.seed()
        system.begin(opening.user, opening.machine)
        pyblish.api.register_service("user", opening.user)
        # A zip file with modules is a file.
        sys.path[:] = [path for path in settings["modules"] if os.path.exists(path)]
        sys.path_importer_cache.clear()
        # The module for componentize-py has done its work; a studio may have one of that name.
        sys.modules.pop("service", None)
        if os.path.isdir(WORK):
            os.chdir(WORK)
        # The host name of a plain Python, which plug-ins for scripts and farms use.
        pyblish.api.register_host("python")
        return self.opened({"paths": settings["paths"]})

    def outcome(self, kind, lent, body):
        failed, search = self.do(Call(kind, lent), kind, body)
        return model.Outcome(shape.failure(failed), search.all(), None)

    def process_all(self, lent, batch, pairs):
        """Runs plug-ins."""
        self.begin_batch()
        try:
            for at, pair in enumerate(pairs):
                ends_turn = at + 1 == len(pairs) or pairs[at + 1].plugin != pair.plugin
                failed, search = self.do_pair(Call("process", lent, batch), pair.plugin, pair.instance, ends_turn)
                batch.finish(model.Outcome(shape.failure(failed), search.all(), batch.lap()))
                if ends_turn:
                    # If the next plug-in crashes, the runtime must not believe that this one did.
                    batch.tell()
                if not batch.goes_on:
                    break
        finally:
            self.end_batch()
        batch.tell()


def granted():
    """The granted folders, each with whether it can be written."""
    folders = PLUGINS, MODULES, WORK, PUBLISH, TEMPORARY
    return [(path, path in (WORK, PUBLISH, TEMPORARY)) for path in folders if os.path.isdir(path)]


def advice(error):
    return fences.advice_on_file(error, granted()) or fences.advice(error)


def extract_traceback(error, *rest):
    fences.cut(error)
    return EXTRACT_TRACEBACK(error, *rest)


class Service(wit_world.exports.Service):
    """The functions of the interface."""

    def describe(self):
        def folder(path, writable, optional, doc):
            return service.GrantRequest_Folder(service.FolderRequest(path, writable, optional, doc))

        def paths(name, doc, default):
            return service.Setting(name, service.SettingKind.TEXTS, doc, model.Value_Texts([default]))

        return service.Description(
            name=NAME,
            version=VERSION,
            doc="Runs a studio's Python plug-ins in the sandbox, on folders.",
            hosts=["python", NAME],
            settings=[
                paths("paths", "The folders with plug-ins, as paths in the sandbox.", PLUGINS),
                paths("modules", "The folders, and the zip files, with modules that plug-ins import.", MODULES),
            ],
            grants=[
                folder(PLUGINS, False, False, "The folder with the plug-ins."),
                folder(MODULES, False, True, "Modules that the plug-ins import, in pure Python."),
                folder(WORK, True, True, "The files to publish."),
                folder(PUBLISH, True, True, "The folder to publish to, if not beside the files."),
                folder(TEMPORARY, True, True, "Temporary files; without a grant, a private folder for each session."),
                service.GrantRequest_Environment(system.DISKS),
            ],
        )


class Session(service.Session):
    """The resource of the interface: the session of this instance of the component."""

    @classmethod
    def open(cls, call, opening):
        about, context = cls.ask("open", call, HELD.begin, opening)
        return service.Opened(cls(), [model.Datum(key, shape.value(to_json(value))) for key, value in about], context)

    @staticmethod
    def ask(kind, call, work, body):
        found, failed = HELD.ask(Call(kind, call), work, body)
        if failed is not None:
            raise Err(shape.failure(failed))
        return found

    def reset(self, call):
        return HELD.outcome("reset", call, {})

    def discover(self, call):
        found = self.ask("discover", call, HELD.discovered, {})
        for told in found.plugins:
            if told["attributes"]:
                call.declare(told["id"], [shape.attribute(it) for it in told["attributes"]])
        return shape.discovery(found)

    def process(self, call, batch, pairs):
        HELD.process_all(call, Batch(batch), pairs)

    def repair(self, call, pair):
        return HELD.outcome("repair", call, {"plugin": pair.plugin, "instance": pair.instance})

    def act(self, call, action):
        return HELD.outcome(
            "act", call, {"plugin": action.plugin, "action": action.action, "instance": action.instance})

    def apply(self, call, changes):
        return HELD.outcome("apply", call, {"changes": shape.changes_back(changes)})

    def notify(self, call, event):
        return HELD.outcome("notify", call, {"event": event.name, "arguments": json.loads(event.arguments)})

    def close(self, call):
        pass


# During the build.
failures.advice, failures.cut_traceback = advice, fences.cut
EXTRACT_TRACEBACK, pyblish.lib.extract_traceback = pyblish.lib.extract_traceback, extract_traceback
fences.put_up()
listings.install()
system.install()
own.install()
output.install()
HELD = Work()
HELD.load()
library.install()
# Pyblish keeps a few objects for each pair, so a collection after every 2,000 objects would find
# nothing.
gc.set_threshold(20000, 10, 10)
gc.collect()
# Exclude all existing objects from garbage collection, so that sessions can share their memory.
gc.freeze()
library.blank()
