# -*- coding: utf-8 -*-
"""Changes that frontends make: in the context, its instances, and which plug-ins take part."""
from __future__ import absolute_import, division, print_function

from .compat import byte_type, text_type
from .containers import member_text
from .failures import failure
from .text import clean
from .values import MARK, is_a, is_marked, mark, plain, str_key, type_name, unicode_to_host


def apply_changes(watch, plugins, changes):
    """Makes the changes; answers a failure that says which were refused, or None."""
    refused = []
    for change in changes:
        try:
            (kind, of), = change.items()
            why = apply_change(watch, plugins, kind, of)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            why = u"a change cannot be read: %s (%s)" % (clean(mark(change)[MARK]), clean(error))
        if why is not None:
            refused.append(why)
    if refused:
        return failure(u"Not everything was taken over: %s." % u"; ".join(refused), "Refused", title="Refused")
    return None


def apply_change(watch, plugins, kind, of):
    """Makes one change; answers None, or why it was refused."""
    if kind == "plugin-activated":
        plugin = plugins.get(of["plugin"])
        if plugin is None:
            return u"there is no plug-in %s" % clean(of["plugin"])
        plugin.active = bool(of["active"])
        return None
    if kind == "instance-added":
        data = dict((str_key(key), unicode_to_host(None, value)) for key, value in of["data"])
        if is_marked(list(data.values())):
            return u"the instance %s would hold what only the host can make" % clean(of["name"])
        data.pop("name", None)
        instance = watch.context.create_instance(str_key(of["name"]), **data)
        instance.extend(str_key(member) for member in of["members"])
        return None
    state = watch.root if of.get("instance", of.get("id")) is None else watch.states.get(of.get("instance", of.get("id")))
    if state is None:
        return u"there is no instance %s" % clean(of.get("instance", of.get("id")))
    where = u"of %s" % (u"the context" if state.id is None else clean(state.entity.name))
    if kind == "instance-removed":
        watch.context[:] = [instance for instance in watch.context if instance is not state.entity]
        return None
    if kind == "members-set":
        return apply_members(state.entity, of["members"], where)
    key, data = str_key(of["key"]), state.data
    if of["key"].startswith("$key ") and key not in data:
        return u"the key %s %s is no text in the host" % (clean(key), where)
    if kind in ("data-set", "data-unset") and key in data and is_marked(plain(data[key])):
        return u"%s %s is %s in the host, which cannot be written from outside" % (
            clean(key), where, type_name(data[key]))
    if kind == "data-unset":
        data.pop(key, None)
    elif kind == "data-set":
        value = of["value"]
        if is_marked(value):
            return u"the new %s %s holds what only the host can make" % (clean(key), where)
        data[key] = unicode_to_host(data.get(key), value)
    else:
        return u"there is no change %s" % clean(kind)
    return None


def apply_members(entity, members, where):
    """Sets members by their texts: objects that are there stay, new ones are texts."""
    there = [(member_text(member), member) for member in list.__iter__(entity)]
    new = []
    for text in members:
        match = [at for at, (shown, _) in enumerate(there) if shown == text]
        if match:
            new.append(there.pop(match[0])[1])
        elif any(not is_a(member, (text_type, byte_type)) for member in list.__iter__(entity)):
            return u"the member %s %s is not in the host" % (clean(text), where)
        else:
            new.append(str_key(text))
    entity[:] = new
    return None
