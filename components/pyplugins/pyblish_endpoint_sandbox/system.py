"""What a system has and WASI has not: names of the user and the machine, a folder for temporary files,
the space on a disk, a mask of permissions.
"""
import collections
import errno
import json
import os
import platform
import posix
import shutil
import socket
import sys
import tempfile

from wit_world.imports import environment

TEMPORARY = "/tmp"
# The runtime tells it in this variable, each time anew.
DISKS = "PYBLISH_ENDPOINT_DISKS"
BLOCK = 4096  # bytes; the usual size on a disk


class Names(object):
    user, machine = "nobody", "localhost"


def begin(user, machine):
    """Called when a session opens."""
    Names.user, Names.machine = user, machine
    for name in ("USERNAME", "USER", "LOGNAME"):
        os.environ[name] = user
    for name in ("HOSTNAME", "COMPUTERNAME"):
        os.environ[name] = machine
    # Without it, `~` would be a folder of that name in the current folder.
    os.environ["HOME"] = os.environ["USERPROFILE"] = TEMPORARY
    os.environ.pop(DISKS, None)
    # As in any Python; modules read the first one.
    sys.argv[:] = [""]
    platform._uname_cache = None


def getlogin():
    return Names.user


def gethostname():
    return Names.machine


def uname():
    known = list(UNAME())
    known[1] = Names.machine
    return posix.uname_result(known)


UNAME = os.uname


def umask(mask):
    """Keeps the mask. WASI has no permissions, so it has no effect."""
    global MASK
    before, MASK = MASK, mask & 0o777
    return before


MASK = 0o022


def statvfs(path):
    os.stat(path)  # fails if it is not there
    whole = os.path.realpath(os.fsdecode(path))
    disks = json.loads(dict(environment.get_environment()).get(DISKS, "{}"))
    for place in disks:
        if whole == place or whole.startswith(place + "/"):
            total, free = disks[place]["total"] // BLOCK, disks[place]["free"] // BLOCK
            return posix.statvfs_result((BLOCK, BLOCK, total, free, free, 0, 0, 0, 0, 255))
    raise OSError(
        errno.ENOSYS, "The sandbox cannot tell how much space there is: it only knows the disks of granted folders", path)


def disk_usage(path):
    known = statvfs(path)
    total, free = known.f_blocks * known.f_frsize, known.f_bavail * known.f_frsize
    return USAGE(total, total - free, free)


USAGE = collections.namedtuple("usage", "total used free")
USAGE.__module__ = "shutil"


def candidates():
    """Where `tempfile` looks for a folder: never among the artist's files."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    return [os.path.abspath(path) for path in named if path] + [TEMPORARY]


def install():
    """Called during the build."""
    for module in (os, posix):
        module.umask, module.uname, module.getlogin, module.statvfs = umask, uname, getlogin, statvfs
    socket.gethostname = gethostname
    shutil.disk_usage = disk_usage
    shutil.__all__.append("disk_usage")
    tempfile._candidate_tempdir_list = candidates
