"""The live events of a session: an iterator that reconnects automatically.

No event is lost or repeated: they are numbered without gaps, the server has them on disk, and each
connection continues after the last event. A slow reader delays nobody, and gets the event `behind`.
"""
from __future__ import annotations

import collections
import http.client
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Deque, Dict, List, Optional

from .errors import BadAnswer, EndpointError, NotFound, TryLater
from .line import Line
from .patience import Patience
from .shapes import KeptResult, RunInfo, read
from .wire import Stream

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type

#: The largest event, in bytes. The other side may not be one of our servers.
LARGEST = 64 << 20

#: Seconds of silence after which a connection counts as dead: the server sends a heartbeat every 15
#seconds.
SILENCE = 45.0


@dataclass(frozen=True)
class Event:
    """One event."""

    #: Its number. None for `behind`, which is only for this reader: it gets the events after `from`
    #: from disk.
    id: Optional[int]
    #: For example `runStarted`, `pluginStarted`, `record`, `progress`, `result`, `runEnded`,
    #`hostLost`.
    name: str
    data: Dict[str, Any]

    @property
    def result(self) -> Optional[KeptResult]:
        """The result of the event `result`, as in `Session.results`."""
        return read(KeptResult, self.data["result"]) if self.name == "result" else None

    @property
    def run(self) -> Optional[RunInfo]:
        """The run of the events `runStarted` and `runEnded`."""
        if self.name not in ("runStarted", "runEnded"):
            return None
        return read(RunInfo, self.data)


class Events:
    """The events of a session, for one thread to iterate; any other may `close` it.

    It ends when it is closed, or when the server says that the session has ended. If the server
    does not come back within the endpoint's `again`, it raises the error of the connection.
    """

    def __init__(self, line: Line, session: str, after: int) -> None:
        self._line = line
        self._path = session + "/events"
        #: The number of the last event, or the one after which it started.
        self.last = after
        self._ready: Deque[Event] = collections.deque()
        self._parser = Parser()
        self._patience = Patience(self._line.again)
        # Why the server ended the last stream, in the server's words.
        self._why: Optional[str] = None
        self._closed = threading.Event()
        # Guards the current stream between closing and reconnecting.
        self._lock = threading.Lock()
        # Held by the reader: a stream is not closed during a read; the reader sees that it was
        # stopped.
        self._reading = threading.Lock()
        self._stream: Optional[Stream] = self._open()

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Event:
        while not self._ready:
            if self._closed.is_set():
                self.close()
                raise StopIteration
            with self._reading:
                self._fetch()
        event = self._ready.popleft()
        if event.id is not None:
            self.last = event.id
        return event

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the iteration, whichever thread iterates."""
        self._closed.set()
        with self._lock:
            if self._stream is not None:
                self._stream.stop()
        # The current reader closes the stream.
        if self._reading.acquire(False):
            try:
                self._drop()
            finally:
                self._reading.release()

    def _fetch(self) -> None:
        """The next events; from a new connection if the old one has ended."""
        if self._stream is None:
            self._reconnect()
            return
        try:
            data = self._stream.read()
        except (OSError, http.client.HTTPException):
            data = b""
        if not data:
            self._drop()
            return
        events = self._parser.feed(data)
        for event in events:
            if event.id is None and event.name == "failed":
                # The server cannot continue, and says why. It may be able to later.
                self._why = str(event.data.get("detail", "without a reason"))
                self._drop()
                return
            self._ready.append(event)
        if events or self._parser.alive:
            # The stream works. A started stream alone does not show this: it may end at once.
            self._parser.alive = False
            self._why = None
            self._patience.renew()

    def _reconnect(self) -> None:
        error: Optional[EndpointError] = None
        later = 0.0
        while self._patience.wait(self._closed, later):
            try:
                stream = self._open()
            except NotFound:
                # The session has ended.
                self._closed.set()
                return
            except EndpointError as trouble:
                if not self._line.may_come_back(trouble):
                    raise
                error = trouble
                later = trouble.retry_after if isinstance(trouble, TryLater) else 0.0
                continue
            with self._lock:
                self._stream = stream
                if self._closed.is_set():
                    stream.stop()
            return
        if not self._closed.is_set():
            # If the caller asks for the next event anyway, the time limit starts again.
            self._patience.renew()
            why = self._why or "see the server's log"
            raise error or BadAnswer("%s ends each stream of events at once: %s" % (self._line.address, why))

    def _open(self) -> Stream:
        self._parser = Parser()
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(self.last)}
        return self._line.stream(self._path, headers, SILENCE)

    def _drop(self) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


class Parser:
    """Parses server-sent events from bytes as they arrive. An incomplete event is ignored."""

    def __init__(self) -> None:
        #: Whether the server has sent a heartbeat.
        self.alive = False
        # The part of a line that has arrived, and the bytes of it and of the event before it.
        self._rest: List[bytes] = []
        self._size = 0
        self._fields: Dict[str, str] = {}

    def feed(self, data: bytes) -> List[Event]:
        """The events that are complete with these bytes."""
        self._size += len(data)
        if b"\n" not in data:
            self._rest.append(data)
            self._bound()
            return []
        *lines, rest = (b"".join(self._rest) + data).split(b"\n")
        self._rest = [rest]
        events = []
        for line in lines:
            if line.startswith(b":"):
                self.alive = True
            name, colon, value = line.decode("utf-8").rstrip("\r").partition(":")
            if name and colon:
                self._fields[name] = value[1:] if value.startswith(" ") else value
            elif not name and not colon:
                if "data" in self._fields:
                    events.append(_event(self._fields))
                self._fields = {}
                self._size = len(rest)
        self._bound()
        return events

    def _bound(self) -> None:
        if self._size > LARGEST:
            raise BadAnswer("an event without an end: more than %d bytes of it have arrived" % LARGEST)


def _event(fields: Dict[str, str]) -> Event:
    try:
        number = int(fields["id"]) if "id" in fields else None
        return Event(number, fields.get("event", "message"), json.loads(fields["data"]))
    except ValueError as error:
        raise BadAnswer("an invalid event: %s" % error) from error
