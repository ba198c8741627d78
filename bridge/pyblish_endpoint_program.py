# -*- coding: utf-8 -*-
"""Finds the runtime's program for a host, and checks that it fits the bridge.

The program is looked for in this order:

1. what the variable `PYBLISH_ENDPOINT_PROGRAM` names: of a project or a shell
2. `program` of the table `[menu]` in the files of configuration: of a site
3. the program that ran `host install`
4. `PATH`
5. the places where packages put it

Somebody has chosen the first two, so where one of them says something, nothing else is taken: an
artist must not publish with another version than the project's without knowing it.

It runs in the host's own Python (2.7, and 3.7 to 3.14), with the standard library only.
"""
from __future__ import absolute_import, division, print_function

import errno
import io
import os
import platform
import re
import stat
import subprocess
import sys
import tempfile

import pyblish_endpoint_bridge

NAME = "pyblish-endpoint"
VARIABLE = "PYBLISH_ENDPOINT_PROGRAM"
CONFIG = "PYBLISH_ENDPOINT_CONFIG"

WINDOWS = os.name == "nt"

# The machines that a program can be for: by the number in an ELF file, in a PE file, in a Mach-O file.
ELF = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
PE = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64"}
MACH = {0x01000007: "x86_64", 0x0100000C: "aarch64"}

# What a share that is gone answers: ESTALE, EIO, ENOTCONN, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH. Not all
# systems have each name.
GONE = [getattr(errno, name) for name in (
    "ESTALE", "EIO", "ENOTCONN", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH") if hasattr(errno, name)]
GONE_WINDOWS = [53, 55, 59, 64, 67, 1231]


class ProgramError(Exception):
    """Why there is no program to start. The message is for the user."""


def find(host, binary=""):
    """The program to start. `binary` is the one that ran `host install`; raises `ProgramError`."""
    chosen = from_variable() or from_configuration()
    if chosen:
        reasons = []
        for program, said in chosen:
            reason = why_not(program, host)
            if reason is None:
                return program
            reasons.append("%s, which %s names: %s" % (program, said, reason))
        raise ProgramError("\n".join(reasons))
    found, reasons = [], []
    for program in [binary] + on_path() + usual_places():
        if program and program not in found and os.path.isfile(program):
            found.append(program)
    for program in found:
        reason = why_not(program, host)
        if reason is None:
            return program
        reasons.append("%s: %s" % (program, reason))
    if reasons:
        raise ProgramError("\n".join(reasons))
    raise ProgramError(
        "There is no %s on this machine: %sit is not on PATH, and not in %s. Install its package, or name the program "
        "with the variable %s." % (
            NAME, "%s, which ran `host install`, is gone; " % binary if binary else "",
            ", ".join(os.path.dirname(place) for place in usual_places()), VARIABLE))


def from_variable():
    """What the variable names, each with that name. Separated as in PATH."""
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [(os.path.expanduser(program), VARIABLE) for program in named if program]


def from_configuration():
    """What the strongest file of configuration names, each with the path of the file."""
    for path, is_named in reversed(configuration_files()):
        programs = programs_in(path, is_named)
        if programs:
            return [(program, path) for program in programs]
    return []


def configuration_files():
    """The files, the weakest first, and whether somebody has named each: as the runtime reads them."""
    files = []
    machine = machine_folder()
    if machine:
        files.append((os.path.join(machine, "endpoint.toml"), False))
    files.extend((path, True) for path in os.environ.get(CONFIG, "").split(os.pathsep) if path)
    files.append((os.path.join(user_folder(), "endpoint.toml"), False))
    return files


def machine_folder():
    if WINDOWS:
        folder = os.environ.get("ProgramFiles")
        return os.path.join(folder, NAME) if folder else None
    return os.path.join("/Library/Application Support" if sys.platform == "darwin" else "/etc", NAME)


def user_folder():
    home = os.path.expanduser("~")
    if WINDOWS:
        return os.path.join(os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming"), NAME, "config")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", NAME)
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return os.path.join(config if os.path.isabs(config) else os.path.join(home, ".config"), NAME)


def programs_in(path, is_named):
    """`program` of the table `[menu]`: a text, or a list of them, of which the first that fits is taken."""
    try:
        with io.open(path, encoding="utf-8") as file:
            text = file.read(1 << 20)
    except (IOError, OSError) as error:
        if error.errno == errno.ENOENT and not is_named:
            return []
        raise ProgramError(
            "The configuration %s cannot be read: %s. Mount its share, make it readable, or take it out of %s." % (
                path, error.strerror, CONFIG))
    except ValueError:
        raise ProgramError("The configuration %s is not written in UTF-8; save it as that." % path)
    if not is_named and is_of_others(path):
        raise ProgramError(
            "Other users can change the configuration %s; check what is in it, then run `chmod go-w` on it and on its "
            "folder." % path)
    return read_programs(path, text)


def is_of_others(path):
    """Whether another user than this one and root could have written the file. Not asked on Windows."""
    if not hasattr(os, "geteuid"):
        return False
    for place in (path, os.path.dirname(path)):
        found = os.stat(place)
        if found.st_uid not in (0, os.geteuid()) or stat.S_IMODE(found.st_mode) & 0o022:
            return True
    return False


STRING = r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'"


def read_programs(path, text):
    """A small part of TOML: hosts have Pythons that cannot read all of it. The runtime checks the whole."""
    if re.search(r"^\s*menu\s*[.=]", text, re.MULTILINE):
        raise ProgramError("%s: write the table [menu] on a line of its own, and its keys below it." % path)
    table = re.search(r"^[ \t]*\[[ \t]*menu[ \t]*\][ \t]*(?:#[^\n]*)?$(.*?)(?=^[ \t]*\[+[ \t]*[\w\"'.-]+[ \t]*\]|\Z)", text,
                      re.MULTILINE | re.DOTALL)
    if not table:
        return []
    key = re.search(r"^[ \t]*program[ \t]*=[ \t]*", table.group(1), re.MULTILINE)
    if not key:
        return []
    value = table.group(1)[key.end():]
    found = re.match(STRING, value) or re.match(r"\[(?:\s|,|#[^\n]*|%s)*\]" % STRING, value)
    if not found:
        raise ProgramError("%s: program of [menu] must be a text, or a list of texts." % path)
    # Strings before comments: a path may have a `#`.
    parts = re.findall(r"(%s)|#[^\n]*" % STRING, found.group(0))
    programs = [unquoted(part) for part in parts if part]
    for program in programs:
        if not os.path.isabs(program) and not re.match(r"[A-Za-z]:[\\/]|[\\/]{2}|/", program):
            raise ProgramError("%s: program of [menu], %s: write the whole path." % (path, program))
    # One file is for all systems: what is no path here is for another one.
    here = [program for program in programs if is_path_here(program)]
    if programs and not here:
        raise ProgramError("%s: program of [menu] has no path for this system; add one." % path)
    return here


def is_path_here(program):
    """Whether this could be a path of a program on this system."""
    return bool(re.match(r"[A-Za-z]:[\\/]|[\\/]{2}", program)) if WINDOWS else program.startswith("/") and not (
        program.startswith("//") or program.lower().endswith(".exe"))


def unquoted(text):
    """The value of a string in TOML."""
    if text[0] == "'":
        return text[1:-1]

    def of_escape(match):
        plain = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
        mark = match.group(1)
        return plain[mark] if mark in plain else (
            b"\\" + mark.encode("ascii")).decode("unicode_escape") if mark[0] in "uU" else match.group(0)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", of_escape, text[1:-1])


def executable():
    return NAME + (".exe" if WINDOWS else "")


def on_path():
    """The programs of this name on PATH."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [os.path.join(folder, executable()) for folder in folders if os.path.isabs(folder)]


def usual_places():
    """Where packages put it. A host that was started from a menu of the desktop has a short PATH."""
    home = os.path.expanduser("~")
    if WINDOWS:
        folders = [os.environ.get("ProgramFiles") or "C:\\Program Files",
                   os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "Programs")]
        return [os.path.join(folder, NAME, executable()) for folder in folders]
    folders = ["/usr/local/bin", "/usr/bin", "/opt/pyblish-endpoint/bin", os.path.join(home, ".local", "bin")]
    if sys.platform == "darwin":
        folders.insert(0, "/opt/homebrew/bin")
    return [os.path.join(folder, NAME) for folder in folders]


def why_not(program, host):
    """Why this program cannot be taken, in words, with the next step; None if it can."""
    if not os.path.isfile(program):
        return missing(program)
    with tempfile.TemporaryFile() as log:
        try:
            process = start([program, "--version"], log)
        except (OSError, ValueError) as error:
            return not_started(program, error)
        said = process.communicate()[0].decode("utf-8", "replace")
        log.seek(0)
        complaint = log.read().decode("utf-8", "replace").strip()
    found = re.match(r"pyblish-endpoint (\d+)\.(\d+)\.(\d+)", said)
    if process.returncode != 0 or not found:
        return too_old_system(complaint) or "it does not say its version, so it is another program: %s" % (
            complaint.splitlines()[-1] if complaint else "it ended with %d" % process.returncode)
    version, own = found.group(0).split()[1], pyblish_endpoint_bridge.__version__
    if fits(version, own):
        return None
    again = "run `\"%s\" host install %s`, and start the host again" % (program, host)
    if numbers(version) < numbers(own):
        return ("it is version %s, which is too old for this host's start-up files of %s. Update it; or, to go back "
                "to %s, %s." % (version, own, version, again))
    return "it is version %s, which is too new for this host's start-up files of %s: %s." % (version, own, again)


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def fits(program, bridge):
    """Whether these versions work together: as in Semantic Versioning, before 1.0 the second number counts."""
    a, b = numbers(program), numbers(bridge)
    return a[:2] == b[:2] if a[0] == b[0] == 0 else a[0] == b[0]


def missing(program):
    """The next step where there is no such file."""
    try:
        os.stat(program)
    except OSError as error:
        if error.errno in GONE or getattr(error, "winerror", None) in GONE_WINDOWS:
            return "its share does not answer (%s). Mount it again, or name another program." % error.strerror
    above = os.path.dirname(program)
    while above and not os.path.isdir(above) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    if above in ("", os.path.dirname(program)):
        return "it does not exist. Install it there, or name another program."
    return "it does not exist, and of its path only %s does. Mount its share, or name another program." % above


def not_started(program, error):
    """Why the system does not execute the file."""
    code = getattr(error, "winerror", None)
    if code in (193, 216) or error.errno == errno.ENOEXEC:
        return for_what(program)
    if code in GONE_WINDOWS or error.errno in GONE:
        return "its share does not answer (%s). Mount it again, or name another program." % error.strerror
    if error.errno == errno.ENOENT:
        return ("the program loader that it needs is not on this machine, so it is for another system. Install the "
                "package for this one.")
    if error.errno == errno.EACCES:
        return ("it may not be executed here. Run `chmod +x` on it, mount its share without `noexec`, or have the "
                "administrator allow it.")
    return "it does not start: %s. Install it again." % error


def for_what(program):
    """What a file that is no program for this machine is."""
    with open(program, "rb") as file:
        head = bytearray(file.read(4096))
    this = "%s on %s" % (platform.system() or sys.platform, platform.machine())
    system = machine = None
    if not head:
        return "it is empty, so its package is only half there. Install it again."
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        system, machine = "Linux", ELF.get(head[18] | head[19] << 8)
    elif head[:2] == b"MZ":
        at = sum(head[60 + i] << 8 * i for i in range(4)) if len(head) >= 64 else len(head)
        system, machine = "Windows", PE.get(head[at + 4] | head[at + 5] << 8) if at + 6 <= len(head) else None
    elif head[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        number = sum(head[4 + i] << 8 * i for i in range(4)) if len(head) >= 8 else 0
        system, machine = "macOS", MACH.get(number)
    if system is None:
        return "it is no program for this machine (%s). Install the package for this machine again." % this
    return "it is for %s%s, and this machine is %s. Install the package for this machine." % (
        system, " on " + machine if machine else "", this)


def too_old_system(complaint):
    """The complaint of Linux's loader about a C library that is too old, in words."""
    wanted = re.findall(r"version `GLIBC_([\d.]+)' not found", complaint)
    if not wanted:
        return None
    newest = max(wanted, key=numbers)
    return ("it needs glibc %s or later, and this machine has %s. Install the package for older Linuxes, whose name "
            "has the glibc that it needs." % (newest, platform.libc_ver()[1] or "an older one"))


def start(arguments, log):
    """Starts a program apart from this one: without a window, and without the host's signals."""
    apart = {}
    if WINDOWS:
        apart["creationflags"] = 0x08000000 | 0x00000200  # CREATE_NO_WINDOW, CREATE_NEW_PROCESS_GROUP
    elif sys.version_info[0] == 2:
        apart["preexec_fn"] = os.setsid
        apart["close_fds"] = True
    else:
        apart["start_new_session"] = True
    with open(os.devnull, "rb") as nothing:
        return subprocess.Popen(arguments, stdin=nothing, stdout=subprocess.PIPE, stderr=log, **apart)
