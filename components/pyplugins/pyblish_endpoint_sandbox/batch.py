"""The outcomes of the pairs of one `process`, until the runtime knows them.

Telling one outcome costs as much as telling many, so those of quick pairs are told together. Two
things cannot wait. The pairs are those that come if all succeed and change nothing, so from the
first failure or change on, the runtime says before each pair whether it comes. And what a plug-in
says while it works belongs to the first pair that is not finished.
"""
import time

TELL_AFTER = 1000000  # nanoseconds that an outcome waits at most, unless a plug-in takes longer


class Batch(object):
    """The pairs that `process` was given."""

    def __init__(self, lent):
        self.lent = lent  # the runtime's batch
        self.kept = []  # outcomes that are not told yet
        self.goes_on = True  # whether to begin the next pair
        self.is_quiet = True  # whether no pair failed, and none changed anything
        self.told = self.now = time.monotonic_ns()

    def lap(self):
        """Nanoseconds since the last pair ended."""
        before, self.now = self.now, time.monotonic_ns()
        return self.now - before

    def finish(self, outcome):
        """Takes the outcome of a pair. `goes_on` says then whether to begin the next one."""
        self.kept.append(outcome)
        if outcome.failure is not None or outcome.changes:
            self.is_quiet = False
        if not self.is_quiet or self.now - self.told >= TELL_AFTER:
            self.tell()

    def tell(self):
        """Tells what is kept."""
        if self.kept:
            kept, self.kept = self.kept, []
            # Another answer may be there already: a pair that has begun is finished all the same.
            self.goes_on = self.lent.finished(kept) and self.goes_on
            self.told = time.monotonic_ns()
