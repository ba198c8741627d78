# -*- coding: utf-8 -*-
"""Plug-ins that change each other, themselves and the targets in mid-run run as in plain Pyblish."""
import os
import shutil
import tempfile
import unittest

from plain import AsInPlain
from support import WithHost

HEAD = u"""# -*- coding: utf-8 -*-
import pyblish.api
import pyblish.plugin
from noting import note

def plugins():
    # Those of the run, also where a plug-in was registered: Pyblish runs a class made of it.
    found, waiting = {}, [pyblish.api.ContextPlugin, pyblish.api.InstancePlugin]
    while waiting:
        for class_ in waiting.pop().__subclasses__():
            found[class_.__name__] = class_
            waiting.append(class_)
    return found

class Collect(pyblish.api.ContextPlugin):
    order = -0.4
    def process(self, context):
        context.create_instance("one", family="model")
        context.create_instance("two", family="rig", families=["extra"])

class Validate(pyblish.api.InstancePlugin):
    order = 1
    families = ["model"]
    def process(self, instance):
        note(type(self).__name__, instance.name)

class Extract(pyblish.api.InstancePlugin):
    order = 2
    families = ["none"]
    def process(self, instance):
        note(type(self).__name__, instance.name)

class Other(pyblish.api.ContextPlugin):
    order = 1.2
    targets = ["farm"]
    def process(self, context):
        note("Other")

"""

CHANGE = u"""
class Change(pyblish.api.ContextPlugin):
    order = %s
    def process(self, context):
        all = plugins()
        %s
"""


class Runs(AsInPlain):
    def change(self, line, names, order="0", more=u""):
        text = HEAD + CHANGE % (order, line) + more
        found, _ = self.compare({"plugins/changing.py": text})
        for publish in found:
            self.assertEqual([pair[:2] for pair in publish if pair[0] in ("Validate", "Extract", "Other", "More")], names)

    def test_nothing_changed(self):
        self.change("pass", [["Validate", "one"]])

    def test_families_are_set(self):
        self.change('all["Validate"].families = ["rig"]', [["Validate", "two"]])
        self.change('all["Extract"].families = ["*"]', [["Validate", "one"], ["Extract", "one"], ["Extract", "two"]])

    def test_families_are_changed_in_place(self):
        self.change('all["Validate"].families.append("extra")', [["Validate", "one"], ["Validate", "two"]])
        self.change('del all["Validate"].families[:]', [])
        self.change('all["Validate"].families[0] = "rig"', [["Validate", "two"]])

    def test_families_are_set_by_a_validator(self):
        # A plug-in that matched nothing after collection is out for good; one that did is read anew.
        self.change('all["Extract"].families = ["model"]', [["Validate", "one"]], "1.1")
        self.change('all["Extract"].families.append("model")', [["Validate", "one"]], "1.1")
        self.change('all["Validate"].families = []', [], "0.9")

    def test_families_are_deleted(self):
        self.change('del all["Validate"].families', [["Validate", "one"], ["Validate", "two"]])

    def test_plugin_changes_itself(self):
        more = u"""
class More(pyblish.api.InstancePlugin):
    order = 1.1
    def process(self, instance):
        type(self).families = ["rig"]
        type(self).active = False
"""
        self.change("pass", [["Validate", "one"], ["More", "one"], ["More", "two"]], more=more)

    def test_match_is_set(self):
        self.change('all["Validate"].match = pyblish.api.Exact; all["Validate"].families = ["rig"]', [])
        self.change('all["Validate"].match = pyblish.api.Subset; all["Validate"].families = []', [["Validate", "one"], ["Validate", "two"]])

    def test_targets_of_a_plugin(self):
        self.change('all["Other"].targets = ["default"]', [["Validate", "one"], ["Other", None]])
        self.change('all["Other"].targets.append("default")', [["Validate", "one"], ["Other", None]])
        self.change('all["Validate"].targets = ["farm"]', [])

    def test_registered_targets(self):
        self.times = 1
        self.change('pyblish.api.register_target("farm")', [["Validate", "one"], ["Other", None]])
        # Too late: the second pass has begun.
        self.change('pyblish.api.register_target("farm")', [["Validate", "one"]], "1")

    def test_targets_of_the_next_publish(self):
        text = HEAD + CHANGE % ("1", 'pyblish.api.register_target("farm") if not context.data.get("x") else None')
        found, _ = self.compare({"plugins/changing.py": text})
        self.assertEqual([sum(pair[0] == "Other" for pair in publish) for publish in found], [0, 1])

    def test_target_is_deregistered(self):
        text = HEAD + CHANGE % ("0", "pyblish.api.deregister_target('farm', quiet=True)")
        found, _ = self.compare({"plugins/changing.py": text}, PYBLISH_TARGETS="farm")
        self.assertEqual([sum(pair[0] == "Other" for pair in publish) for publish in found], [0, 0])
        self.assertEqual(self.about["registeredTargets"], ["farm"])

    def test_order_and_active(self):
        fails = u"""
class More(pyblish.api.InstancePlugin):
    order = 1.1
    def process(self, instance):
        raise ValueError()
"""
        two = [["Validate", "one"], ["More", "one"], ["More", "two"]]
        self.change('all["Extract"].families = ["*"]', two, more=fails)
        # An extractor that says that it is a validator is not stopped, and runs in its old place.
        self.change('all["Extract"].families = ["*"]; all["Extract"].order = 1.2', two + [["Extract", "one"], ["Extract", "two"]], more=fails)
        self.change('all["More"].order = 5', two, more=fails)
        self.change('all["More"].active = False', [["Validate", "one"]], more=fails)

    def test_mixins_and_bases(self):
        mixed = u"""
class Mixin(object):
    families = ["none"]

class More(Mixin, pyblish.api.InstancePlugin):
    order = 1.3

    def process(self, instance):
        pass
"""
        self.change('all["More"].__mro__[1].families = ["model"]', [["Validate", "one"], ["More", "one"]], more=mixed)
        self.change('all["More"].__mro__[1].families.append("rig")', [["Validate", "one"], ["More", "two"]], more=mixed)
        computed = mixed.replace(u'families = ["none"]', u'families = pyblish.lib.classproperty(lambda owner: owner.now)\n    now = ["none"]')
        self.change('all["More"].now = ["rig"]', [["Validate", "one"], ["More", "two"]], more=u"import pyblish.lib\n" + computed)

    def test_registered_plugin(self):
        more = u"""
class _Late(pyblish.api.InstancePlugin):
    order = 1.3
    families = ["none"]

    def process(self, instance):
        pass

_Late.__name__ = "More"
pyblish.api.register_plugin(_Late)
"""
        # The class that was registered, of which Pyblish makes another one.
        self.change('pyblish.plugin._registered_plugins["More"].families = ["rig"]', [["Validate", "one"], ["More", "two"]], more=more)


class Told(WithHost):
    """What is told besides what decides a run."""

    FILE = HEAD.replace(u"from noting import note", u"note = print") + u"""
class Act(pyblish.api.Action):
    pass

class Label(pyblish.api.ContextPlugin):
    actions = [Act]
    def process(self, context):
        all = plugins()
        all["Validate"].label, all["Validate"].optional = "It", True
        all["Validate"].actions = [Act]
        all["Label"].cache = 1

class Offer(pyblish.api.ContextPlugin):
    def process(self, context):
        Act.on = "failed"
        plugins()["Other"].families = plugins()["Other"].families

class Grow(pyblish.api.InstancePlugin):
    def process(self, instance):
        plugins()["Extract"].families.append("more")

class Nothing(pyblish.api.InstancePlugin):
    def process(self, instance):
        pass

class TakeTime(pyblish.api.ContextPlugin):
    def process(self, context):
        import pyblish_endpoint_bridge as bridge
        bridge.AHEAD = 3600
"""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "changing.py"), "w") as file:
            file.write("from __future__ import print_function\n" + cls.FILE)
        cls.paths = [cls.folder]
        super(Told, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(Told, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def test_only_what_changed_is_told(self):
        (changed,) = self.changes("Label")
        told = changed["plugin-changed"]
        before = next(plugin for plugin in self.found["plugins"] if plugin["name"] == "Validate")
        differs = sorted(key for key in told if told[key] != before[key])
        self.assertEqual((differs, sorted(told)), (["actions", "label", "optional"], sorted(before)))
        self.assertEqual(self.changes("Label"), [])
        names = [change["plugin-changed"]["name"] for change in self.changes("Offer")]
        self.assertEqual(sorted(names), ["Label", "Validate"])  # both have the action
        self.assertEqual(self.changes("Offer"), [])

    def test_list_is_told_at_the_end_of_a_turn(self):
        self.changes("TakeTime")
        added = self.changes("Collect")
        one, two = [change["instance-added"]["id"] for change in added if "instance-added" in change]
        pairs = [[self.ids[name], instance] for name in ("Nothing", "Grow", "Nothing") for instance in (one, two)]
        self.client.ask("process", plugin=pairs[0][0], instance=one, then=pairs[1:])
        outcomes = []
        while len(outcomes) < 4:
            kind, body = self.client.receive()
            self.assertEqual(kind, "outcome")
            outcomes.append(body)
        self.assertEqual([outcome["changes"] for outcome in outcomes[:3]], [[], [], []])
        (changed,) = outcomes[3]["changes"]
        self.assertEqual(changed["plugin-changed"]["families"], ["none", "more", "more"])
        self.assertFalse(outcomes[3]["next"])  # the plan is another one now
        self.assertEqual(self.client.receive()[1]["pairs"], 4)
        self.client.number += 3

    def test_discovery_tells_targets(self):
        self.assertEqual(self.found["targets"], [])


if __name__ == "__main__":
    unittest.main()
