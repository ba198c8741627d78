"""When the outcomes of pairs are told."""
import unittest

import support  # noqa: F401
from pyblish_endpoint_bridge import calls
from pyblish_endpoint_sandbox import batch as batches
from pyblish_endpoint_sandbox.output import Errors
from wit_world.imports import model

QUIET = model.Outcome(None, [], 1)
CHANGED = model.Outcome(None, [model.Change_InstanceRemoved("a")], 1)
FAILED = model.Outcome(model.Failure(model.FailureKind_Raised("E"), None, "no", None, None, None), [], 1)


class Lent(object):
    """In place of the runtime's batch."""

    def __init__(self, answers=()):
        self.told = []
        self.answers = list(answers)

    def finished(self, outcomes):
        self.told.append(len(outcomes))
        return self.answers.pop(0) if self.answers else True


class Batch(unittest.TestCase):
    def setUp(self):
        self.clock = 0
        real = batches.time
        batches.time = self
        self.addCleanup(setattr, batches, "time", real)

    def monotonic_ns(self):
        return self.clock

    def finish(self, batch, outcome=QUIET, took=1000):
        self.clock += took
        self.assertEqual(batch.lap(), took)
        batch.finish(outcome)
        return batch.goes_on

    def test_quick_pairs_are_told_together(self):
        lent = Lent()
        batch = batches.Batch(lent)
        for _ in range(3):
            self.assertTrue(self.finish(batch))
        self.assertEqual(lent.told, [])
        batch.tell()
        batch.tell()
        self.assertEqual(lent.told, [3])

    def test_nothing_waits_longer_than_a_millisecond(self):
        lent = Lent()
        batch = batches.Batch(lent)
        self.finish(batch, took=400000)
        self.finish(batch, took=599999)
        self.assertEqual(lent.told, [])
        self.finish(batch, took=1)
        self.assertEqual(lent.told, [3])

    def test_failure_and_change_are_told_at_once(self):
        lent = Lent()
        batch = batches.Batch(lent)
        self.finish(batch)
        self.finish(batch, CHANGED)
        self.finish(batch, FAILED)
        self.assertEqual(lent.told, [2, 1])
        # The runtime says of each pair from here on whether it comes.
        self.finish(batch)
        self.finish(batch)
        self.assertEqual(lent.told, [2, 1, 1, 1])

    def test_no_ends_the_batch(self):
        batch = batches.Batch(Lent([False]))
        self.assertFalse(self.finish(batch, CHANGED))
        # Told in the middle of a pair: it is finished, and no other is begun, whatever comes then.
        lent = Lent([False, True])
        batch = batches.Batch(lent)
        self.assertTrue(self.finish(batch))
        batch.tell()
        self.assertFalse(self.finish(batch, CHANGED))
        self.assertEqual(lent.told, [1, 1])

    def test_errors_are_printed_after_what_is_finished(self):
        said = []

        class Call(object):
            def begin_saying(self):
                said.append("told")

        class Stream(object):
            def write(self, text):
                said.append(text)

        stream = Errors(Stream())
        stream.write("before")
        calls.CURRENT.call = Call()
        self.addCleanup(setattr, calls.CURRENT, "call", None)
        stream.write("within")
        self.assertEqual(said, ["before", "told", "within"])


if __name__ == "__main__":
    unittest.main()
