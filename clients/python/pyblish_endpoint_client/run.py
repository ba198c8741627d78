"""A run: a publish, or a part of one, that the session does by itself."""
from __future__ import annotations

import time
from typing import Optional
from urllib.parse import quote

from .errors import TimedOut
from .line import Line
from .shapes import RunInfo, read

#: Seconds between two looks at a run that is waited for: the first, which grows, and the longest.
SOON = 0.02
OFTEN = 0.5


class Run:
    """A run; `Session.start` and `Session.run` have it."""

    def __init__(self, line: Line, session: str, info: RunInfo) -> None:
        self.line = line
        #: As it was when this was made; `read` has it as it is.
        self.info = info
        self.id = info.id
        self.path = session + "/runs/" + quote(info.id, safe="")

    def read(self) -> RunInfo:
        """How far it is, or how it ended."""
        return read(RunInfo, self.line.ask("GET", self.path))

    def cancel(self, grace: Optional[float] = None) -> RunInfo:
        """Asks it to stop: a plug-in at work is asked, and after `grace` seconds (10) stopped by force, and the adapter
        with it. Answered at once; `wait` has how it ended."""
        query = {"grace": grace}
        return read(RunInfo, self.line.ask("POST", self.path + "/cancel", query=query))

    def wait(self, timeout: Optional[float] = None) -> RunInfo:
        """How it ended. Raises TimedOut after so many seconds, the endpoint's `patience` unless said; it goes on then.

        A server that is gone meanwhile is waited for, as `again` of the endpoint says.
        """
        seconds = self.line.patience if timeout is None else timeout
        end, pause = time.monotonic() + seconds, SOON
        while True:
            info = self.line.insist(self.read, first=False)
            if info.state != "running":
                return info
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut("the run %s did not end within %g seconds; it goes on, wait again or cancel it" % (self.id, seconds))
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, OFTEN)

    def report(self, format: str = "json") -> str:
        """What it came to, as text: `json`, `html` or `junit`."""
        answer = self.line.ask_bytes("GET", self.path + "/report", query={"format": format})
        return answer.decode("utf-8")
