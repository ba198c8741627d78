# -*- coding: utf-8 -*-
"""Which modal operators wait for the artist in Blender before 4.2, which does not say so.

Each window has a list of them in its memory. Blender describes its own structures in every .blend
file (SDNA), so the place of that list is read from a small file that this Blender writes.
"""
from __future__ import absolute_import, division, print_function

import os
import re
import shutil
import struct
import tempfile

# An entry of the list is `wmEventHandler`, which SDNA does not describe. It was the same in all
# versions from 2.81 to 4.1: next, previous, kind (a number), flag, poll, and what is of its kind.
KIND, OF_KIND = 16, 32
OPERATOR = 3
MOST = 100  # entries that are looked at


def pointer_at(address):
    import ctypes
    return ctypes.c_void_p.from_address(address).value


class Sdna(object):
    """The structures that a .blend file describes."""

    def __init__(self, data):
        at = 12  # behind the file's header
        while data[at:at + 4] != b"DNA1":
            at += 24 + struct.unpack_from("<i", data, at + 4)[0]
        self.data, self.at = data, at + 24 + 4
        self.members = self.names(b"NAME")
        self.types = self.names(b"TYPE")
        self.enter(b"TLEN")
        self.lengths = self.numbers(len(self.types))
        self.enter(b"STRC")
        count, = struct.unpack_from("<i", data, self.at)
        self.at += 4
        self.structures = {}
        for _ in range(count):
            type_, fields = self.numbers(2)
            self.structures[self.types[type_]] = self.numbers(2 * fields)

    def enter(self, mark):
        self.at += -(self.at - 12) % 4 if self.data[self.at:self.at + 4] != mark else 0
        if self.data[self.at:self.at + 4] != mark:
            raise ValueError("no %s" % mark)
        self.at += 4

    def names(self, mark):
        self.enter(mark)
        count, = struct.unpack_from("<i", self.data, self.at)
        self.at += 4
        found = []
        for _ in range(count):
            end = self.data.index(b"\0", self.at)
            found.append(self.data[self.at:end].decode("ascii"))
            self.at = end + 1
        while self.data[self.at:self.at + 1] == b"\0":
            self.at += 1
        return found

    def numbers(self, count):
        found = struct.unpack_from("<%dH" % count, self.data, self.at)
        self.at += 2 * count
        return found

    def offset(self, structure, member):
        """Where a member is in its structure, in bytes."""
        fields, at = self.structures[structure], 0
        for type_, name in zip(fields[::2], fields[1::2]):
            name = self.members[name]
            if name.split("[")[0] == member:
                return at
            size = struct.calcsize("P") if name[0] in "*(" else self.lengths[type_]
            for length in re.findall(r"\[(\d+)\]", name):
                size *= int(length)
            at += size
        raise KeyError(member)


class ModalHandlers(object):
    """Reads what waits for the artist in a window of Blender."""

    def __init__(self, bpy):
        folder = tempfile.mkdtemp()
        try:
            path = os.path.join(folder, "empty.blend")
            bpy.data.libraries.write(path, set())
            with open(path, "rb") as file:
                sdna = Sdna(file.read())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.handlers = sdna.offset("wmWindow", "modalhandlers")
        self.idname = sdna.offset("wmOperator", "idname")

    def names(self, window):
        """The names of modal operators, such as `TRANSFORM_OT_translate`. Menus and the splash screen
        are in the list, too; they hold nothing of the scene.
        """
        import ctypes
        found = []
        entry = pointer_at(window.as_pointer() + self.handlers)
        while entry and len(found) < MOST:
            kind = ctypes.c_int.from_address(entry + KIND).value
            if kind == OPERATOR and pointer_at(entry + OF_KIND):
                name = ctypes.string_at(pointer_at(entry + OF_KIND) + self.idname, 64).split(b"\0")[0]
                found.append(name.decode("ascii", "replace"))
            entry = pointer_at(entry)
        return found
