"""What can go wrong. Each error names the thing, the reason and the next step; `str(error)` can be shown as it is."""
from __future__ import annotations

from typing import Any, Dict, Optional


class EndpointError(Exception):
    """Anything that this package raises."""


class NoEndpoint(EndpointError):
    """None is running that was meant, or more than one."""


class Unreachable(EndpointError):
    """There is no connection. Nothing was done."""


class ConnectionLost(EndpointError):
    """The connection ended before the answer came. What was asked for may have been done, or not."""


class TimedOut(EndpointError):
    """The answer, or the end of a run, did not come in time. What was asked for goes on."""


class BadAnswer(EndpointError):
    """It answered what no Pyblish Endpoint answers, or none of this version."""


class Problem(EndpointError):
    """What the server says is wrong (RFC 9457), and in `detail` what to do next."""

    status: int
    title: str
    detail: str
    #: The run that is in the way.
    run: Optional[str]
    #: What was to be changed, as it is now.
    current: Optional[Dict[str, Any]]

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        run: Optional[str] = None,
        current: Optional[Dict[str, Any]] = None,
    ) -> None:
        super().__init__("%s: %s" % (title, detail))
        self.status = status
        self.title = title
        self.detail = detail
        self.run = run
        self.current = current


class Unauthorized(Problem):
    """401: without the token, or with that of another server."""


class NotFound(Problem):
    """404: there is no such session, plug-in, instance or run."""


class Conflict(Problem):
    """409: somebody else changed it meanwhile (`current`), or a run is under way (`run`)."""


class TryLater(Problem):
    """429 or 503 with `Retry-After`: there is too much to do just now."""

    #: Seconds.
    retry_after: float = 1.0
