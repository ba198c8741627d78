"""A server, and how to find it. It can be used from many threads."""
from __future__ import annotations

import ssl
from typing import Any, Dict, Mapping, Optional, Sequence
from urllib.parse import quote

from .errors import NoEndpoint
from .job import Job
from .line import Line
from .running import Running, find
from .session import Session
from .shapes import Adapters, Code, SessionInfo, Sessions, read
from .wire import Wire

#: The most items that a page has.
MOST = 10_000


class Endpoint:
    """A server at an address such as `http://127.0.0.1:6001` or `unix:PATH`; `connect` finds one.

    Time limits in seconds: `timeout` for quick requests, such as all reads; `patience` for requests
    that wait for the host, such as a plug-in's work; `again` for how long to look for a server that
    is gone.
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
        self.line = Line(Wire(address, token, tls), tls, running, timeout, patience, again)

    @property
    def address(self) -> str:
        """Its last known address: a server that was found may have another one after a restart."""
        return self.line.address

    def adapters(self, after: Optional[int] = None, limit: Optional[int] = MOST) -> Adapters:
        """A page of the installed adapters, and what each asks for: 10,000 at most."""
        return read(Adapters, self.line.ask("GET", "/adapters", query={"after": after, "limit": limit}))

    def code(self) -> Code:
        """Creates a code that opens the page: its `path`, after the server's address, gives access
        to one browser.
        """
        return read(Code, self.line.ask("POST", "/codes"))

    def sessions(self, after: Optional[int] = None, limit: Optional[int] = MOST) -> Sessions:
        """A page of the open sessions: 10,000 at most."""
        return read(Sessions, self.line.ask("GET", "/sessions", query={"after": after, "limit": limit}))

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
        """Opens a session for an `adapter`, or for a `host` with exactly one adapter.

        The adapter gets what the user granted to it, at the start of the server or in
        `endpoint.toml`. You can repeat these grants: `folders` as `HOST_PATH=GUEST_PATH` with `:ro`
        for reading only, `addresses` as `HOST:PORT`, `environment` by name; others are refused.
        `pid` is the process of the running host, if several are running.
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
        info = read(SessionInfo, self.line.ask("POST", "/sessions", body=body, timeout=self.line.patience))
        return Session(self.line, info)

    def job(self, job: int) -> Job:
        """The job with this id, a publish that was handed over to the studio's hub."""
        return Job(self.line, job)

    def session(self, session: Optional[str] = None) -> Session:
        """The open session with this id, or the only one. Raises NoEndpoint if there is none, or
        more than one.
        """
        if session is not None:
            return Session(self.line, read(SessionInfo, self.line.ask("GET", "/sessions/" + quote(session, safe=""))))
        infos = self.sessions().items
        if len(infos) == 1:
            return Session(self.line, infos[0])
        if not infos:
            raise NoEndpoint("the server at %s has no open session: open one" % self.address)
        raise NoEndpoint("the server at %s has several sessions, choose one: %s" % (self.address, ", ".join(it.id for it in infos)))


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
    """The running server of this user; one of several by its `address`, its first `session`, or its
    `host`.

    For a server that cannot be found, such as one on another machine, give its `address` and
    `token`. `tls` says which certificates are trusted; by default those of the system. Raises
    NoEndpoint if none matches, or several do.
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
        raise NoEndpoint("several servers are running; choose one by its address, session or host:" + each)
    if address is not None:
        # The server needs no token, or will say that it does.
        return Endpoint(address, None, **times)
    asked = " that matches" if session or host else ""
    raise NoEndpoint("no server%s is running; start one with `pyblish-endpoint serve`" % asked)
