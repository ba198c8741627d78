"""Python's collector of garbage during a run."""
import gc
import unittest
import weakref

import modules  # noqa: F401
from pyblish_endpoint_bridge.garbage import MANY, Garbage


class Cycle(object):
    def __init__(self):
        self.itself = self


@unittest.skipUnless(hasattr(gc, "freeze"), "Python 3.7 or later")
class Collecting(unittest.TestCase):
    def setUp(self):
        self.garbage = Garbage()
        self.addCleanup(self.garbage.end)

    def test_few_instances_change_nothing(self):
        self.garbage.begin(MANY - 1)
        self.assertEqual(gc.get_freeze_count(), 0)
        self.garbage.begin(MANY)
        self.assertGreater(gc.get_freeze_count(), 0)

    def test_what_a_plugin_leaves_is_collected_during_the_run(self):
        self.garbage.begin(MANY)
        left = weakref.ref(Cycle())
        gc.collect()
        self.assertIsNone(left())

    def test_what_a_run_leaves_is_collected_after_it(self):
        thing = Cycle()
        left = weakref.ref(thing)
        self.garbage.begin(MANY)
        del thing
        gc.collect()
        self.assertIsNotNone(left())
        self.garbage.end()
        gc.collect()
        self.assertIsNone(left())

    def test_garbage_is_not_kept_by_the_beginning(self):
        left = weakref.ref(Cycle())
        self.garbage.begin(MANY)
        self.assertIsNone(left())

    def test_what_the_host_froze_stays(self):
        gc.freeze()
        try:
            self.garbage.begin(MANY)
            self.assertFalse(self.garbage.is_frozen)
            self.garbage.end()
            self.assertGreater(gc.get_freeze_count(), 0)
        finally:
            gc.unfreeze()
