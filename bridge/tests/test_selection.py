# -*- coding: utf-8 -*-
"""How the rules see an instance: read as Python reads it, and told where JSON says something else."""
import decimal
import fractions
import unittest
from collections import OrderedDict, deque

import modules  # noqa: F401
import pyblish.api
from families import Alike, Family, Lazy, Loose
from pyblish_endpoint_bridge.changes import Watch
from pyblish_endpoint_bridge.compat import PY2
from pyblish_endpoint_bridge.plugins import describe_plugin, order_of
from pyblish_endpoint_bridge.pyblish_base import Library
from pyblish_endpoint_bridge.selection import FamilyNames
from pyblish_endpoint_bridge.session import JsonChanges
from test_mutations import Words


class Truthless(object):
    """What is false, and is not False."""

    def __bool__(self):
        return False

    __nonzero__ = __bool__


class Selections(unittest.TestCase):
    def setUp(self):
        self.library = Library()
        self.context = pyblish.api.Context()
        self.names = FamilyNames()
        self.names.learn(["model", "rig"])
        self.watch = Watch(self.context, self.library.plugin, Words, self.names)
        self.addCleanup(self.watch.end)

    def changes(self):
        found = []
        for _ in self.watch.search(found):
            pass
        return found

    def told(self, **data):
        """What is told of a new instance: its families, and whether it is left out; or None."""
        self.context.create_instance("one", **data)
        (kind, _, what), = self.changes()
        self.assertEqual(kind, "added")
        return what[3]

    def told_later(self):
        return [(kind, what) for kind, _, what in self.changes() if kind != "datum"]

    def test_what_json_has_is_not_told(self):
        for families in (["model"], ("model", u"rig"), [], [Alike("model")]):
            self.assertIsNone(self.told(family="asset", families=families, publish=False), families)
        self.assertIsNone(self.told(family=Alike("asset")))

    def test_what_python_takes_is_told(self):
        for families in (
                set(["model"]), frozenset(["model"]), {"model": 1}, dict.viewkeys({"model": 1}) if PY2 else {"model": 1}.keys(), deque(["model"]), OrderedDict(model=1),
                Lazy("model"), [Family("model")], (Loose("MODEL"),), [Loose("Model")]):
            families_told, skipped = self.told(family="asset", families=families)
            self.assertEqual((families_told, skipped), (["asset", "model"], False), families)

    def test_generator_is_empty_and_not_read(self):
        families = (name for name in ["model"])
        self.assertEqual(self.told(family="asset", families=families), (["asset"], False))
        self.assertEqual(next(families), "model")

    def test_text_is_its_letters_and_its_object_is_no_text(self):
        self.assertEqual(self.told(family="asset", families="ab"), (["asset", "a", "b"], False))
        (asset, other), _ = self.told(family="asset", families=[5])
        self.assertEqual(asset, "asset")
        self.assertNotEqual(other, "5")

    def test_text_that_only_reads_like_a_family_is_another(self):
        class Stranger(str):
            def __eq__(self, other):
                return self is other

            def __ne__(self, other):
                return self is not other

            __hash__ = str.__hash__

        (family,), _ = self.told(family=Stranger("model"))
        self.assertNotIn(family, ("model", "rig"))

    def test_what_pyblish_fails_on_is_left_to_the_runtime(self):
        for families in (None, 5, object(), set([1]) and [[1]], Lazy(["unhashable"])):
            self.assertIsNone(self.told(family="asset", families=families), families)

    def test_only_false_leaves_out(self):
        for publish in (True, None, 0, 0.0, "", fractions.Fraction(0), Truthless()):
            self.assertEqual(self.told(families=set(), publish=publish)[1], False, publish)
        self.assertEqual(self.told(families=set(), publish=False)[1], True)

    def test_changes_are_told(self):
        one = self.context.create_instance("one", family="asset", families=["model"])
        self.changes()
        one.data["families"] = set(["rig"])
        self.assertEqual(self.told_later(), [("selected", (["asset", "rig"], False))])
        one.data["families"].add("x")
        (_, (families, _)), = self.told_later()
        self.assertEqual(sorted(families), ["asset", "rig", "x"])
        one.data["publish"] = False
        self.assertEqual([what[1] for _, what in self.told_later()], [True])
        # What the runtime could read itself is told on, because nobody can take back what was told.
        one.data["families"] = ["model"]
        self.assertEqual(self.told_later(), [("selected", (["asset", "model"], True))])
        self.assertEqual(self.told_later(), [])

    def test_change_that_only_python_sees(self):
        families, lazy = {"model": 1}, Lazy("model")
        self.told(families=dict.viewkeys(families) if PY2 else families.keys())
        self.told(families=lazy)
        lazy.names = ("rig",)
        self.assertEqual(self.told_later(), [("selected", (["default", "rig"], False))])
        families["rig"] = 2
        (_, (names, _)), = self.told_later()
        self.assertEqual(sorted(names), ["default", "model", "rig"])

    def test_unreadable_families_are_told_as_a_new_instance(self):
        self.told(families=set(["model"]))
        self.told(family="asset")
        self.context[0].data["families"] = None
        self.assertEqual([(kind, what and what[3]) for kind, what in self.told_later()], [
            ("removed", None), ("removed", None), ("added", None), ("added", None)])
        self.assertEqual(self.told_later(), [])

    def test_json(self):
        self.told(family="asset", families=set(["model"]))
        (state,) = self.watch.states.values()
        self.assertTrue(JsonChanges.added(state).endswith(',"selection":{"families":["asset","model"],"skipped":false}}}'))
        self.assertIn('{"selection-set":{"id":', JsonChanges.selected(state))

    def describe(self, **attributes):
        plugin = type("Described", (pyblish.api.InstancePlugin,), attributes)
        left_out = []
        return describe_plugin(plugin, self.library, self.names, left_out), left_out

    def test_families_of_plugins_are_texts_that_equal(self):
        self.assertEqual(self.describe(families=[Alike("model")])[0]["families"], ["model"])
        self.assertFalse(self.names.has_odd)
        self.assertEqual(self.describe(families=[Loose("RIG")])[0]["families"], ["rig"])
        self.assertEqual(self.told(family="Rig"), (["Rig"], False))  # a plain text, and no plug-in's

    def test_orders_are_on_their_side_of_a_boundary(self):
        for order, expected in [
                (True, 1.0), (float("inf"), 1e300), (float("-inf"), -1e300), (10 ** 400, 1e300), (-10 ** 400, -1e300),
                (decimal.Decimal("1.1"), 1.1), (fractions.Fraction(1, 2), 0.5), (0.5, 0.5)]:
            self.assertEqual(order_of(order), expected)
        for boundary in (-0.5, 0.5, 1.5, 2.5, 3.5):
            near = fractions.Fraction(1, 2 ** 80)
            self.assertLess(order_of(fractions.Fraction(boundary) - near), boundary)
            self.assertGreater(order_of(fractions.Fraction(boundary) + near), boundary)

    def test_what_pyblish_never_reads_keeps_no_plugin_out(self):
        class Broken(object):
            id = "x"
            label = property(lambda self: 1 / 0)

        class Refuses(object):
            def __bool__(self):
                raise ValueError("no")

            __nonzero__ = __bool__

            def __str__(self):
                raise ValueError("no")

        told, left_out = self.describe(optional=Refuses(), label=Refuses(), __doc__=5, actions=[Broken()], repair=5)
        self.assertEqual((told["optional"], told["doc"], told["actions"]), (False, "5", []))
        self.assertIn("Refuses", told["label"])
        self.assertEqual(len(left_out), 1)
        self.assertEqual(self.describe(label="")[0]["label"], None)
        self.assertEqual(self.describe(label=Alike("hero"))[0]["label"], "hero")


if __name__ == "__main__":
    unittest.main()
