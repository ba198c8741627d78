"""A job: a publish that was handed over to the studio's hub, which has it."""
from __future__ import annotations

import time
from typing import Optional

from .errors import TimedOut
from .line import Line
from .shapes import EventList, JobInfo, read

#: Seconds between two reads while waiting for a job: the first pause, which grows, and the longest.
SOON = 0.1
OFTEN = 2.0


class Job:
    """A job; `Endpoint.job` returns it."""

    def __init__(self, line: Line, job: int) -> None:
        self.line = line
        self.id = job
        self.path = "/jobs/%d" % job

    def read(self) -> JobInfo:
        """Its state, with its tasks and their attempts."""
        return read(JobInfo, self.line.ask("GET", self.path))

    def cancel(self) -> JobInfo:
        """Cancels it: what has not begun never begins, and workers stop."""
        return read(JobInfo, self.line.ask("POST", self.path + "/cancel"))

    def retry(self) -> JobInfo:
        """Has what failed or was cancelled tried again."""
        return read(JobInfo, self.line.ask("POST", self.path + "/retry", timeout=self.line.patience))

    def wait(self, timeout: Optional[float] = None) -> JobInfo:
        """Waits, and returns how it ended. Raises TimedOut after this time, by default the
        endpoint's `patience`; the job continues then.
        """
        seconds = self.line.patience if timeout is None else timeout
        end, pause = time.monotonic() + seconds, SOON
        while True:
            info = self.line.insist(self.read, first=False)
            if info.state not in ("queued", "running"):
                return info
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut("job %d did not end within %g seconds; it continues: wait again or cancel it" % (self.id, seconds))
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, OFTEN)

    def events(self, task: int, epoch: int, after: Optional[int] = None) -> EventList:
        """What an attempt at a task did, as far as its worker has sent it: up to 1,000 events after
        the one with this `sequence`.
        """
        return read(EventList, self.line.ask("GET", self._attempt(task, epoch) + "/events", query={"after": after}))

    def report(self, task: int, epoch: int, format: str = "json") -> str:
        """The report of an attempt that has ended, as text: `json`, `html` or `junit`."""
        answer = self.line.ask_bytes("GET", self._attempt(task, epoch) + "/report", query={"format": format})
        return answer.decode("utf-8")

    def _attempt(self, task: int, epoch: int) -> str:
        return "%s/tasks/%d/attempts/%d" % (self.path, task, epoch)
