# -*- coding: utf-8 -*-
"""Covers: functions of ours in place of others' for a while, such as for the length of a call.

Meanwhile a plug-in may read what is there, keep it, put its own over it, put back what it read
earlier, or remove it. So these rules hold for each cover:

- What is taken down is only ours. What a plug-in put there stays.
- A cover inside of what a plug-in put there goes on working: it calls what it covers, for ever.
- No cover is put over another one. One that a plug-in kept and put back is taken away first.
- Whatever else the owner is, and which object it is, stays as it is: an attribute is set in its
  dictionary, without code of its class.
"""
from __future__ import absolute_import, division, print_function


class CannotCover(Exception):
    """The attribute cannot be set, as in an object that is written in C."""


class Cover(object):
    """Ours in place of an attribute of a module or of an object.

    `instead` is called with what is covered, and the arguments. It is called as long as the cover
    is up, or for ever if it `stays`.
    """

    _pyblish_endpoint_cover = True

    def __init__(self, owner, name, instead, stays=False):
        self.owner, self.name, self.instead, self.stays = owner, name, instead, stays
        self.holds = dictionary_of(owner)
        self.put_up()
        try:
            is_seen = getattr(owner, name) is self
        except Exception:
            is_seen = False
        if not is_seen:
            self.take_down()
            raise CannotCover(name)

    def put_up(self):
        """Puts it over what is there now."""
        self.is_inherited = self.name not in self.holds  # the owner has it from its class
        if not self.is_inherited:
            take_down(self.owner, self.name)
            self.is_inherited = self.name not in self.holds
        self.covered = getattr(self.owner, self.name)
        self.is_up = True
        self.holds[self.name] = self

    def __call__(self, *args, **kwargs):
        if self.is_up or self.stays:
            return self.instead(self.covered, *args, **kwargs)
        return self.covered(*args, **kwargs)

    def take_down(self):
        """Takes it away, if it is still there."""
        self.is_up = False
        if self.holds.get(self.name) is self and self.is_inherited:
            del self.holds[self.name]  # as it is mostly
        else:
            take_down(self.owner, self.name)


def dictionary_of(owner):
    holds = getattr(owner, "__dict__", None)
    if type(holds) is not dict:
        raise CannotCover(type(owner).__name__)
    return holds


def is_cover(value):
    # Asked of the type: a plug-in's own may hand on all attributes of what it is put over.
    return getattr(type(value), "_pyblish_endpoint_cover", False)


def take_down(owner, name):
    """Takes all covers away that are the attribute itself."""
    holds = dictionary_of(owner)
    found = holds.get(name)
    if not is_cover(found):
        return
    while is_cover(found):
        is_inherited, found = found.is_inherited, found.covered
    if is_inherited:
        holds.pop(name, None)
    else:
        holds[name] = found
