# -*- coding: utf-8 -*-
"""Selects the members of instances in the host, because the artist wants to see what has a problem."""
from __future__ import absolute_import, division, print_function

from .compat import byte_type, text_type
from .containers import member_text
from .failures import failure
from .text import clean, text_of
from .values import is_a

SELECT = "selectInHost"  # the event that asks for it
NAMED = 5  # members that are named in a message


def name_of(member):
    """The name of a member that is a text, or None."""
    return text_of(member) if is_a(member, (text_type, byte_type)) else None


def select_members(host, watch, numbers):
    """Has the host select the members of the instances with these ids; of an instance without any,
    what is called like it.

    Answers a failure that says which the host does not have, or None.
    """
    instances = [watch.instance(number) for number in numbers or []]
    if not instances or any(instance is None for instance in instances):
        return failure(u"There is no such instance in %s any more; collect again." % host.label, "LookupError")
    members = []
    for instance in instances:
        members.extend(list(list.__iter__(instance)) or [instance.name])
    missing = host.select(members)
    if not missing:
        return None
    names = u", ".join(clean(member_text(member)) for member in missing[:NAMED])
    if len(missing) > NAMED:
        names += u" and %d more" % (len(missing) - NAMED)
    return failure(
        u"%s cannot select %s: not in the open scene, or hidden. Show it, or collect again."
        % (host.label, names), "NotSelected", title=u"Not everything was selected")
