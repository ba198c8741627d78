# -*- coding: utf-8 -*-
"""The session: what each request does, and its answer as JSON."""
from __future__ import absolute_import, division, print_function

import os
import re
import time

from .calls import Call
from .compat import ordered
from .errors import Gone, Misuse
from .limits import CANCEL_PAUSE
from .text import clean, to_json
from .values import key_text
from .work import Work

OUTCOME = '{"outcome":{'
# A change that does not change how the rules see an instance: the pairs that come next stay the same.
KEEPS_PLAN = re.compile(
    r'{"(?:members-set"|data-(?:un)?set":{"instance":(?:null,|"[^"]*","key":"(?!family"|families"|publish")))')


class JsonChanges(object):
    """Writes changes as PROTOCOL.md has them."""

    @staticmethod
    def added(state):
        return '{"instance-added":{"id":%s,"name":%s,"data":[%s],"members":%s,"selection":%s}}' % (
            state.json_id,
            to_json(clean(state.entity.name)),
            ",".join("[%s,%s]" % (to_json(key_text(key)), state.shown[key]) for key in list(state.shown)),
            to_json(state.members),
            JsonChanges.selection(state.selection),
        )

    @staticmethod
    def selection(selection):
        return "null" if selection is None else '{"families":%s,"skipped":%s}' % (
            to_json(selection.families), "true" if selection.skipped else "false")

    @staticmethod
    def selected(state):
        return '{"selection-set":{"id":%s,"selection":%s}}' % (state.json_id, JsonChanges.selection(state.selection))

    @staticmethod
    def removed(state):
        return '{"instance-removed":{"id":%s}}' % state.json_id

    @staticmethod
    def members(state):
        return '{"members-set":{"id":%s,"members":%s}}' % (state.json_id, to_json(state.members))

    @staticmethod
    def datum(state, key, shown):
        """A key that was set to this JSON, or unset if that is None."""
        if shown is None:
            return '{"data-unset":{"instance":%s,"key":%s}}' % (state.json_id, to_json(key))
        return '{"data-set":{"instance":%s,"key":%s,"value":%s}}' % (state.json_id, to_json(key), shown)

    @staticmethod
    def targets(targets):
        return '{"targets-set":%s}' % to_json(targets)

    @staticmethod
    def stop_test(stops):
        return '{"stop-test-set":%s}' % to_json(stop_test(stops))

    @staticmethod
    def activated(plugin, active):
        return '{"plugin-activated":{"plugin":%s,"active":%s}}' % (to_json(plugin), "true" if active else "false")

    @staticmethod
    def plugin(told):
        return '{"plugin-changed":%s}' % to_json(told)


def stop_test(stops):
    """A test of when to stop: null for Pyblish's own."""
    return None if stops is None else [{"plugin": plugin, "reason": why} for plugin, why in stops]


class Request(Call):
    """A call by the adapter at the other end of a connection."""

    asked = 0.0  # when it was last looked for a cancel

    def __init__(self, connection, number, words, request=None, since=None):
        Call.__init__(self, words, since)
        self.connection = connection
        self.number = number
        self.request = number if request is None else request  # the id that a cancel names

    def tell_record(self, record):
        self.send("record", {"id": self.number, "record": record})

    def tell_progress(self, fraction, message):
        self.send("progress", {"id": self.number, "fraction": fraction, "message": message})

    def send(self, kind, body):
        try:
            self.connection.send('{"%s":%s}' % (kind, to_json(body)))
        except Gone:
            self.connection.abandoned = True  # nobody waits for the answer any more

    def cancelled(self):
        connection = self.connection
        now = time.time()
        if not 0 <= now - self.asked < CANCEL_PAUSE:
            self.asked = now
            connection.look_for_cancel()
        return connection.abandoned or connection.cancelled == self.request


class Session(Work):
    """The work, with requests in JSON and answers in JSON."""

    def __init__(self, host):
        Work.__init__(self, host, JsonChanges)
        self.pid = os.getpid()
        self.keeps_plan = False  # whether the pairs after the last one are those that were planned
        # Of the call that has ended and was not answered: its failure, and the search for what it changed.
        self.untold = None

    def is_child(self):
        return os.getpid() != self.pid

    def answer(self, connection, kind, body, is_late=None):
        """The answer to a request, as JSON text. If the host's turn `is_late` before all that changed is
        found, it is empty, and `told` has it in another turn: there may be much.
        """
        number = body["id"]
        if kind == "ping":
            return '{"pong":{"id":%d}}' % number
        if kind == "close":
            return '{"closed":{"id":%d}}' % number
        if kind == "open":
            return self.open(connection, number, body)
        self.must_be_open(connection, number, kind)
        if kind == "discover":
            return self.discover(connection, number, body)
        self.untold = self.do(Request(connection, number, kind, body.get("request")), kind, body)
        return self.told(number, is_late)

    def pair(self, call, plugin, instance, ends_turn, is_late=None):
        """The answer to one pair of a `process`, as `answer` has it."""
        self.untold = self.do_pair(call, plugin, instance, ends_turn)
        return self.told(call.number, is_late)

    def told(self, number, is_late=None):
        """The answer to the last call, which has ended; empty if it `is_late` again."""
        failed, search = self.untold
        if not search.go_on(is_late):
            return ""
        self.untold = None
        self.keeps_plan = failed is None and all(KEEPS_PLAN.match(change) for change in search.found)
        return self.outcome(number, failed, search.found)

    @staticmethod
    def outcome(number, failed, changes):
        return '{"outcome":{"id":%d,"failure":%s,"changes":[%s]}}' % (
            number, "null" if failed is None else to_json(failed), ",".join(changes))

    @staticmethod
    def must_be_open(connection, number, kind):
        if not connection.open:
            raise Misuse("not-open", "`%s` before `open`; an adapter opens a session each time it connects" % kind, number)

    def open(self, connection, number, body):
        found, failed = self.ask(Request(connection, number, "open"), self.opened, body)
        if failed is not None:
            return self.failure(number, failed)
        connection.open = True
        return '{"opened":{"id":%d,"host":%s,"context":[%s]}}' % (number, to_json(found[0]), ",".join(found[1]))

    def discover(self, connection, number, body):
        found, failed = self.ask(Request(connection, number, "discover"), self.discovered, body)
        if failed is not None:
            return self.failure(number, failed)
        return '{"discovery":%s}' % to_json(ordered([
            ("id", number),
            ("plugins", found.plugins),
            ("broken", [{"file": path, "failure": why} for path, why in found.broken]),
            ("left-out", [{"name": name, "file": path, "reason": why} for name, path, why in found.left_out]),
            ("hosts", found.hosts),
            ("targets", found.targets),
            ("stop-test", stop_test(found.stops)),
        ]))

    @staticmethod
    def failure(number, failed):
        return '{"failed":{"id":%d,"failure":%s}}' % (number, to_json(failed))
