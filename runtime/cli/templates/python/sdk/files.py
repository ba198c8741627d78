"""Copies, which the runtime makes for an adapter: faster than the sandbox can, several at once, with
their digests, and on disk when it is done.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import sys
from dataclasses import dataclass
from typing import Iterable

from componentize_py_types import Err
from wit_world.imports import files, preopens, types

from .call import CURRENT, cancelled
from .failure import Cancelled, PublishError
from .value import clean


@dataclass
class CopiedFile:
    """A file that was copied: its size in bytes, and its SHA-256 as 64 hexadecimal digits."""

    size: int
    sha256: str


class CopyError(PublishError):
    """Why nothing was copied. `path` is the file that it is about, and `code` is for programs:
    `not-found`, `already-exists`, `no-space`, and the others of `copy-error-code` in `wit/`.
    """

    def __init__(self, code: str, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}", title="Not copied")
        self.code = code
        self.path = path


def copy(
    source: str,
    target: str,
    names: Iterable[str | tuple[str, str]],
    verify: bool = False,
    progress: tuple[float, float] | None = None,
) -> list[CopiedFile]:
    """Copy files from the folder `source` to the folder `target`: all of them, or none.

    Both are absolute paths in granted folders. `names` are paths beneath `source`; a pair of paths
    gives the copy another name. The folder of each copy must exist, and the copy must not. `verify`
    reads each copy from its disk again, and compares. `progress` is the part of the call's progress
    that the copying is, for example `(0.1, 0.9)`.

    Returns what was copied, in the order of the names. Raises `CopyError`, or `Cancelled` if the
    user asked to stop; then no copy is left.
    """
    pairs = [(name, name) if isinstance(name, str) else name for name in names]
    made = [files.FileCopy(clean(one), clean(other)) for one, other in pairs]
    run = _in_sandbox if sys.platform == "wasi" else _outside
    try:
        copied = run(source, target, made, verify, progress)
    except Err as error:
        failed: files.CopyError = error.value
        if failed.code == files.CopyErrorCode.CANCELLED:
            raise Cancelled("Cancelled, as you asked") from None
        is_source = failed.side == files.CopySide.SOURCE
        path = source if is_source else target
        if failed.index < len(made):
            name = made[failed.index].source if is_source else made[failed.index].target
            path = posixpath.join(path, name)
        raise CopyError(failed.code.name.lower().replace("_", "-"), path, failed.reason) from None
    return [CopiedFile(file.size, file.sha256) for file in copied]


def _in_sandbox(
    source: str,
    target: str,
    made: list[files.FileCopy],
    verify: bool,
    progress: tuple[float, float] | None,
) -> list[files.CopiedFile]:
    """The runtime copies, between open folders."""
    if CURRENT.call is None:
        raise RuntimeError("files can only be copied during a call")
    CURRENT.tell()
    reads = types.DescriptorFlags.READ
    writes = reads | types.DescriptorFlags.MUTATE_DIRECTORY
    part = None if progress is None else files.ProgressRange(*map(float, progress))
    with _open(source, reads) as one, _open(target, writes) as other:
        return files.copy(CURRENT.call, one, other, made, files.CopyOptions(verify, part))


def _open(folder: str, flags: types.DescriptorFlags) -> types.Descriptor:
    """Open a folder beneath the granted folder that it is in."""
    path = posixpath.normpath(folder)
    for granted, name in preopens.get_directories():
        inside = posixpath.relpath(path, name) if posixpath.isabs(path) else ".."
        if inside == ".." or inside.startswith("../"):
            continue
        follow, directory = types.PathFlags.SYMLINK_FOLLOW, types.OpenFlags.DIRECTORY
        try:
            return granted.open_at(follow, clean(inside), directory, flags)
        except Err as error:
            why = error.value.name.lower().replace("_", "-")
            raise CopyError("io", folder, f"cannot be opened ({why})") from None
    raise CopyError("not-permitted", folder, "is in no folder that was granted")


def _outside(
    source: str,
    target: str,
    made: list[files.FileCopy],
    verify: bool,
    progress: tuple[float, float] | None,
) -> list[files.CopiedFile]:
    """In an adapter's own tests: plain copies, one after the other."""
    copied: list[files.CopiedFile] = []
    try:
        for index, file in enumerate(made):
            copied.append(_copy(index, os.path.join(source, file.source), os.path.join(target, file.target)))
    except Err:
        for file in made[: len(copied)]:
            os.remove(os.path.join(target, file.target))
        raise
    return copied


def _copy(index: int, source: str, target: str) -> files.CopiedFile:
    code, side = files.CopyErrorCode, files.CopySide.SOURCE
    if cancelled():
        raise Err(files.CopyError(code.CANCELLED, index, side, "was not copied"))
    try:
        with open(source, "rb") as file:
            content = file.read()
        side = files.CopySide.TARGET
        with open(target, "xb") as file:
            file.write(content)
    except OSError as error:
        known = {FileNotFoundError: code.NOT_FOUND, FileExistsError: code.ALREADY_EXISTS}
        found = known.get(type(error), code.IO)
        raise Err(files.CopyError(found, index, side, f"cannot be copied ({error.strerror})")) from None
    return files.CopiedFile(len(content), hashlib.sha256(content).hexdigest())
