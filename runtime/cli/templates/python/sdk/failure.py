"""Why something did not work, as the artist sees it."""

from __future__ import annotations

import traceback

from wit_world.imports import model

from .value import clean


class PublishError(Exception):
    """Raise it to say what is wrong, where, and what to do next, in words for artists.

    `title` is a few words above the message, and `detail` is shown on request. `kind` is for
    programs: a name such as `FramesMissing`, which frontends and scripts can compare. Without one it
    is the name of the class.
    """

    def __init__(
        self,
        message: str,
        title: str | None = None,
        detail: str | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(message)
        self.title = title
        self.detail = detail
        self.kind = kind


class Cancelled(Exception):
    """The work stopped because the user asked for it. A run that goes on later does it again."""

    title = "Cancelled"


def message_of(error: BaseException) -> str:
    """The message of an error. One of the system names its file first."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        paths = [error.filename, error.filename2]
        paths = [repr(path) if isinstance(path, bytes) else str(path) for path in paths if path]
        return f"{' -> '.join(paths)}: {error.strerror}"
    return str(error) or type(error).__name__


def failure_of(error: BaseException) -> model.Failure:
    """The failure for an error: with its place in the source, and its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    location = None
    if frames:
        last = frames[-1]
        location = model.SourceLocation(
            clean(last.filename), last.lineno or 1, last.name, clean(last.line or "") or None
        )
    if isinstance(error, Cancelled):
        kind: model.FailureKind = model.FailureKind_Cancelled()
    else:
        kind = model.FailureKind_Raised(clean(str(getattr(error, "kind", None) or type(error).__name__)))
    return model.Failure(
        kind=kind,
        title=_text(getattr(error, "title", None)),
        message=clean(message_of(error)),
        detail=_text(getattr(error, "detail", None)),
        location=location,
        traceback=clean("".join(traceback.format_exception(error))),
    )


def _text(value: object) -> str | None:
    """A text of an error; other libraries have other things at these names."""
    return clean(value) if isinstance(value, str) else None
