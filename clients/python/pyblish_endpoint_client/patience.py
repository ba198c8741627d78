"""How long and how often to try again: at once, then after growing pauses, until the time is over."""
from __future__ import annotations

import random
import threading
import time
from typing import Optional

#: The first pause and the longest one, in seconds.
FIRST = 0.05
LONGEST = 5.0


class Patience:
    """Retries for this many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Notes a success: the next failure starts a new period."""
        self._pause = 0.0
        #: Counted from the first attempt that failed.
        self._end: Optional[float] = None

    def wait(self, stop: threading.Event, at_least: float = 0.0) -> bool:
        """Waits for the next attempt; returns whether there is time for one. Ends early when it
        should stop.
        """
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        left = self._end - now
        if left <= 0:
            return False
        # Random, so that many clients do not all reconnect at the same moment.
        pause = max(self._pause * random.uniform(0.5, 1.0), at_least)
        self._pause = min(max(self._pause * 2, FIRST), LONGEST)
        stop.wait(min(pause, left))
        return not stop.is_set()
