"""A search for what changed that takes several turns of the host."""
import gc
import unittest

import modules  # noqa: F401
import pyblish.api
from pyblish_endpoint_bridge.changes import PART, Watch
from pyblish_endpoint_bridge.pyblish_base import Library
from pyblish_endpoint_bridge.search import Search
from test_mutations import Mirror, Words


class Searches(unittest.TestCase):
    def setUp(self):
        self.context = pyblish.api.Context()
        self.watch = Watch(self.context, Library().plugin, Words)
        self.addCleanup(self.watch.end)
        self.mirror = Mirror([])
        self.names = ["object%d" % number for number in range(3 * PART)]
        for name in self.names:
            self.context.create_instance(name, family="model")

    def search(self, **options):
        found = []
        return Search(self.watch.search(found, **options), found)

    def turns(self, search, meanwhile=lambda: None):
        """Goes on a part at a time, with this in between; answers how many turns it took."""
        count = 1
        while not search.go_on(Once()):
            count += 1
            meanwhile()
        for change in search.found:
            self.mirror.apply(change)
        return count

    def told(self):
        return [name for name, _, _, _ in self.mirror.instances.values()]

    def test_instances_are_found_in_several_turns(self):
        self.assertGreater(self.turns(self.search()), 3)
        self.assertEqual(self.told(), self.names)
        self.assertEqual(self.search().all(), [])

    def test_what_changes_in_between_is_found(self):
        def artist():
            self.context[0].data["seen"] = True
            if self.context[-1].name != "late":
                self.context.create_instance("late", family="model")
                self.context.remove(self.context[1])

        self.turns(self.search(), artist)
        self.turns(self.search(whole=True))
        self.assertEqual(self.told(), [self.names[0]] + self.names[2:] + ["late"])
        told = [data for _, data, _, _ in self.mirror.instances.values()]
        self.assertEqual(told[0]["seen"], "true")

    def test_looking_at_everything_takes_several_turns(self):
        self.turns(self.search())
        self.assertGreater(self.turns(self.search(whole=True)), 3)

    def test_new_owner_is_told_everything_after_half_a_search(self):
        self.assertFalse(self.search().go_on(Once()))
        for change in self.watch.everything():
            self.mirror.apply(change)
        self.assertEqual(self.told(), self.names)
        self.assertEqual(self.search().all(), [])

    def test_collector_of_garbage_is_on_between_turns(self):
        self.turns(self.search(), lambda: self.assertTrue(gc.isenabled()))


class Once(object):
    """A turn that is over after one part."""

    looked = False

    def __call__(self):
        was, self.looked = self.looked, True
        return was
