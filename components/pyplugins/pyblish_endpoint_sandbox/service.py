"""The service interface on one side, the bridge's `Work` on the other.

Policy: a session is one instance of the component, so what is kept is kept in this module. A pair that does nothing, which is
most of them, makes no object that is not needed.
"""
import gc
import json
import os
import random
import sys

# Pyblish asks for the user's name as it is imported, and there is none yet.
os.environ.setdefault("USERNAME", "nobody")

from . import library  # noqa: E402

import pyblish  # noqa: E402
import pyblish.api  # noqa: E402
import pyblish.lib  # noqa: E402
import pyblish.logic  # noqa: E402
import pyblish.plugin  # noqa: E402
import pyblish.util  # noqa: E402

import pyblish_endpoint_bridge as bridge  # noqa: E402
import wit_world.exports  # noqa: E402
from componentize_py_types import Err  # noqa: E402
from wit_world.exports import service  # noqa: E402
from wit_world.imports import runtime, types  # noqa: E402

from . import fences, own, quick, shape  # noqa: E402

NAME = "pyplugins"
VERSION = bridge.__version__
PLUGINS, MODULES, WORK, PUBLISH = "/plugins", "/modules", "/work", "/publish"

GLANCE = 32  # pairs, at most, between two looks at everything

NOTHING = types.Outcome(None, [], 0, None)


class Host(bridge.Host):
    """There is none: plug-ins have folders, and nothing else."""

    def __init__(self):
        bridge.add_host(NAME, workspace=lambda: WORK if os.path.isdir(WORK) else None)
        bridge.Host.__init__(self, NAME)

    def about(self):
        return bridge.ordered([
            ("host", self.name),
            ("pythonVersion", bridge.python_version()),
            ("folders", [path for path, _ in granted()]),
        ])


class Call(bridge.Call):
    """A call of the runtime's."""

    def tell_record(self, record):
        runtime.log(shape.record(record))

    def tell_progress(self, fraction, message):
        runtime.progress(fraction, message)

    def cancelled(self):
        return runtime.cancelled()


class Work(bridge.Work):
    """The session's context and its plug-ins."""

    def __init__(self):
        bridge.Work.__init__(self, Host(), shape.Changes)
        self.latest = None  # the plug-in that ran last
        self.more = 0  # how many of the pairs that come next are known to be of it

    def begin(self, opening):
        """What is known only now: who it is for, and which folders there are."""
        settings = dict((datum.key, json.loads(datum.value)) for datum in opening.settings)
        # All of it was as it is when the component was built.
        random.seed()
        for name in ("USERNAME", "USER", "LOGNAME"):
            os.environ[name] = opening.user
        pyblish.api.register_service("user", opening.user)
        sys.path[:] = [path for path in settings["modules"] if os.path.isdir(path)]
        sys.path_importer_cache.clear()
        if os.path.isdir(WORK):
            os.chdir(WORK)
        # A plain Python's name, by which plug-ins for scripts and farms are known.
        pyblish.api.register_host("python")
        return self.opened({"paths": settings["paths"]})

    def outcome(self, kind, body):
        self.more = 0
        failed, changes = self.do(Call(kind), kind, body)
        if failed is None and not changes:
            return NOTHING
        return types.Outcome(shape.failure(failed), changes, 0, None)

    def pair(self, plugin, instance):
        """A plug-in on an instance or on the context. Where it is known that this plug-in's turn goes on, a pair in which nothing else
        happens is not the time to look inside of all values of all instances: what is found there decides what runs in the next
        turn."""
        failed = self.run(Call("process"), self.do_process, {"plugin": plugin, "instance": instance})
        watch = self.watch
        watch.switched, quick.SWITCHED[:] = bool(quick.SWITCHED), ()
        self.more = self.more - 1 if plugin == self.latest else 0
        self.latest = plugin
        if failed is None and self.more > 0:
            changes = watch.changes(False, instance, True)
            if not changes:
                return NOTHING
            changes += watch.changes(False, instance)
        else:
            changes = watch.changes(False, instance)
        if failed is None and not changes:
            self.more = self.how_many_more(plugin)
            return NOTHING
        self.more = 0
        return types.Outcome(shape.failure(failed), changes, 0, None)

    @staticmethod
    def how_many_more(plugin):
        """How many of the pairs that come next are this plug-in's, if nothing happens; 0 outside of a run."""
        count = 0
        for pair in runtime.upcoming(GLANCE):
            if pair.plugin != plugin:
                break
            count += 1
        return count


def granted():
    """The folders that there are, each with whether it can be written."""
    return [(path, path in (WORK, PUBLISH)) for path in (PLUGINS, MODULES, WORK, PUBLISH) if os.path.isdir(path)]


def advice(error):
    return fences.advice_on_file(error, granted()) or fences.advice(error)


def failure_of(error):
    fences.cut(error)
    return FAILURE_OF(error)


def extract_traceback(error, *rest):
    fences.cut(error)
    return EXTRACT_TRACEBACK(error, *rest)


class Service(wit_world.exports.Service):
    """What the runtime calls."""

    def describe(self):
        def folder(path, writable, optional, doc):
            return service.Grant_Folder(service.Folder(path, writable, optional, doc))

        return service.Description(
            name=NAME,
            version=VERSION,
            doc="Runs a studio's Python plug-ins in the sandbox, on folders.",
            hosts=["python", NAME],
            settings=[
                service.Setting(
                    "paths", service.SettingKind.TEXTS, "The folders with plug-ins, as they are called in the sandbox.",
                    json.dumps([PLUGINS])),
                service.Setting(
                    "modules", service.SettingKind.TEXTS, "The folders in which plug-ins find modules that they import.",
                    json.dumps([MODULES])),
            ],
            grants=[
                folder(PLUGINS, False, False, "The folder with the plug-ins."),
                folder(MODULES, False, True, "Modules that the plug-ins import, in Python only."),
                folder(WORK, True, True, "What is published."),
                folder(PUBLISH, True, True, "Where it is published to, if not beside it."),
            ],
        )

    def open(self, opening):
        found, failed = SESSION.ask(Call("open"), SESSION.begin, opening)
        if failed is not None:
            raise Err(shape.failure(failed))
        about, context = found
        return service.Opened([types.Datum(key, bridge.to_json(value)) for key, value in about], context)

    def reset(self):
        return SESSION.outcome("reset", {})

    def discover(self):
        found, failed = SESSION.ask(Call("discover"), SESSION.discovered, {})
        if failed is not None:
            raise Err(shape.failure(failed))
        plugins, broken = found
        return service.Discovery([shape.plugin(told) for told in plugins], [shape.broken(path, why) for path, why in broken])

    def process(self, plugin, instance):
        return SESSION.pair(plugin, instance)

    def repair(self, plugin, instance):
        return SESSION.outcome("repair", {"plugin": plugin, "instance": instance})

    def act(self, plugin, action):
        return SESSION.outcome("act", {"plugin": plugin, "action": action})

    def apply(self, changes):
        return SESSION.outcome("apply", {"changes": [shape.change_back(change) for change in changes]})

    def notify(self, event, arguments):
        return SESSION.outcome("notify", {"event": event, "arguments": json.loads(arguments)})

    def close(self):
        pass


# While the component is built.
bridge.advice = advice
FAILURE_OF, bridge.failure_of = bridge.failure_of, failure_of
EXTRACT_TRACEBACK, pyblish.lib.extract_traceback = pyblish.lib.extract_traceback, extract_traceback
fences.put_up()
own.install()
SESSION = Work()
quick.install(SESSION.load())
library.install()
# What Pyblish keeps of each pair are a few objects that stay: looking through all of them after every 2,000 finds nothing.
gc.set_threshold(20000, 10, 10)
gc.collect()
# What is there from the beginning is never looked at again: that would make each session's memory its own.
gc.freeze()
library.blank()
