"""Tests of the library for adapters in Python (`runtime/cli/templates/python/sdk`), outside of the
sandbox. `wit_world` is written by componentize-py for each run.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
START = "import sys, componentize_py; sys.exit(componentize_py.script())"
BINDINGS = tempfile.mkdtemp()
atexit.register(shutil.rmtree, BINDINGS, True)
wit = os.path.join(ROOT, "wit")
subprocess.check_call([sys.executable, "-c", START, "--wit-path", wit, "--world", "adapter", "bindings", BINDINGS])
sys.path[:0] = [BINDINGS, os.path.join(ROOT, "runtime", "cli", "templates", "python")]

import sdk  # noqa: E402
from sdk import call as calls  # noqa: E402
from sdk import value as values  # noqa: E402
from sdk.testing import Harness  # noqa: E402
from wit_world.exports import service as exports  # noqa: E402
from wit_world.imports import model  # noqa: E402


class Collect(sdk.ContextPlugin):
    """Collect."""

    def process(self, context):
        context.create_instance("one", family="thing", members=["a"], name="data too")
        context.set("seen", self.settings["count"])


class Check(sdk.InstancePlugin):
    order = sdk.VALIDATE
    tolerance = 2
    attribute_defs = [
        sdk.attribute("tolerance", "integer", minimum=0, maximum=10, default=2),
        sdk.attribute("quality", "choice", scope="instance", choices=[("draft", "Draft"), "final"], readonly=True),
    ]
    actions = [sdk.action("mark", "Mark it", on="failed")]
    deed = staticmethod(lambda instance: None)

    def process(self, instance):
        type(self).deed(instance)

    def act(self, action, target):
        target.set("marked", action)


class Other(sdk.ContextPlugin):
    order = sdk.VALIDATE + 0.1

    def process(self, context):
        pass


class Things(sdk.Adapter):
    """Things."""

    name, version, hosts = "things", "0.1.0", ["things"]
    settings = [sdk.integer("count", "How many.", default=2)]
    grants = [
        sdk.readable("/in", "Files."),
        sdk.address("127.0.0.1:4000"),
        sdk.environment("SHOW"),
        sdk.running_host("blender", start="Start Blender.", optional=True),
    ]
    plugins = [Collect, Check, Other]

    def open(self):
        if self.opening.settings["count"] < 0:
            raise sdk.PublishError("count is negative: give 0 or more")

    def host(self):
        return {"user": self.opening.user, "in": self.opening.host_path("/in/a.exr")}

    def notify(self, event, arguments, context):
        context.set("heard", [event, arguments["on"]])


class Sdk(unittest.TestCase):
    def setUp(self):
        folder = exports.GrantedFolder("/in", "/srv/in", False)
        self.harness = Harness(Things, folders=[folder])
        self.addCleanup(setattr, Check, "deed", Check.deed)
        self.assertIsNone(self.harness.process("Collect").failure)

    def failure(self, deed):
        Check.deed = staticmethod(deed)
        outcome = self.harness.process("Check", "one")
        self.assertIsNotNone(outcome.failure)
        return outcome.failure

    def test_description_has_all_it_asks_for(self):
        kinds = [type(grant).__name__ for grant in Things.described().grants]
        self.assertEqual(kinds, [f"GrantRequest_{kind}" for kind in ("Folder", "Address", "Environment", "Host")])
        self.assertEqual(Things.described().settings[0].default, model.Value_Integer(2))
        self.assertEqual([plugin.doc for plugin in self.harness.plugins], ["Collect.", None, None])

    def test_attributes_are_declared_and_taken(self):
        tolerance, quality = self.harness.declared["Check"]
        self.assertEqual(tolerance.kind, model.AttributeKind_Integer(model.IntegerRange(0, 10)))
        self.assertEqual((tolerance.scope, tolerance.default), (model.AttributeScope.PLUGIN, model.Value_Integer(2)))
        draft = model.AttributeChoice(model.Value_Text("draft"), "Draft")
        self.assertEqual(quality.kind.value[0], draft)
        self.assertTrue(quality.read_only)
        seen = []
        Check.deed = staticmethod(lambda instance: seen.append(self.harness.session.plugins["Check"].tolerance))
        self.harness.process("Check", "one")
        self.harness.set(None, "Check.tolerance", 5)
        self.harness.process("Check", "one")
        self.assertEqual((seen, Check.tolerance), ([2, 5], 2))
        with self.assertRaisesRegex(ValueError, "type='colour' is none of boolean"):
            sdk.attribute("a", "colour")

    def test_session_is_opened(self):
        self.assertEqual(self.harness.host, {"user": "tester", "in": "/srv/in/a.exr"})
        self.assertEqual(self.harness.context.data, {"seen": 2})
        with self.assertRaisesRegex(AssertionError, "count is negative"):
            Harness(Things, count=-1)

    def test_frontend_and_events_change_the_context(self):
        instance = self.harness.context.find("one")
        self.assertEqual((instance.members, instance.data["name"]), (["a"], "data too"))
        changes = self.harness.set("one", "publish", False).changes
        owner = model.DataOwner_Instance(instance.id)
        self.assertEqual(changes, [model.Change_DataSet(model.DataSet(owner, "publish", model.Value_Boolean(False)))])
        self.harness.notify("published", on=["i1"])
        self.assertEqual(self.harness.context.data["heard"], ["published", ["i1"]])
        added = model.Instance("x", "two", [model.Datum("family", model.Value_Text("b"))], [], None)
        self.assertEqual(len(self.harness.apply([model.Change_InstanceAdded(added)]).changes), 1)
        self.assertEqual(self.harness.context.find("two").data, {"family": "b"})

    def test_action_gets_what_is_meant(self):
        self.harness.act("Check", "mark", "one")
        self.harness.act("Check", "mark")
        self.assertEqual(self.harness.context.find("one").data["marked"], "mark")
        self.assertEqual(self.harness.context.data["marked"], "mark")

    def test_values_keep_their_form(self):
        for value, expected in [
            (None, model.Value_Null()),
            (True, model.Value_Boolean(True)),
            (-7, model.Value_Integer(-7)),
            (2**63, model.Value_Json("9223372036854775808")),
            (0.5, model.Value_Number(0.5)),
            (1e-05, model.Value_Json("1e-05")),
            ("h\u00e9", model.Value_Text("h\u00e9")),
            ([], model.Value_Texts([])),
            (["a"], model.Value_Texts(["a"])),
            (["a", 1], model.Value_Json('["a", 1]')),
            ({"a": None}, model.Value_Json('{"a": null}')),
        ]:
            found = values.to_model(value)
            self.assertEqual((type(found), found), (type(expected), expected))
            self.assertEqual(values.from_model(found), value)
        self.assertEqual(values.to_model("\udcff").value, "\\udcff")
        self.assertEqual(values.from_model(values.to_model({"a": "\udcff"})), {"a": "\\udcff"})
        self.assertRaises(ValueError, values.to_model, float("nan"))

    def test_failures_have_a_kind(self):
        def missing(_):
            raise sdk.PublishError("Frame 2 is missing", title="Missing", detail="of 3", kind="FramesMissing")

        failure = self.failure(missing)
        self.assertEqual((failure.kind.value, failure.title, failure.detail), ("FramesMissing", "Missing", "of 3"))
        self.assertTrue(failure.location.file.endswith("test_sdk.py"))
        self.assertEqual(self.failure(lambda _: 1 / 0).kind.value, "ZeroDivisionError")
        failure = self.failure(lambda _: open("/nowhere/at all"))
        self.assertEqual(failure.message, "/nowhere/at all: No such file or directory")
        failure = self.failure(lambda _: os.rename("/nowhere/a", "/nowhere/b"))
        self.assertEqual(failure.message, "/nowhere/a -> /nowhere/b: No such file or directory")

    def test_progress_and_cancel(self):
        def long(_):
            sdk.progress(0.5, "half way")
            sdk.stop_if_cancelled()

        Check.deed = staticmethod(long)
        self.assertIsNone(self.harness.process("Check", "one").failure)
        self.assertEqual(self.harness.progress, [(0.5, "half way")])
        self.harness.cancelled = True
        self.assertEqual(self.failure(long).kind, model.FailureKind_Cancelled())
        # Outside of a call, both do nothing.
        sdk.progress(1.0)
        self.assertFalse(sdk.cancelled())

    def test_outcomes_are_told_before_records(self):
        told = []

        class Batch:
            def finished(self, outcomes):
                told.append(len(outcomes))
                return "word" not in told

        class Call:
            def log(self, entry):
                told.append(entry.message)

            def cancelled(self):
                return False

        kept = calls.TELL_AFTER
        calls.TELL_AFTER = 10**12
        self.addCleanup(setattr, calls, "TELL_AFTER", kept)
        session, pair = self.harness.session, model.Pair("Check", "i1")
        said = iter([None, None, "word", "stop", None])

        def deed(_):
            word = next(said)
            if word:
                logging.getLogger("x").info(word)

        Check.deed = staticmethod(deed)
        session.process(Call(), Batch(), [pair] * 5)
        # The runtime says no when the fourth pair has begun: that is told, and the fifth is left.
        self.assertEqual(told, [2, "word", 1, "stop", 1])

    def test_pairs_after_a_failure_are_asked_for(self):
        told = []

        class Batch:
            def finished(self, outcomes):
                told.append(len(outcomes))
                return True

        kept = calls.TELL_AFTER
        calls.TELL_AFTER = 10**12
        self.addCleanup(setattr, calls, "TELL_AFTER", kept)
        deeds = iter([None, ValueError("no"), None, None])

        def deed(_):
            error = next(deeds)
            if error:
                raise error

        Check.deed = staticmethod(deed)
        self.harness.session.process(object(), Batch(), [model.Pair("Check", "i1")] * 4)
        self.assertEqual(told, [2, 1, 1])

    def test_each_plugin_is_told_for_itself(self):
        told = []

        class Batch:
            def finished(self, outcomes):
                told.append(len(outcomes))
                return True

        kept = calls.TELL_AFTER
        calls.TELL_AFTER = 10**12
        self.addCleanup(setattr, calls, "TELL_AFTER", kept)
        pairs = [model.Pair("Check", "i1")] * 2 + [model.Pair("Other", None)] * 3
        self.harness.session.process(object(), Batch(), pairs)
        self.assertEqual(told, [2, 3])

    def test_copies_are_all_or_none(self):
        with tempfile.TemporaryDirectory() as place:
            one, other = os.path.join(place, "one"), os.path.join(place, "other")
            os.mkdir(one)
            os.mkdir(other)
            for name in "ab":
                with open(os.path.join(one, name), "w") as file:
                    file.write(name)
            copied = sdk.copy(one, other, ["a", ("b", "c")])
            self.assertEqual([file.size for file in copied], [1, 1])
            self.assertTrue(copied[0].sha256.startswith("ca978112ca1bbdca"))
            self.assertEqual(sorted(os.listdir(other)), ["a", "c"])
            with self.assertRaises(sdk.CopyError) as caught:
                sdk.copy(one, other, [("a", "d"), ("b", "c")])
            self.assertEqual((caught.exception.code, caught.exception.path), ("already-exists", f"{other}/c"))
            self.assertEqual(sorted(os.listdir(other)), ["a", "c"])


class Connections(unittest.TestCase):
    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def serve(self, *parts):
        def work():
            other, _ = self.listener.accept()
            with other:
                other.recv(100)
                for part in parts:
                    other.sendall(part)

        thread = threading.Thread(target=work)
        thread.start()
        self.addCleanup(thread.join)

    def test_lines_and_bytes_arrive(self):
        self.serve(b"first ", b"line\nsec", b"ond\n12345rest")
        with sdk.connect(self.address, timeout=5) as connection:
            connection.send(b"go")
            self.assertEqual(connection.receive_line(), b"first line\n")
            self.assertEqual(connection.receive_line(), b"second\n")
            self.assertEqual(connection.receive_exactly(5), b"12345")
            self.assertEqual(connection.receive_exactly(2) + connection.receive_exactly(2), b"rest")
            self.assertEqual(connection.receive(), b"")
            with self.assertRaisesRegex(ConnectionError, "has closed the connection"):
                connection.receive_line()

    def test_silence_has_a_limit(self):
        with sdk.connect(self.address, timeout=0.2) as connection:
            began = time.monotonic()
            with self.assertRaisesRegex(TimeoutError, f"{self.address} does not answer in time"):
                connection.receive()

    def test_missing_listener_is_named(self):
        self.listener.close()
        with self.assertRaisesRegex(ConnectionRefusedError, self.address):
            sdk.connect(self.address)
        for wrong in ["localhost", ":1", "localhost:99999"]:
            self.assertRaises(ValueError, sdk.connect, wrong)


if __name__ == "__main__":
    unittest.main()
