"""The line to a server: sends all requests, knows the server's address, and applies time limits.

A line can be used from many threads. Only the server's address can change: if a server that was
found is gone, it is looked for again, because a restarted server has another token, and perhaps
another port.
"""
from __future__ import annotations

import json
import ssl
import threading
from typing import Any, Callable, Mapping, Optional, TypeVar
from urllib.parse import urlencode

from .errors import BadAnswer, ConnectionLost, EndpointError, NoEndpoint, TimedOut, TryLater, Unauthorized, Unreachable
from .patience import Patience
from .running import Running, find
from .wire import Stream, Wire

T = TypeVar("T")

ROOT = "/pyblish/v2"


class Line:
    """Time limits in seconds: `timeout` for quick requests, such as all reads; `patience` for
    requests that wait for the host, such as a plug-in's work; `again` for how long to look for a
    server that is gone.
    """

    def __init__(
        self,
        wire: Wire,
        tls: Optional[ssl.SSLContext],
        running: Optional[Running],
        timeout: float,
        patience: float,
        again: float,
    ) -> None:
        self.timeout = timeout
        self.patience = patience
        self.again = again
        self._tls = tls
        self._running = running
        self._wire = wire

    @property
    def address(self) -> str:
        """The last known address of the server."""
        return self._wire.address

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Mapping[str, Any]] = None,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        """The JSON answer of a request below `/pyblish/v2`; None if it is empty."""
        answer = self.ask_bytes(method, path, query=query, body=body, headers=headers, timeout=timeout)
        if not answer:
            return None
        try:
            return json.loads(answer.decode("utf-8"))
        except ValueError as error:
            raise BadAnswer("%s answered %s %s with something that is not JSON: %s" % (self.address, method, path, error)) from error

    def ask_bytes(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Mapping[str, Any]] = None,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
    ) -> bytes:
        """The same for an answer that may not be JSON."""
        path, seconds = _path(path, query), self.timeout if timeout is None else timeout
        return self._where_it_is(lambda wire: wire.ask(method, path, headers or {}, body, seconds))

    def stream(self, path: str, headers: Mapping[str, str], timeout: float) -> Stream:
        """A streamed answer, which is silent for at most this many seconds."""
        return self._where_it_is(lambda wire: wire.stream(_path(path, None), headers, timeout))

    def _where_it_is(self, ask: Callable[[Wire], T]) -> T:
        """If the server was not reached, or refused access, nothing was done: the request can be
        sent to another address.
        """
        wire = self._wire
        try:
            return ask(wire)
        except (Unreachable, Unauthorized):
            moved = self._moved(wire)
            if moved is None:
                raise
        return ask(moved)

    def _moved(self, wire: Wire) -> Optional[Wire]:
        """The new address of the server of this wire, if it has changed."""
        if self._running is None:
            return None
        try:
            # The latest one.
            for server in reversed(find()):
                if server.session != self._running.session:
                    continue
                token = server.token()
                if (server.address, token) == (wire.address, wire.token):
                    return None
                self._wire = Wire(server.address, token, self._tls)
                return self._wire
        except NoEndpoint:
            pass  # it is just ending or starting; the error of the connection is the better one
        return None

    def may_come_back(self, error: EndpointError) -> bool:
        """Whether another attempt may succeed; only for requests that are safe to repeat."""
        if isinstance(error, Unauthorized):
            # The server was restarted, but its file is not updated yet.
            return self._running is not None
        return isinstance(error, (ConnectionLost, TimedOut, Unreachable, TryLater))

    def insist(self, ask: Callable[[], T], first: bool) -> T:
        """Repeats a safe request until it is answered, for `again` seconds; with `first`, it is an
        error at once if the server is not reached at the first attempt.
        """
        patience, never = Patience(self.again), threading.Event()
        while True:
            try:
                return ask()
            except EndpointError as error:
                if first and not isinstance(error, (ConnectionLost, TimedOut)):
                    raise
                first = False
                later = error.retry_after if isinstance(error, TryLater) else 0.0
                if not self.may_come_back(error) or not patience.wait(never, later):
                    raise


def _path(path: str, query: Optional[Mapping[str, Any]]) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
    return ROOT + path + ("?" + urlencode(words) if words else "")
