# -*- coding: utf-8 -*-
"""The work: everything that can be asked for, done with the studio's Pyblish.

This module and those beneath it know no socket and no request. The adapter with a Python inside
(`components/pyplugins`) uses them too, and tells changes, records and failures in its own types.
"""
from __future__ import absolute_import, division, print_function

import inspect
import os
import sys
import time
import traceback

from .applying import apply_changes
from .attributes import Declared
from .calls import CURRENT
from .changes import Watch
from .collectors import register_collectors
from .compat import ordered, text_type
from .discovery import Discovered, discover
from .errors import BridgeError
from .failures import failure, failure_of, formatted, own_attribute, raised_by_plugin
from .garbage import Garbage
from .kept import Kept
from .plugins import arguments_of, describe_plugin, file_of
from .problems import Problems
from .pyblish_base import Library
from .records import LEVEL
from .registrations import Registrations
from .scene import VALIDATORS, Scene
from .search import NOTHING, Search
from .selecting import SELECT, select_members
from .selection import FamilyNames
from .stdout import Stdout
from .steps import RUNS, Steps
from .text import clean
from .values import plain


# The calls that may change the scene.
STEPS = frozenset(("process", "repair", "act"))


class Work(object):
    """The context in the host, and everything that can be done with it. Main thread only.

    `words` writes changes (see `JsonChanges`). What is asked for comes as a dictionary, with the
    members of the request in PROTOCOL.md.
    """

    def __init__(self, host, words):
        self.host = host
        self.words = words
        self.pyblish = None
        self.watch = None
        self.plugins = {}
        self.declared = {}  # the attributes of plug-ins that have some, by the ids of the plug-ins
        self.names = FamilyNames()
        self.stdout = Stdout()
        self.registrations = None
        self.is_batch = False
        self.problems = Problems()
        self.scene = Scene(host)
        self.steps = Steps(host, self.scene)
        self.kept = Kept(host)
        self.garbage = Garbage()

    # Calls

    def run(self, call, work, body):
        """Runs the studio's code; answers its failure, or None. It raises nothing."""
        stdout = self.stdout
        stdout.put_up()
        CURRENT.begin(call)
        try:
            return work(body)
        except BridgeError as error:
            return failure(clean(error), "BridgeError", title="Pyblish cannot be used")
        except BaseException as error:
            if self.is_child():
                raise
            return failure_of(error)
        finally:
            if stdout.used:
                stdout.finish(call)
            if call.pending is not None:
                call.flush()
            CURRENT.call = None
            if not self.is_batch:
                stdout.take_down()

    def is_child(self):
        """Whether a plug-in forked, and this is the child."""
        return False

    def begin_batch(self):
        """Until `end_batch`, pairs follow each other, so what each of them needs stays in place."""
        if self.pyblish is not None:
            LEVEL.begin(self.pyblish.api.registered_callbacks())
        self.is_batch = True
        self.garbage.begin(len(self.watch.known))
        self.steps.begin(u"Run")

    def end_batch(self):
        self.steps.end("process")
        self.problems.tell()
        LEVEL.end()
        self.is_batch = False
        self.stdout.take_down()

    def do(self, call, kind, body):
        """Does a `reset`, `process`, `repair`, `act`, `apply` or `notify`; answers its failure, or None,
        and the search for what changed.
        """
        if kind in STEPS:
            plugin = self.plugins.get(body["plugin"])
            self.steps.begin(u"%s of %s" % (kind.capitalize(), u"?" if plugin is None else clean(plugin.__name__)))
        failed = self.run(call, getattr(self, "do_" + kind), body)
        if kind in STEPS:
            self.steps.end(kind, failed)
            self.problems.tell()
        elif kind == "notify" and body["event"] in RUNS:
            self.garbage.end()
            self.steps.end_run(body["event"])
            self.problems.end_run(body["event"], body["arguments"].get("success"))
        elif kind == "apply":
            self.problems.tell()  # something may be left out now
        # Events and changes by frontends are rare, so there is time to look at everything.
        return failed, self.search(whole=kind not in STEPS)

    def search(self, whole=False, ends_turn=True):
        """The search for what changed since the last time."""
        found = []
        return Search(self.parts(found, whole, ends_turn), found)

    def parts(self, found, whole, ends_turn):
        for _ in self.watch.search(found, whole, ends_turn):
            yield
        # Targets and the test of when to stop count when the next plug-in begins.
        if ends_turn or found:
            found.extend(self.registrations.changes(self.watch.plugins.plugins))

    def do_pair(self, call, plugin, instance, ends_turn=True):
        """As `do`, for one pair of a batch. `ends_turn` is false if the next is of the same plug-in."""
        failed = self.run(call, self.do_process, {"plugin": plugin, "instance": instance})
        if failed is None and not ends_turn and self.watch.is_quiet():
            return None, NOTHING  # as most plug-ins do
        return failed, self.search(ends_turn=ends_turn or failed is not None)

    def ask(self, call, work, body):
        """The answer of `opened` or `discovered`, or None; and the failure, or None."""
        found = []
        failed = self.run(call, lambda body: found.append(work(body)), body)
        return (found[0] if found else None), failed

    # What is asked

    def load(self):
        """The studio's Pyblish. Where it cannot be imported, each call tries again."""
        if self.pyblish is None:
            self.pyblish = Library(self.host.install_advice())
            self.registrations = Registrations(self.pyblish, self.words)
            if self.host.name not in self.pyblish.api.registered_hosts():
                self.pyblish.api.register_host(self.host.name)
            register_collectors(self.pyblish, self.host)
        return self.pyblish

    def opened(self, body):
        """What is known of the host, and the changes that make the context out of an empty one."""
        pyblish = self.load()
        for path in body.get("paths") or []:
            if os.path.normpath(path) not in pyblish.api.registered_paths():
                pyblish.api.register_plugin_path(path)
        if self.watch is None:
            self.renew()
        about = list(self.host.about().items()) + [
            ("pyblish", pyblish.version),
            ("registeredHosts", list(pyblish.api.registered_hosts())),
            ("registeredTargets", list(pyblish.api.registered_targets())),
        ]
        return [[key, plain(value)] for key, value in about], self.watch.everything()

    def renew(self):
        self.garbage.end()
        plugins = None
        if self.watch is not None:
            plugins = self.watch.plugins
            self.watch.end()
        self.watch = Watch(self.pyblish.api.Context(), self.pyblish.plugin, self.words, self.names, plugins)

    def do_reset(self, _):
        self.renew()
        self.scene.begin()
        self.problems.begin()
        self.registrations.stop_test.begin()

    def discovered(self, _):
        """What there is, as `Discovered`."""
        plugins, broken, left_out = discover(self.pyblish)
        described = []
        self.kept.restore_plugins(plugins)
        self.plugins, self.declared = ordered(), {}
        for plugin in plugins:
            wrong_actions = []
            try:
                broken.extend(self.read_attributes(plugin))
                entry = self.describe(plugin, wrong_actions)
                for failed in wrong_actions:
                    failed["message"] = u"An action of %s is not offered: %s" % (clean(plugin.__name__), failed["message"])
                    broken.append((file_of(plugin) or clean(plugin.__name__), failed))
            except Exception as error:
                entry = None
                broken.append((file_of(plugin) or clean(plugin.__name__), failure_of(error)))
            if entry is not None:
                described.append(entry)
                self.plugins[entry["id"]] = plugin
        self.problems.broken = len(broken)
        self.problems.tell()
        self.watch.plugins.begin(list(self.plugins.values()), list(described), self.describe)
        self.registrations.look(self.watch.plugins.plugins)
        return Discovered(
            described, [(clean(path), why) for path, why in broken], left_out, self.pyblish.api.registered_hosts(),
            self.registrations)

    def describe(self, plugin, wrong_actions=None):
        declared = self.declared.get(plugin.id)
        return describe_plugin(plugin, self.pyblish, self.names, [] if wrong_actions is None else wrong_actions,
                               [] if declared is None else declared.described)

    def read_attributes(self, plugin):
        """Reads what users can set for a plug-in; answers what cannot be offered, as discovery does."""
        wrong = []
        declared = Declared(plugin, wrong)
        if declared.described:
            self.declared[plugin.id] = declared
        name = clean(plugin.__name__)
        return [(file_of(plugin) or name, failure(
            u"An attribute of %s is not offered: %s. Mend its declaration." % (name, why), "AttributeError")) for why in wrong]

    def target(self, body):
        """The plug-in and the instance of a request, or a failure."""
        if self.scene.refusal is not None:
            return None, None, self.scene.refusal
        plugin = self.plugins.get(body["plugin"])
        if plugin is None:
            return None, None, failure(
                u"There is no plug-in %s in %s; discover the plug-ins again." % (clean(body["plugin"]), self.host.name),
                "LookupError")
        number, instance = body.get("instance"), None
        if number is not None:
            state = self.watch.states.get(number)
            if state is None:
                return plugin, None, failure(
                    u"There is no instance %s in %s any more; collect again." % (clean(number), self.host.name), "LookupError")
            instance = state.entity
        declared = self.declared.get(body["plugin"])
        if declared is not None:
            declared.begin(self.watch.context, instance)
        return plugin, instance, None

    def do_process(self, body):
        plugin, instance, failed = self.target(body)
        if failed is not None:
            return failed
        CURRENT.call.words = plugin.__name__
        failed = self.scene.refused(plugin.order)
        if failed is not None:
            return failed
        self.scene.note_stage(plugin.order)
        stop_test = self.registrations.stop_test
        stop_test.before(plugin, self.watch.plugins.plugins)
        failed = self.process(plugin, instance)
        self.problems.note(plugin, instance, failed)
        if failed is not None:
            stop_test.failed(plugin)
        if plugin.order < VALIDATORS:
            self.kept.restore(self.watch.context)
        return failed

    def do_act(self, body):
        plugin, instance, failed = self.target(body)
        if failed is not None:
            return failed
        actions = [action for action in plugin.actions if clean(action.id) == body["action"]]
        if not actions:
            return failure(u"The plug-in %s has no action %s; discover the plug-ins again."
                           % (clean(plugin.__name__), clean(body["action"])), "LookupError")
        CURRENT.call.words = "%s of %s" % (actions[0].__name__, plugin.__name__)
        failed = self.scene.refused(VALIDATORS)
        if failed is not None:
            return failed
        return self.process(plugin, instance, actions[0].id)

    def process(self, plugin, instance, action=None):
        """Has Pyblish process a plug-in. Pyblish itself catches only an `Exception`."""
        context = self.watch.context
        self.pyblish.listen()
        try:
            error = self.pyblish.plugin.process(plugin, context, instance, action)["error"]
            if error is not None and self.is_child():
                raise error
            return None if error is None else self.failed(error)
        except BaseException as error:
            if self.is_child():
                raise
            # SystemExit or KeyboardInterrupt: a result like any other, also for plug-ins. Or an error
            # of a class that Pyblish fails to describe.
            escaped, error = error, raised_by_plugin(error)
            is_told = error is not escaped
            if not is_told and isinstance(error, Exception):
                raise
            frames = own_attribute(error, "__traceback__") if is_told else None
            frames = frames or sys.exc_info()[2]
            trace, frames = formatted(error, frames), traceback.extract_tb(frames)
            try:
                error.formatted_traceback, error.traceback = trace, frames[-1]
            except BaseException:
                pass
            result = {
                "success": False, "plugin": plugin, "instance": instance, "action": action, "error": error,
                "records": [], "duration": (time.time() - CURRENT.call.since) * 1000, "progress": 0, "context": context,
            }
            if not is_told:
                self.pyblish.lib.emit("pluginFailed", plugin=plugin, context=context, instance=instance, error=error)
            context.data.setdefault("results", []).append(result)
            self.pyblish.lib.emit("pluginProcessed", result=result)
            return failure_of(error)

    @staticmethod
    def failed(error):
        """The failure of an error that Pyblish caught. Drops its traceback, which keeps objects
        alive.
        """
        found = failure_of(error)
        if own_attribute(error, "__traceback__") is not None:
            vars(BaseException)["__traceback__"].__set__(error, None)
        return found

    def do_repair(self, body):
        plugin, instance, failed = self.target(body)
        if failed is not None:
            return failed
        CURRENT.call.words = "the repair of %s" % plugin.__name__
        failed = self.scene.refused(VALIDATORS)
        if failed is not None:
            return failed
        error = self.pyblish.plugin.repair(plugin, self.watch.context, instance)["error"]
        return None if error is None else self.failed(error)

    def is_heard(self, event):
        """Whether something is done for this event."""
        return event == SELECT or self.has_callback(event)

    def has_callback(self, event):
        return self.pyblish is not None and bool(self.pyblish.api.registered_callbacks().get(event))

    def do_notify(self, body):
        """As `pyblish.lib.emit`, but a callback gets only the arguments that it takes, and a
        failure is answered.
        """
        given = dict((str(key), value) for key, value in body["arguments"].items())
        context = self.watch.context
        if body["event"] in RUNS:
            self.registrations.stop_test.begin()
        if self.scene.refusal is not None and self.is_heard(body["event"]):
            return self.scene.refusal
        if isinstance(given.get("instance"), text_type):
            instance = self.watch.instance(given["instance"])
            if instance is not None:  # not `if instance`: one without members is false
                given["instance"] = instance
        if body["event"] == SELECT and not self.has_callback(SELECT):
            return select_members(self.host, self.watch, given.get("instances"))
        if isinstance(given.get("plugin"), text_type):
            given["plugin"] = self.plugins.get(given["plugin"], given["plugin"])
        if isinstance(given.get("new_value"), bool):
            given.setdefault("old_value", not given["new_value"])
        given["context"] = context
        failed = None
        for callback in list(self.pyblish.api.registered_callbacks().get(body["event"], [])):
            try:
                names, any_name = arguments_of(callback if inspect.isroutine(callback) else callback.__call__)
            except TypeError:
                names, any_name = [], True
            try:
                callback(**dict((key, value) for key, value in given.items() if any_name or key in names))
            except BaseException as error:
                if failed is None:
                    failed = failure_of(error)
                    failed["title"] = failed["title"] or u"A callback of %s failed" % clean(body["event"])
        return failed

    def do_apply(self, body):
        self.kept.note(self.watch, self.plugins, body["changes"])
        failed = apply_changes(self.watch, self.plugins, body["changes"])
        self.kept.remember(self.declared)
        return failed
