"""A server: what it has, and how it is asked.

An `Endpoint` can be used from many threads. The one thing in it that changes is where its server is: one that was
found (`connect`) is looked for again when it is gone, for a server that was started anew has another token, and
perhaps another port.
"""
from __future__ import annotations

import json
import ssl
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, TypeVar
from urllib.parse import quote, urlencode

from .errors import BadAnswer, ConnectionLost, EndpointError, NoEndpoint, TimedOut, TryLater, Unauthorized, Unreachable
from .patience import Patience
from .running import Running, find
from .session import Session
from .shapes import Adapter, Code, SessionInfo, read
from .wire import Stream, Wire

T = TypeVar("T")

ROOT = "/pyblish/v2"


class Endpoint:
    """A server at an address such as `http://127.0.0.1:6001` or `unix:PATH`; `connect` finds one.

    Seconds: `timeout` for what is answered at once, as all reads are; `patience` for what waits for the host, such as
    a plug-in's work; `again` for how long a server that is gone is looked for before that is an error.
    """

    def __init__(
        self,
        address: str,
        token: Optional[str] = None,
        *,
        tls: Optional[ssl.SSLContext] = None,
        timeout: float = 30.0,
        patience: float = 3600.0,
        again: float = 60.0,
        running: Optional[Running] = None,
    ) -> None:
        self.timeout = timeout
        self.patience = patience
        self.again = again
        self._tls = tls
        self._running = running
        self._wire = Wire(address, token, tls)

    @property
    def address(self) -> str:
        return self._wire.address

    def adapters(self) -> List[Adapter]:
        """The adapters that are installed, and what each asks for."""
        return read(List[Adapter], self.ask("GET", "/adapters"))

    def code(self) -> Code:
        """Makes a code that opens the page: its `path`, behind the server's address, lets one browser in."""
        return read(Code, self.ask("POST", "/codes"))

    def sessions(self) -> List[SessionInfo]:
        """The open sessions."""
        return read(List[SessionInfo], self.ask("GET", "/sessions"))

    def open(
        self,
        adapter: Optional[str] = None,
        host: Optional[str] = None,
        settings: Optional[Mapping[str, Any]] = None,
        folders: Sequence[str] = (),
        addresses: Sequence[str] = (),
        environment: Sequence[str] = (),
        pid: Optional[int] = None,
    ) -> Session:
        """Opens a session: by `adapter`, or by a `host` that exactly one adapter is for.

        `folders` as `HOST_PATH=GUEST_PATH` with `:ro` for reading only, `addresses` as `HOST:PORT`, `environment` by
        name: what the adapter may touch. `pid` is the running host's, where several of its kind run.
        """
        body = {
            "adapter": adapter,
            "host": host,
            "settings": dict(settings or {}),
            "folders": list(folders),
            "addresses": list(addresses),
            "environment": list(environment),
            "pid": pid,
        }
        info = read(SessionInfo, self.ask("POST", "/sessions", body=body, timeout=self.patience))
        return Session(self, info)

    def session(self, session: Optional[str] = None) -> Session:
        """The open session of this id; or the only one. Raises NoEndpoint where there is none, or more than one."""
        if session is not None:
            return Session(self, read(SessionInfo, self.ask("GET", "/sessions/" + quote(session, safe=""))))
        infos = self.sessions()
        if len(infos) == 1:
            return Session(self, infos[0])
        if not infos:
            raise NoEndpoint("the server at %s has no open session: open one" % self.address)
        raise NoEndpoint("the server at %s has several sessions, name one: %s" % (self.address, ", ".join(it.id for it in infos)))

    # What its sessions and runs are made with.

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


def connect(
    address: Optional[str] = None,
    token: Optional[str] = None,
    *,
    session: Optional[str] = None,
    host: Optional[str] = None,
    tls: Optional[ssl.SSLContext] = None,
    timeout: float = 30.0,
    patience: float = 3600.0,
    again: float = 60.0,
) -> Endpoint:
    """The server of this user that runs; one of several by its `address`, its first `session`, or its `host`.

    A server that cannot be found, such as one of another machine, is an `address` with its `token`. `tls` says which
    certificates are trusted: the system's where it says nothing. Raises NoEndpoint where none fits, or several.
    """
    times: Dict[str, Any] = {"tls": tls, "timeout": timeout, "patience": patience, "again": again}
    if address is not None and token is not None:
        return Endpoint(address, token, **times)
    found = [
        server
        for server in find()
        if address in (None, server.address) and session in (None, server.session) and (host is None or host in server.hosts)
    ]
    if len(found) == 1:
        return Endpoint(found[0].address, found[0].token(), running=found[0], **times)
    if found:
        each = "".join("\n  %s: session %s, host %s" % (it.address, it.session, ", ".join(it.hosts)) for it in found)
        raise NoEndpoint("several servers run; say which by its address, session or host:" + each)
    if address is not None:
        # It asks for no token, or says that it does.
        return Endpoint(address, None, **times)
    asked = " that fits" if session or host else ""
    raise NoEndpoint("no server%s is running; start one with `pyblish-endpoint serve`" % asked)


def _path(path: str, query: Optional[Mapping[str, Any]]) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
    return ROOT + path + ("?" + urlencode(words) if words else "")
