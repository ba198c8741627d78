"""The line to a server: how everything is asked of it, where it is, and how long that may take.

A line can be used from many threads. The one thing in it that changes is where the server is: one that was found is
looked for again when it is gone, for a server that was started anew has another token, and perhaps another port.
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
    """Seconds: `timeout` for what is answered at once, as all reads are; `patience` for what waits for the host, such as
    a plug-in's work; `again` for how long a server that is gone is looked for before that is an error.
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
        """Where the server was last."""
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
        """The JSON that a request below `/pyblish/v2` is answered with; None where there is none."""
        answer = self.ask_bytes(method, path, query=query, body=body, headers=headers, timeout=timeout)
        if not answer:
            return None
        try:
            return json.loads(answer.decode("utf-8"))
        except ValueError as error:
            raise BadAnswer("%s answered %s %s with what is no JSON: %s" % (self.address, method, path, error)) from error

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
        """The same for what may be no JSON."""
        path, seconds = _path(path, query), self.timeout if timeout is None else timeout
        return self._where_it_is(lambda wire: wire.ask(method, path, headers or {}, body, seconds))

    def stream(self, path: str, headers: Mapping[str, str], timeout: float) -> Stream:
        """An answer that goes on, and is silent for so many seconds at most."""
        return self._where_it_is(lambda wire: wire.stream(_path(path, None), headers, timeout))

    def _where_it_is(self, ask: Callable[[Wire], T]) -> T:
        """Neither who was not reached nor who was not let in has had anything done: it can be asked elsewhere."""
        wire = self._wire
        try:
            return ask(wire)
        except (Unreachable, Unauthorized):
            moved = self._moved(wire)
            if moved is None:
                raise
        return ask(moved)

    def _moved(self, wire: Wire) -> Optional[Wire]:
        """Where the server is that was at this wire, if it is elsewhere now."""
        if self._running is None:
            return None
        try:
            # The latest of them.
            for server in reversed(find()):
                if server.session != self._running.session:
                    continue
                token = server.token()
                if (server.address, token) == (wire.address, wire.token):
                    return None
                self._wire = Wire(server.address, token, self._tls)
                return self._wire
        except NoEndpoint:
            pass  # it is about to end or to begin; that it was not reached is the better thing to say
        return None

    def may_come_back(self, error: EndpointError) -> bool:
        """Whether another attempt may be answered: what is asked must be good to be asked twice."""
        if isinstance(error, Unauthorized):
            # It was started anew, and has not said so yet.
            return self._running is not None
        return isinstance(error, (ConnectionLost, TimedOut, Unreachable, TryLater))

    def insist(self, ask: Callable[[], T], first: bool) -> T:
        """Asks what can be asked twice until it is answered, for `again` seconds; with `first`, a server that is not
        there at the first attempt is an error at once."""
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
