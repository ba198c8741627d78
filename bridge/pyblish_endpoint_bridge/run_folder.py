# -*- coding: utf-8 -*-
"""The run folder: the secret and the host files, for this user alone.

Nothing in it is believed that another user could have written: each file and folder is checked for
its owner, its permissions, and that it is no link.
"""
from __future__ import absolute_import, division, print_function

import binascii
import errno
import os
import re
import stat
import sys

from .errors import BridgeError
from .text import text_of


def run_folder():
    """The folder in which bridges and runtimes of one user find each other."""
    name = "pyblish-endpoint"
    home = os.path.expanduser("~")
    if os.name == "nt":
        return os.path.join(os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming"), name, "data", "run")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", name, "run")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        return os.path.join(runtime, name)
    data = os.environ.get("XDG_DATA_HOME", "")
    return os.path.join(data if os.path.isabs(data) else os.path.join(home, ".local", "share"), name, "run")


def is_ours_alone(found):
    """Whether the file of this `stat` is this user's, and nobody else can read or change it."""
    if os.name != "posix" or not hasattr(os, "geteuid"):
        return True  # on Windows, files in a user's folders inherit permissions
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def private_folder(path):
    """Makes a folder for this user alone, and those above it; refuses one that others can enter."""
    try:
        os.makedirs(path, 0o700)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise BridgeError("The folder %s cannot be made: %s." % (path, error.strerror))
    found = os.lstat(path)  # not `stat`: a link may lead to another user's folder
    if not stat.S_ISDIR(found.st_mode):
        raise BridgeError("%s is no folder; remove it, and it is made anew." % path)
    if not is_ours_alone(found):
        raise BridgeError("The folder %s is another user's, or others can enter it; remove it, and it is made anew." % path)
    return path


def private_file(path, text):
    """Writes a file that only this user can read. Readers see all of the old or the new text."""
    beside = new_file(path, text)
    if hasattr(os, "replace"):
        os.replace(beside, path)
        return
    if os.name == "nt" and os.path.exists(path):
        os.remove(path)  # Python 2 cannot rename over a file there
    os.rename(beside, path)


def new_file(path, text):
    """Writes a new file beside this path, which only this user can read; answers its path."""
    beside = "%s.%d.tmp" % (path, os.getpid())
    if os.path.lexists(beside):
        os.remove(beside)  # left by a process with the same number that was killed
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    return beside


def read_private(path, limit):
    """At most `limit` bytes of a file that is this user's alone, or None if there is none.

    It never waits, not even for a pipe.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise BridgeError("%s cannot be read: %s. Remove it, and it is made anew." % (path, why))
    try:
        # Of the open file: another file may have this name by now.
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise BridgeError("%s is no plain file; remove it, and it is made anew." % path)
        if not is_ours_alone(found):
            raise BridgeError("%s is another user's, or others can read it; remove it, and it is made anew." % path)
        return os.read(handle, limit)
    finally:
        os.close(handle)


def secret(folder):
    """The 32 bytes that this user's adapters and bridges share. The first bridge makes them."""
    path = os.path.join(private_folder(folder), "secret")
    digits = read_private(path, 256)
    if digits is None:
        make_secret(path)
        digits = read_private(path, 256)
    if not re.match(b"^[0-9a-fA-F]{64}$", (digits or b"").strip()):
        raise BridgeError("The secret %s is not 64 hexadecimal digits; remove it, and it is made anew." % path)
    return binascii.unhexlify(digits.strip())


def make_secret(path):
    """Makes the secret. If several bridges do so at once, one wins; nobody reads half of it."""
    beside = new_file(path, text_of(binascii.hexlify(os.urandom(32))) + u"\n")
    try:
        # Unlike `rename`, `link` does not replace a file that another bridge made meanwhile.
        if hasattr(os, "link"):
            os.link(beside, path)
        else:
            os.rename(beside, path)  # Python 2 on Windows, where it does not replace either
    except OSError:
        if not os.path.lexists(path):
            os.rename(beside, path)  # a file system without links
    if os.path.lexists(beside):
        os.remove(beside)
