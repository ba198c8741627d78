"""The call that is under way: records, progress, and whether the user cancelled it.

Outside of a call, and in a test, there may be no call: then nothing is said, and nothing cancelled.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from wit_world.imports import model, work

from .failure import Cancelled
from .value import clean

# How long an outcome is kept, in nanoseconds: telling one costs as much as telling many.
TELL_AFTER = 1_000_000

LEVELS = {
    logging.DEBUG: model.Level_Debug(),
    logging.INFO: model.Level_Info(),
    logging.WARNING: model.Level_Warning(),
    logging.ERROR: model.Level_Error(),
    logging.CRITICAL: model.Level_Critical(),
}


def progress(fraction: float, message: str = "") -> None:
    """Show how far the current call has come: `fraction` is between 0 and 1."""
    if CURRENT.call is not None:
        CURRENT.tell()
        CURRENT.call.progress(float(fraction), clean(message))


def cancelled() -> bool:
    """Whether the user asked to stop the current call. Ask now and then in long work."""
    return CURRENT.call is not None and CURRENT.call.cancelled()


def stop_if_cancelled() -> None:
    """Raise `Cancelled` if the user asked to stop the current call."""
    if cancelled():
        raise Cancelled("Cancelled, as you asked")


def host_lost(reason: str) -> None:
    """Say that the host is gone, and why. The current call is the last one; the runtime starts the
    adapter again once the host can be found.
    """
    if CURRENT.call is not None:
        CURRENT.tell()
        CURRENT.call.host_lost(clean(reason))


class Current:
    """The handles of the call under way, which the runtime lends for it, and the outcomes that it
    was not told yet.
    """

    def __init__(self) -> None:
        self.call: work.Call | None = None
        self.batch: work.Batch | None = None
        self.kept: list[model.Outcome] = []
        self.goes_on = True
        self.is_quiet = True
        self.told = 0

    def during(self, call: work.Call, batch: work.Batch | None = None) -> Current:
        """Hold the handles for the time of a call, in a `with`. Nothing may use them afterwards."""
        self.call, self.batch = call, batch
        self.kept, self.goes_on, self.is_quiet = [], True, True
        self.told = time.monotonic_ns()
        return self

    def __enter__(self) -> None:
        pass

    # Not a `contextmanager`: that writes into the error, and `Err` cannot be changed.
    def __exit__(self, *_: object) -> None:
        self.call = self.batch = None

    def finish(self, outcome: model.Outcome) -> None:
        """Take the outcome of a pair. `goes_on` says then whether to begin the next one. The pairs
        are those that come if all succeed and change nothing; once one does not, the runtime
        decides about each.
        """
        self.kept.append(outcome)
        if outcome.failure is not None or outcome.changes:
            self.is_quiet = False
        if not self.is_quiet or time.monotonic_ns() - self.told >= TELL_AFTER:
            self.tell()

    def tell(self) -> None:
        """Tell the runtime the outcomes that are kept. It comes before everything that a plug-in
        says, because that belongs to the first pair that is not finished.
        """
        if self.kept and self.batch is not None:
            kept, self.kept = self.kept, []
            # A pair that has begun is finished, but none is begun after a no.
            self.goes_on = self.batch.finished(kept) and self.goes_on
            self.told = time.monotonic_ns()


CURRENT = Current()


class Records(logging.Handler):
    """Sends what is logged to frontends, at once."""

    def emit(self, record: logging.LogRecord) -> None:
        if CURRENT.call is None:
            return
        try:
            message = record.getMessage()
        except Exception as error:
            message = f"{record.msg} {record.args!r} (this record cannot be formatted: {error})"
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        CURRENT.tell()
        CURRENT.call.log(
            model.LogRecord(
                level=LEVELS.get(record.levelno) or model.Level_Other(max(0, record.levelno)),
                message=clean(message),
                logger=clean(record.name),
                location=model.SourceLocation(
                    clean(record.pathname), record.lineno, record.funcName, None
                ),
                traceback=None if trace is None else clean(trace),
                created=record.created,
            )
        )


class Printed:
    """In place of `sys.stdout` or `sys.stderr`: the runtime makes records of what is printed, one
    for each line.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        CURRENT.tell()
        written = self.stream.write(text)
        if "\n" in text:
            self.stream.flush()
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def listen() -> None:
    """Send what is logged and printed to the runtime, from now on."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.handlers[:] = [Records()]
    if sys.platform == "wasi" and not isinstance(sys.stdout, Printed):
        sys.stdout, sys.stderr = Printed(sys.stdout), Printed(sys.stderr)
