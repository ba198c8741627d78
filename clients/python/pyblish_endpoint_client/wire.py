"""One request, one answer, on a connection of its own: threads have nothing in common that could be in the way.

Policy: everything has a timeout; and it is told apart whether nothing was sent (`Unreachable`) or nobody knows what
came of it (`ConnectionLost`, `TimedOut`), for only the first can always be repeated.
"""
from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.parse
from typing import Any, Dict, Mapping, Optional, Tuple, Type

from .errors import (
    BadAnswer,
    Conflict,
    ConnectionLost,
    EndpointError,
    NotFound,
    Problem,
    TimedOut,
    TryLater,
    Unauthorized,
    Unreachable,
)

#: Seconds that a connection may take.
CONNECT = 10.0

#: Seconds that anything may take at most, since systems have a limit: ten days.
LONGEST = 864000.0

#: Bytes of a stream that are read at once.
CHUNK = 1 << 16

KINDS: Dict[int, Type[Problem]] = {401: Unauthorized, 404: NotFound, 409: Conflict}


class _UnixConnection(http.client.HTTPConnection):
    """To a socket in the file system. What only Unix has is here, with the other side written."""

    def __init__(self, path: str, timeout: float) -> None:
        # The name that the server goes by where no browser comes.
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        family = getattr(socket, "AF_UNIX", None)
        if family is None:
            raise OSError("this Python has no unix sockets; start the server on a port")
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Stream:
    """An answer that goes on. One thread reads, any other may close."""

    def __init__(self, sock: socket.socket, response: http.client.HTTPResponse) -> None:
        self._sock = sock
        self._response = response

    def read(self) -> bytes:
        """What has come; empty when it has ended. Raises OSError or HTTPException where it broke off."""
        return self._response.read1(CHUNK)

    def stop(self) -> None:
        """Has `read` end, in whatever thread it is."""
        try:
            # Past TLS, which would be taken from under who reads.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already

    def close(self) -> None:
        """For the thread that reads."""
        self._response.close()
        self._sock.close()


class Wire:
    """Where a server is, and what lets one in. It never changes."""

    def __init__(self, address: str, token: Optional[str], tls: Optional[ssl.SSLContext]) -> None:
        self.address = address
        self.token = token
        self._tls = tls
        if not address.startswith("unix:"):
            url = urllib.parse.urlsplit(address)
            try:
                known = url.scheme in ("http", "https") and url.hostname and url.port is not None
            except ValueError:
                known = False
            if not known:
                raise ValueError("the address %r is neither http://HOST:PORT, nor https://HOST:PORT, nor unix:PATH" % address)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any, timeout: float) -> bytes:
        """The body of the answer. Raises a Problem where the server says one."""
        connection, response = self._answer(method, path, headers, body, timeout)
        try:
            return response.read()
        except socket.timeout:
            raise self._silent(method, path, timeout) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(method, path, error) from error
        finally:
            connection.close()

    def stream(self, path: str, headers: Mapping[str, str], timeout: float) -> Stream:
        """The same for an answer that goes on; it may be silent for so many seconds."""
        connection = self._connect(timeout)
        sock = connection.sock
        try:
            response = self._response(connection, "GET", path, headers, None, timeout)
        except BaseException:
            connection.close()
            raise
        return Stream(sock, response)

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: Any, timeout: float
    ) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._connect(timeout)
        try:
            return connection, self._response(connection, method, path, headers, body, timeout)
        except BaseException:
            connection.close()
            raise

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        if self.address.startswith("unix:"):
            connection = _UnixConnection(self.address[len("unix:") :], CONNECT)
        else:
            url = urllib.parse.urlsplit(self.address)
            host = url.hostname or ""
            if url.scheme == "https":
                tls = self._tls or ssl.create_default_context()
                connection = http.client.HTTPSConnection(host, url.port, timeout=CONNECT, context=tls)
            else:
                connection = http.client.HTTPConnection(host, url.port, timeout=CONNECT)
        try:
            connection.connect()
            connection.sock.settimeout(min(timeout, LONGEST))
        except OSError as error:
            connection.close()
            raise Unreachable(
                "no server answers at %s: %s; `pyblish-endpoint list` shows those that run" % (self.address, error)
            ) from error
        return connection

    def _response(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any,
        timeout: float,
    ) -> http.client.HTTPResponse:
        sent = dict(headers)
        if self.token is not None:
            sent["Authorization"] = "Bearer " + self.token
        if method != "GET":
            # Without a body, too: no form of a web page can send it.
            sent["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            if response.status < 300:
                return response
            text = response.read()
        except socket.timeout:
            raise self._silent(method, path, timeout) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(method, path, error) from error
        raise self._problem(response, text)

    def _problem(self, response: http.client.HTTPResponse, text: bytes) -> EndpointError:
        kind = KINDS.get(response.status, Problem)
        later = response.headers.get("Retry-After")
        if response.status in (429, 503) and later is not None:
            kind = TryLater
        try:
            said = json.loads(text.decode("utf-8"))
            problem = kind(response.status, said["title"], said["detail"], said.get("run"), said.get("current"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return BadAnswer(
                "%s answered %d %s, and not in the words of a Pyblish Endpoint; is it one?"
                % (self.address, response.status, response.reason)
            )
        if isinstance(problem, TryLater) and later is not None and later.isdigit():
            problem.retry_after = float(later)
        return problem

    def _silent(self, method: str, path: str, timeout: float) -> TimedOut:
        return TimedOut(
            "%s did not answer %s %s within %g seconds; what it was asked for may go on, and the session says so"
            % (self.address, method, path, timeout)
        )

    def _lost(self, method: str, path: str, error: Exception) -> ConnectionLost:
        return ConnectionLost(
            "the connection to %s ended before %s %s was answered (%s): look at the session before you repeat it"
            % (self.address, method, path, error or type(error).__name__)
        )
