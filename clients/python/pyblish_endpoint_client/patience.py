"""How long and how often something is tried again: at once, then after growing pauses, until the time is over."""
from __future__ import annotations

import random
import threading
import time
from typing import Optional

#: Seconds of the first pause and of the longest.
FIRST = 0.05
LONGEST = 5.0


class Patience:
    """Of one who has so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """It went well: the next trouble is a new one."""
        self._pause = 0.0
        #: Counted from the first attempt that failed.
        self._end: Optional[float] = None

    def wait(self, stop: threading.Event, at_least: float = 0.0) -> bool:
        """Waits for the next attempt; whether there is time for one. Ends early when it is to stop."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        left = self._end - now
        if left <= 0:
            return False
        # Not all at the same moment, when a server comes back to many.
        pause = max(self._pause * random.uniform(0.5, 1.0), at_least)
        self._pause = min(max(self._pause * 2, FIRST), LONGEST)
        stop.wait(min(pause, left))
        return not stop.is_set()
