"""What happens in a session, as it happens: an iterator that reconnects by itself.

No event is lost and none comes twice: they are numbered without a gap, the server has them on disk, and each
connection goes on after the last that was seen. A reader that is slow keeps nobody waiting, and is told `behind`.
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

#: Seconds of silence after which a connection is dead: the server says every 15 that it lives.
SILENCE = 45.0


@dataclass(frozen=True)
class Event:
    """One event."""

    #: Its number. None for `behind`, which is told to this reader alone: it gets from disk what comes after `from`.
    id: Optional[int]
    #: Such as `runStarted`, `pluginStarted`, `record`, `progress`, `result`, `runEnded`, `hostLost`.
    name: str
    data: Dict[str, Any]

    @property
    def result(self) -> Optional[KeptResult]:
        """What a `result` tells, as `Session.results` has it."""
        return read(KeptResult, self.data["result"]) if self.name == "result" else None

    @property
    def run(self) -> Optional[RunInfo]:
        """What `runStarted` and `runEnded` tell."""
        if self.name not in ("runStarted", "runEnded"):
            return None
        return read(RunInfo, self.data)


class Events:
    """The events of a session, for one thread to iterate; any other may `close` it.

    It ends when it was closed, or when the server says that the session is gone. Where the server does not come back
    in time, as `again` of the endpoint says, it raises what was in the way.
    """

    def __init__(self, line: Line, session: str, after: int) -> None:
        self._line = line
        self._path = session + "/events"
        #: The number of the last event that was told, or the one after which it began.
        self.last = after
        self._ready: Deque[Event] = collections.deque()
        self._parser = Parser()
        self._patience = Patience(self._line.again)
        self._closed = threading.Event()
        # Between who closes and who puts another stream into its place.
        self._lock = threading.Lock()
        # Who reads has it: a stream is not taken away from under a reader, who sees that it was stopped.
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
        """Has it end, in whatever thread it is iterated."""
        self._closed.set()
        with self._lock:
            if self._stream is not None:
                self._stream.stop()
        # Who reads now drops it.
        if self._reading.acquire(False):
            try:
                self._drop()
            finally:
                self._reading.release()

    def _fetch(self) -> None:
        """What has come; from a new connection where the old one is gone."""
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
        self._patience.renew()
        self._ready.extend(self._parser.feed(data))

    def _reconnect(self) -> None:
        error: Optional[EndpointError] = None
        later = 0.0
        while self._patience.wait(self._closed, later):
            try:
                stream = self._open()
            except NotFound:
                # The session is gone.
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
            # Who asks for the next event all the same has as long again.
            self._patience.renew()
            raise error or BadAnswer("%s ends each stream of events at once; its log says why" % self._line.address)

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
    """Server-sent events out of bytes as they come. What breaks off in the middle is no event."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: Dict[str, str] = {}

    def feed(self, data: bytes) -> List[Event]:
        """The events that are complete with these bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = []
        for line in lines:
            name, colon, value = line.decode("utf-8").rstrip("\r").partition(":")
            if name and colon:
                self._fields[name] = value[1:] if value.startswith(" ") else value
            elif not name and not colon:
                if "data" in self._fields:
                    events.append(_event(self._fields))
                self._fields = {}
        return events


def _event(fields: Dict[str, str]) -> Event:
    try:
        number = int(fields["id"]) if "id" in fields else None
        return Event(number, fields.get("event", "message"), json.loads(fields["data"]))
    except ValueError as error:
        raise BadAnswer("an event that is none: %s" % error) from error
