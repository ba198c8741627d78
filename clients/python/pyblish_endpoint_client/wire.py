"""One request and one answer, each on its own connection, so that threads share nothing.

Policy: everything has a timeout. Errors distinguish whether nothing was sent (`Unreachable`) or the
outcome is unknown (`ConnectionLost`, `TimedOut`), because only the first can always be repeated.
"""
from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import urllib.parse
import uuid
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type

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

#: How many seconds connecting may take.
CONNECT = 10.0

#: The longest time limit in seconds, because systems have a maximum: ten days.
LONGEST = 864000.0

#: How many bytes of a stream are read at a time.
CHUNK = 1 << 16

#: The largest answer in bytes: the results of a large run take tens of megabytes. The other side
#: may not be one of our servers, and may announce more than it sends.
LARGEST = 256 << 20

KINDS: Dict[int, Type[Problem]] = {401: Unauthorized, 404: NotFound, 409: Conflict}


class _UnixConnection(http.client.HTTPConnection):
    """A connection to a unix socket. On other systems it raises an error."""

    def __init__(self, path: str, timeout: float) -> None:
        # The name of a server on a unix socket, which no browser can open.
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
    """A streamed answer. One thread reads, any other may close it."""

    def __init__(self, sock: socket.socket, response: http.client.HTTPResponse) -> None:
        self._sock = sock
        self._response = response

    def read(self) -> bytes:
        """The received bytes; empty at the end. Raises OSError or HTTPException if the connection
        breaks.
        """
        return self._response.read1(CHUNK)

    def stop(self) -> None:
        """Ends `read`, whichever thread is in it."""
        try:
            # Closes the socket below TLS, because another thread may be reading through TLS.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already

    def close(self) -> None:
        """Closes the answer; only for the thread that reads."""
        self._response.close()
        self._sock.close()


class Wire:
    """The address of a server, and the token. It never changes."""

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
                raise ValueError("the address %r must be http://HOST:PORT, https://HOST:PORT or unix:PATH" % address)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any, timeout: float) -> bytes:
        """The body of the answer. Raises a Problem if the server returns one."""
        end = time.monotonic() + min(timeout, LONGEST)
        connection, sock, response = self._answer(method, path, headers, body, timeout)
        try:
            return self._body(sock, response, end)
        except socket.timeout:
            raise self._silent(method, path, timeout) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(method, path, error) from error
        finally:
            connection.close()

    def stream(self, path: str, headers: Mapping[str, str], timeout: float) -> Stream:
        """The same for a streamed answer, which may be silent for this many seconds."""
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
    ) -> Tuple[http.client.HTTPConnection, socket.socket, http.client.HTTPResponse]:
        connection = self._connect(timeout)
        # The connection releases its socket if this is its last answer.
        sock = connection.sock
        try:
            return connection, sock, self._response(connection, method, path, headers, body, timeout)
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
                "no server answers at %s: %s; `pyblish-endpoint list` shows the running ones" % (self.address, error)
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
            # Even without a body: a form on a web page cannot send this header.
            sent["Content-Type"] = "application/json"
            # What stands between must not do it twice.
            sent.setdefault("Idempotency-Key", uuid.uuid4().hex)
        data = None if body is None else json.dumps(body).encode()
        end = time.monotonic() + min(timeout, LONGEST)
        sock = connection.sock
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            if response.status < 300:
                return response
            text = self._body(sock, response, end)
        except socket.timeout:
            raise self._silent(method, path, timeout) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(method, path, error) from error
        raise self._problem(response, text)

    def _body(self, sock: socket.socket, response: http.client.HTTPResponse, end: float) -> bytes:
        """Reads the whole answer before the deadline. It allocates memory for received bytes only,
        not for announced ones.
        """
        parts: List[bytes] = []
        size = 0
        while size <= LARGEST:
            left = end - time.monotonic()
            if left <= 0:
                raise socket.timeout()
            sock.settimeout(left)
            part = response.read1(CHUNK)
            if not part:
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
                return b"".join(parts)
            parts.append(part)
            size += len(part)
        raise BadAnswer("%s answers with more than %d bytes; is it a Pyblish Endpoint?" % (self.address, LARGEST))

    def _problem(self, response: http.client.HTTPResponse, text: bytes) -> EndpointError:
        kind = KINDS.get(response.status, Problem)
        later = response.headers.get("Retry-After")
        if response.status in (429, 503) and later is not None:
            kind = TryLater
        try:
            said = json.loads(text.decode("utf-8"))
            problem = kind(response.status, said["title"], said["detail"], said.get("runId"), said.get("current"), said.get("code") or "")
        except (ValueError, KeyError, TypeError, AttributeError):
            return BadAnswer(
                "%s answered %d %s, but not like a Pyblish Endpoint; is it one?"
                % (self.address, response.status, response.reason)
            )
        if isinstance(problem, TryLater) and later is not None and later.isdigit():
            problem.retry_after = float(later)
        return problem

    def _silent(self, method: str, path: str, timeout: float) -> TimedOut:
        return TimedOut(
            "%s did not answer %s %s within %g seconds; the work may continue, check the session"
            % (self.address, method, path, timeout)
        )

    def _lost(self, method: str, path: str, error: Exception) -> ConnectionLost:
        return ConnectionLost(
            "the connection to %s ended before %s %s was answered (%s): check the session before you repeat it"
            % (self.address, method, path, error or type(error).__name__)
        )
