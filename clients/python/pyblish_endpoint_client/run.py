"""A run: a publish, or a part of one, that the session runs by itself."""
from __future__ import annotations

import time
from typing import Optional
from urllib.parse import quote

from .errors import TimedOut
from .line import Line
from .shapes import RunInfo, read

#: Seconds between two reads while waiting for a run: the first pause, which grows, and the longest.
SOON = 0.02
OFTEN = 0.5


class Run:
    """A run; `Session.start` and `Session.run` return it."""

    def __init__(self, line: Line, session: str, info: RunInfo) -> None:
        self.line = line
        #: Its state when this object was created; `read` returns the current one.
        self.info = info
        self.id = info.id
        self.path = session + "/runs/" + quote(info.id, safe="")

    def read(self) -> RunInfo:
        """Its progress, or how it ended."""
        return read(RunInfo, self.line.ask("GET", self.path))

    def cancel(self, grace: Optional[float] = None) -> RunInfo:
        """Asks it to stop: a running plug-in is asked to stop, and after `grace` seconds (10)
        stopped by force, together with the adapter. Returns at once; `wait` returns how it ended.
        """
        query = {"grace": None if grace is None else 1000 * grace}
        return read(RunInfo, self.line.ask("POST", self.path + "/cancel", query=query))

    def wait(self, timeout: Optional[float] = None) -> RunInfo:
        """Waits, and returns how it ended. Raises TimedOut after this time, by default the
        endpoint's `patience`; the run continues then.

        If the server is gone meanwhile, it waits for it within the endpoint's `again`.
        """
        seconds = self.line.patience if timeout is None else timeout
        end, pause = time.monotonic() + seconds, SOON
        while True:
            info = self.line.insist(self.read, first=False)
            if info.state != "running":
                return info
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut("the run %s did not end within %g seconds; it continues: wait again or cancel it" % (self.id, seconds))
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, OFTEN)

    def report(self, format: str = "json") -> str:
        """Its report, as text: `json`, `html` or `junit`."""
        answer = self.line.ask_bytes("GET", self.path + "/report", query={"format": format})
        return answer.decode("utf-8")
