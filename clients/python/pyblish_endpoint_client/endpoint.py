"""A server: what it has, and how it is found. It can be used from many threads."""
from __future__ import annotations

import ssl
from typing import Any, Dict, List, Mapping, Optional, Sequence
from urllib.parse import quote

from .errors import NoEndpoint
from .line import Line
from .running import Running, find
from .session import Session
from .shapes import Adapter, Code, SessionInfo, read
from .wire import Wire


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
        self.line = Line(Wire(address, token, tls), tls, running, timeout, patience, again)

    @property
    def address(self) -> str:
        """Where it was last: one that was found may be elsewhere when it was started anew."""
        return self.line.address

    def adapters(self) -> List[Adapter]:
        """The adapters that are installed, and what each asks for."""
        return read(List[Adapter], self.line.ask("GET", "/adapters"))

    def code(self) -> Code:
        """Makes a code that opens the page: its `path`, behind the server's address, lets one browser in."""
        return read(Code, self.line.ask("POST", "/codes"))

    def sessions(self) -> List[SessionInfo]:
        """The open sessions."""
        return read(List[SessionInfo], self.line.ask("GET", "/sessions"))

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
        info = read(SessionInfo, self.line.ask("POST", "/sessions", body=body, timeout=self.line.patience))
        return Session(self.line, info)

    def session(self, session: Optional[str] = None) -> Session:
        """The open session of this id; or the only one. Raises NoEndpoint where there is none, or more than one."""
        if session is not None:
            return Session(self.line, read(SessionInfo, self.line.ask("GET", "/sessions/" + quote(session, safe=""))))
        infos = self.sessions()
        if len(infos) == 1:
            return Session(self.line, infos[0])
        if not infos:
            raise NoEndpoint("the server at %s has no open session: open one" % self.address)
        raise NoEndpoint("the server at %s has several sessions, name one: %s" % (self.address, ", ".join(it.id for it in infos)))


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
