"""Listings of folders with names that are not UTF-8.

WASI passes names as UTF-8, so the sandbox can neither show nor open a file with another name. Python's
listings fail there, and `glob`, `os.walk` and `rglob` then find nothing, because they ignore errors.
Here a listing shows all other names, and a record says how many it left out.
"""
import errno
import logging
import os
import posix
import stat

from componentize_py_types import Err
from pyblish_endpoint_bridge.calls import CURRENT
from wit_world.imports import preopens, types

LISTDIR, SCANDIR = os.listdir, os.scandir


class Entry(object):
    """What `os.scandir` finds: like `os.DirEntry`, which cannot be made."""

    def __init__(self, folder, name, kind):
        self.name = name
        self.path = os.path.join(folder, name)
        self.kind = kind

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return "<DirEntry %r>" % (self.name,)

    def stat(self, *, follow_symlinks=True):
        return os.stat(self.path, follow_symlinks=follow_symlinks)

    def inode(self):
        return self.stat(follow_symlinks=False).st_ino

    def is_symlink(self):
        return self.kind is types.DescriptorType.SYMBOLIC_LINK

    def is_junction(self):
        return False

    def is_dir(self, *, follow_symlinks=True):
        return self.leads_to(types.DescriptorType.DIRECTORY, stat.S_ISDIR, follow_symlinks)

    def is_file(self, *, follow_symlinks=True):
        return self.leads_to(types.DescriptorType.REGULAR_FILE, stat.S_ISREG, follow_symlinks)

    def leads_to(self, kind, is_kind, follow_symlinks):
        if not (follow_symlinks and self.is_symlink()):
            return self.kind is kind
        try:
            return is_kind(self.stat().st_mode)
        except FileNotFoundError:
            return False


class Entries(object):
    """What `os.scandir` returns."""

    def __init__(self, entries):
        self.entries = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.entries = iter(())


def listdir(path=None):
    try:
        return LISTDIR(path)
    except OSError as error:
        if error.errno != errno.EILSEQ:
            raise
    return [entry.name for entry in shown(path)]


def scandir(path=None):
    try:
        with SCANDIR(path) as entries:
            return Entries(list(entries))
    except OSError as error:
        if error.errno != errno.EILSEQ:
            raise
    return Entries(shown(path))


def shown(path):
    """The entries whose names can be shown. A record says how many are left out."""
    folder = "." if path is None else os.fspath(path)
    whole = os.path.realpath(os.fsdecode(folder))
    entries, left_out = [], 0
    with opened(whole) as directory, directory.read_directory() as stream:
        while True:
            try:
                found = stream.read_directory_entry()
            except Err as error:
                if error.value is not types.ErrorCode.ILLEGAL_BYTE_SEQUENCE:
                    raise failed(error, folder) from None
                left_out += 1
                continue
            if found is None:
                break
            name = os.fsencode(found.name) if isinstance(folder, bytes) else found.name
            entries.append(Entry(folder, name, found.type))
    tell(whole, left_out)
    return entries


def tell(whole, left_out):
    """A record, whichever loggers the plug-in has: a listing is never shorter in silence."""
    if CURRENT.call is None:
        return
    CURRENT.call.record(
        logging.WARNING,
        "%s left out of the listing of %s: the sandbox cannot show names that are not UTF-8. Rename them, or run this "
        "plug-in in a Python with the bridge (`--adapter python`)."
        % ("1 file or folder is" if left_out == 1 else "%d files or folders are" % left_out, whole),
        "pyblish.sandbox")


def opened(whole):
    """The open folder of this path."""
    found = None
    for directory, place in preopens.get_directories():
        with directory:
            if whole == place or whole.startswith(place + "/"):
                try:
                    found = directory.open_at(
                        types.PathFlags(0), whole[len(place) + 1:] or ".", types.OpenFlags.DIRECTORY,
                        types.DescriptorFlags.READ)
                except Err as error:
                    raise failed(error, whole) from None
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), whole)
    return found


def failed(error, path):
    return OSError(errno.EIO, "the folder cannot be listed (%s)" % error.value.name.lower(), path)


def install():
    """Called during the build."""
    for module in (os, posix):
        module.listdir, module.scandir = listdir, scandir
