"""Connections to addresses that the user has granted, with time limits.

The sandbox has no sockets of Python's own, so these are made of what WASI has. In an adapter's own
tests, outside of the sandbox, it is a socket of Python.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import time
from typing import Any

from componentize_py_types import Err
from wit_world.imports import instance_network, ip_name_lookup, monotonic_clock, network, poll
from wit_world.imports import streams, tcp_create_socket

from .call import stop_if_cancelled

# Bytes that are read or written at a time, and seconds between two looks for a cancel.
CHUNK = 64 << 10
TICK = 0.05


def connect(address: str, timeout: float = 10.0) -> Connection:
    """Connect to `host:port`, an address that the adapter asks for and the user granted.

    `timeout` is how many seconds the connection may take to open, and then each of its methods.
    Raises `OSError` with the address in its message: `TimeoutError`, `ConnectionRefusedError`,
    `PermissionError` for an address that is not granted, and others.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{address!r} is no address: write host:port, for example 127.0.0.1:4000")
    open_link = _Link if sys.platform == "wasi" else _Outside
    return Connection(address, open_link(address, host, int(port), time.monotonic() + timeout), timeout)


class Connection:
    """An open connection. Use it in a `with`, or call `close`.

    While it waits, it also looks whether the user asked to stop, and then raises `Cancelled`.
    """

    def __init__(self, address: str, link: Any, timeout: float) -> None:
        self.address = address
        self.timeout = timeout
        self._link = link
        self._read = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, content: bytes) -> None:
        """Send all of these bytes."""
        self._link.send(content, self._until())

    def receive(self, most: int = CHUNK) -> bytes:
        """The bytes that come next, at most so many; empty if the other side has closed."""
        if self._read:
            found, self._read = self._read[:most], self._read[most:]
            return found
        return self._link.receive(most, self._until())

    def receive_exactly(self, count: int) -> bytes:
        """So many bytes. Raises `ConnectionError` if the other side closes before."""
        until = self._until()
        while len(self._read) < count:
            self._more(until)
        found, self._read = self._read[:count], self._read[count:]
        return found

    def receive_line(self, most: int = 1 << 20) -> bytes:
        """The bytes up to the end of the line, with it. Raises `ConnectionError` if the other side
        closes before, or if the line is longer than `most` bytes.
        """
        until, looked = self._until(), 0
        while (end := self._read.find(b"\n", looked)) < 0:
            looked = len(self._read)
            if looked >= most:
                raise ConnectionError(f"{self.address} sends a line of more than {most} bytes")
            self._more(until)
        found, self._read = self._read[: end + 1], self._read[end + 1 :]
        return found

    def close(self) -> None:
        """Close the connection. A second time does nothing."""
        self._link.close()

    def _until(self) -> float:
        return time.monotonic() + self.timeout

    def _more(self, until: float) -> None:
        more = self._link.receive(CHUNK, until)
        if not more:
            raise ConnectionError(f"{self.address} has closed the connection")
        self._read += more


# The errors of Python for those of WASI, and what they say.
_ERRORS = {
    network.ErrorCode.ACCESS_DENIED: (PermissionError, "is not granted"),
    network.ErrorCode.CONNECTION_REFUSED: (ConnectionRefusedError, "refuses the connection"),
    network.ErrorCode.CONNECTION_RESET: (ConnectionResetError, "has reset the connection"),
    network.ErrorCode.CONNECTION_ABORTED: (ConnectionAbortedError, "has ended the connection"),
    network.ErrorCode.TIMEOUT: (TimeoutError, "does not answer"),
    network.ErrorCode.REMOTE_UNREACHABLE: (OSError, "cannot be reached"),
    network.ErrorCode.NAME_UNRESOLVABLE: (OSError, "is no name that leads anywhere"),
}


def _error(address: str, error: Err) -> OSError:
    """Python's error for an error of WASI."""
    if isinstance(error.value, network.ErrorCode):
        kind, words = _ERRORS.get(error.value, (OSError, f"fails ({error.value.name.lower()})"))
        return kind(f"{address} {words}")
    return ConnectionResetError(f"{address} has ended the connection")


def _wait(address: str, pollable: poll.Pollable, until: float) -> None:
    """Wait until something can be done, until the time is over, or the user asks to stop."""
    while not pollable.ready():
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"{address} does not answer in time")
        with monotonic_clock.subscribe_duration(int(min(left, TICK) * 1e9)) as timer:
            poll.poll([pollable, timer])
        stop_if_cancelled()


class _Link:
    """A TCP connection of WASI."""

    def __init__(self, address: str, host: str, port: int, until: float) -> None:
        self.address = address
        self.handles: list[Any] = []
        try:
            error: OSError = OSError(f"{address} leads nowhere")
            for ip in self._resolve(host, until):
                try:
                    self.input, self.output = self._open(ip, port, until)
                    return
                except OSError as failed:
                    error = failed
            raise error
        except BaseException:
            self.close()
            raise

    def _resolve(self, host: str, until: float) -> list[Any]:
        try:
            return [ipaddress.ip_address(host)]
        except ValueError:
            pass
        found: list[Any] = []
        try:
            with instance_network.instance_network() as net:
                with ip_name_lookup.resolve_addresses(net, host) as names, names.subscribe() as ready:
                    while True:
                        _wait(self.address, ready, until)
                        try:
                            next_one = names.resolve_next_address()
                        except Err as error:
                            if error.value == network.ErrorCode.WOULD_BLOCK:
                                continue
                            raise
                        if next_one is None:
                            return found
                        parts = next_one.value
                        if isinstance(next_one, network.IpAddress_Ipv4):
                            found.append(ipaddress.IPv4Address(bytes(parts)))
                        else:
                            packed = b"".join(part.to_bytes(2, "big") for part in parts)
                            found.append(ipaddress.IPv6Address(packed))
        except Err as error:
            raise _error(self.address, error) from None

    def _open(self, ip: Any, port: int, until: float) -> Any:
        packed = ip.packed
        if ip.version == 4:
            family = network.IpAddressFamily.IPV4
            there: Any = network.IpSocketAddress_Ipv4(network.Ipv4SocketAddress(port, tuple(packed)))
        else:
            family = network.IpAddressFamily.IPV6
            parts = tuple(int.from_bytes(packed[at : at + 2], "big") for at in range(0, 16, 2))
            there = network.IpSocketAddress_Ipv6(network.Ipv6SocketAddress(port, 0, parts, 0))
        made = None
        try:
            made = tcp_create_socket.create_tcp_socket(family)
            with instance_network.instance_network() as net, made.subscribe() as ready:
                made.start_connect(net, there)
                while True:
                    _wait(self.address, ready, until)
                    try:
                        reads, writes = made.finish_connect()
                        break
                    except Err as error:
                        if error.value != network.ErrorCode.WOULD_BLOCK:
                            raise
        except BaseException as error:
            if made is not None:
                made.__exit__(None, None, None)
            if isinstance(error, Err):
                raise _error(self.address, error) from None
            raise
        # Streams come from their socket, so they are closed before it.
        self.handles = [reads, writes, made]
        return reads, writes

    def send(self, content: bytes, until: float) -> None:
        try:
            with self.output.subscribe() as ready:
                while content:
                    _wait(self.address, ready, until)
                    room = min(self.output.check_write(), CHUNK)
                    if room:
                        self.output.write(content[:room])
                        content = content[room:]
                self.output.flush()
                _wait(self.address, ready, until)
        except Err as error:
            raise _error(self.address, error) from None

    def receive(self, most: int, until: float) -> bytes:
        try:
            with self.input.subscribe() as ready:
                while True:
                    _wait(self.address, ready, until)
                    found = self.input.read(min(most, CHUNK))
                    if found:
                        return found
        except Err as error:
            if isinstance(error.value, streams.StreamError_Closed):
                return b""
            raise _error(self.address, error) from None

    def close(self) -> None:
        handles, self.handles = self.handles, []
        for handle in handles:
            handle.__exit__(None, None, None)


class _Outside:
    """A socket of Python, in an adapter's own tests."""

    def __init__(self, address: str, host: str, port: int, until: float) -> None:
        self.address = address
        try:
            self.socket = socket.create_connection((host, port), max(until - time.monotonic(), 0.001))
        except OSError as error:
            raise type(error)(f"{address} {error.strerror or error}") from None
        self.socket.settimeout(TICK)

    def send(self, content: bytes, until: float) -> None:
        rest = memoryview(content)
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except TimeoutError:
                self._wait(until)

    def receive(self, most: int, until: float) -> bytes:
        while True:
            try:
                return self.socket.recv(min(most, CHUNK))
            except TimeoutError:
                self._wait(until)

    def _wait(self, until: float) -> None:
        stop_if_cancelled()
        if time.monotonic() >= until:
            raise TimeoutError(f"{self.address} does not answer in time")

    def close(self) -> None:
        self.socket.close()
