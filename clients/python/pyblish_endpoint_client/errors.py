"""What can go wrong. Each error names the thing, the reason and the next step; `str(error)` can be
shown to users.
"""
from __future__ import annotations

from typing import Any, Dict, Optional


class EndpointError(Exception):
    """The base class of all errors of this package."""


class NoEndpoint(EndpointError):
    """No matching server is running, or more than one."""


class Unreachable(EndpointError):
    """There is no connection. Nothing was done."""


class ConnectionLost(EndpointError):
    """The connection ended before the answer arrived. The request may have been done, or not."""


class TimedOut(EndpointError):
    """The answer, or the end of a run, did not arrive in time. The work continues."""


class BadAnswer(EndpointError):
    """The answer is not one of a Pyblish Endpoint, or not of this version."""


class Problem(EndpointError):
    """An error of the server (RFC 9457); `detail` says what is wrong and what to do next."""

    status: int
    title: str
    detail: str
    #: The run that prevents the request.
    run_id: Optional[str]
    #: The current value of what you wanted to change.
    current: Optional[Dict[str, Any]]
    #: The stable code of the problem, such as `not-granted`.
    code: str
    #: The same as a URN.
    type: str

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        run_id: Optional[str] = None,
        current: Optional[Dict[str, Any]] = None,
        code: str = "",
    ) -> None:
        super().__init__("%s: %s" % (title, detail))
        self.status = status
        self.title = title
        self.detail = detail
        self.run_id = run_id
        self.current = current
        self.code = code
        self.type = "urn:pyblish-endpoint:problem:%s" % code


class Unauthorized(Problem):
    """401: without the token, or with the token of another server."""


class NotFound(Problem):
    """404: there is no such session, plug-in, instance or run."""


class Conflict(Problem):
    """409: somebody else changed it meanwhile (`current`), or a run is in progress (`run_id`)."""


class TryLater(Problem):
    """429 or 503 with `Retry-After`: the server is too busy now."""

    #: Seconds.
    retry_after: float = 1.0
