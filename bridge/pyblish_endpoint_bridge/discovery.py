# -*- coding: utf-8 -*-
"""Discovery of plug-ins, with a reason for each that Pyblish leaves out in silence.

What is *broken* has to be mended by somebody. What is *left out* does not take part, though nothing
is wrong with it: a plug-in for another host, or a folder without plug-ins.
"""
from __future__ import absolute_import, division, print_function

import inspect
import linecache
import os

from .compat import PY2, byte_type, text_type
from .covers import Cover
from .failures import failure, failure_of
from .plugins import file_of
from .text import clean, text_of
from .values import MARK, mark


class Discovered(object):
    """What was discovered."""

    def __init__(self, plugins, broken, left_out, hosts, registrations):
        self.plugins = plugins  # their descriptions
        self.broken = broken  # pairs of a file and a failure
        self.left_out = left_out  # tuples of a name, a file, and a reason
        self.hosts = [clean(host) for host in hosts]  # those that are registered
        self.targets, self.stops = registrations.targets, registrations.stops


def discover(pyblish):
    """Discovers plug-ins; answers them, what is broken as pairs of a file and a failure, and what is
    left out as tuples of a name or None, a file or None, and a reason.

    It calls `pyblish.api.discover`, which a studio may have replaced. Meanwhile functions that
    Pyblish's own discovery calls are covered: the one that executes a file, the one that finds the
    classes in it, and those that tell whether a class can be used. The covers note what Pyblish
    leaves out without a message. What is in a file and not in the result was left out after that.
    """
    linecache.checkcache()  # forget the lines of files that were edited
    plugin = pyblish.plugin
    six = plugin.six
    broken, left_out, current = [], left_out_folders(plugin), [None]
    found = []  # the plug-ins in files, and the file of each
    read = set()  # the files that Pyblish read

    def exec_(execute, source, names, *rest):
        path = current[0] = text_of(names.get("__file__", "?"))
        read.add(path)
        try:
            # With the name of its file, so that tracebacks and `inspect` can show its lines.
            if isinstance(source, byte_type) and PY2:
                source = source.replace(b"\r\n", b"\n")
            code = compile(source, names.get("__file__", "<string>"), "exec", dont_inherit=True)
            return execute(code, names, *rest)
        except BaseException as error:
            broken.append((path, failure_of(error)))
            if isinstance(error, Exception):
                raise
            # Pyblish skips a file that raises an Exception. Any other error, as of
            # `sys.exit()`, would end the whole discovery.
            raise RuntimeError("%s: %s" % (type(error).__name__, error))

    def valid(is_valid, class_):
        good = is_valid(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s cannot be used: %s." % (clean(class_.__name__), why_invalid(class_)), "InvalidPlugin")))
        return good

    def compatible(is_compatible, class_):
        good = is_compatible(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s asks for %s, and this is Pyblish %s. Update Pyblish, or the plug-in's `requires`."
                % (clean(class_.__name__), clean(class_.requires), clean(pyblish.version)), "IncompatiblePlugin")))
        return good

    def for_this_host(for_host, class_):
        good = for_host(class_)
        if not good:
            left_out.append((clean(class_.__name__), file_of(class_) or current[0], u"It is for the hosts %s, and this is %s." % (
                listed(class_.hosts), listed(pyblish.api.registered_hosts()))))
        return good

    def of_module(from_module, module):
        classes = from_module(module)
        found.extend((class_, current[0]) for class_ in classes)
        if not any(is_plugin(plugin, value) for name, value in vars(module).items() if not name.startswith("_")):
            left_out.append((
                None, current[0], u"The file defines no plug-in. Let its name begin with _ if it is only imported by others."))
        return classes

    covers = [Cover(six, "exec_", exec_), Cover(plugin, "plugin_is_valid", valid),
              Cover(plugin, "version_is_compatible", compatible), Cover(plugin, "host_is_compatible", for_this_host),
              Cover(plugin, "plugins_from_module", of_module)]
    try:
        with_ours = pyblish.api.discover()
    finally:
        for it in covers:
            it.take_down()
    broken.extend(unreadable_files(plugin, read))
    # Pyblish can be told to keep plug-ins of one name. The studio's collectors still win over ours.
    theirs = set(p.__name__ for p in with_ours if not hasattr(p, "_pyblish_endpoint"))
    plugins = [p for p in with_ours if not (hasattr(p, "_pyblish_endpoint") and p.__name__ in theirs)]
    found.extend((class_, file_of(class_)) for class_ in plugin.registered_plugins())
    left_out.extend(left_out_plugins(pyblish, found, plugins))
    return plugins, broken, left_out


def is_plugin(plugin, value):
    return inspect.isclass(value) and issubclass(value, plugin.Plugin)


def listed(names):
    return clean(u", ".join(map(clean, names))) or u"none"


def left_out_folders(plugin):
    """The folders in which Pyblish does not look for plug-ins, and why."""
    left_out, known = [], {}
    for path in plugin.plugin_paths():
        path = text_of(os.path.normpath(path))  # as Pyblish reads them: an empty one is the current folder
        if not os.path.isdir(path):
            left_out.append((
                None, clean(path), u"The folder of plug-ins does not exist, or is no folder. Make it, or take it out of the paths."))
            continue
        real = os.path.realpath(path)
        if real in known:
            left_out.append((
                None, clean(path),
                u"The folder of plug-ins is the same as %s. Take one of them out of the paths." % clean(known[real])))
        known.setdefault(real, path)
    return left_out


def unreadable_files(plugin, read):
    """The files in the folders of plug-ins that Pyblish could not read, and why."""
    unreadable = []
    for folder in map(os.path.normpath, plugin.plugin_paths()):
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if name.startswith("_") or os.path.splitext(name)[1] != ".py" or text_of(path) in read:
                continue
            try:
                open(path, "rb").close()  # a studio's own discovery may have left it out
            except (OSError, IOError) as error:
                unreadable.append((text_of(path), failure(u"The file %s is not used: it cannot be read: %s. Repair it, or take it away."
                                                        % (clean(path), clean(error.strerror or error)), "NoFile")))
    return unreadable


def left_out_plugins(pyblish, found, plugins):
    """The plug-ins that were found and are not in the result, and why."""
    kept = set(getattr(plugin, "id", None) for plugin in plugins)
    files = dict((class_.id, file) for class_, file in found)
    names = dict((plugin.__name__, getattr(plugin, "id", None)) for plugin in plugins)
    left_out = []
    for class_, file in found:
        if class_.id in kept or hasattr(class_, "_pyblish_endpoint"):
            continue
        kept.add(class_.id)  # it may be in several modules, and is told once
        other = files.get(names.get(class_.__name__))
        if file and other and file != other and os.path.realpath(file) == os.path.realpath(other):
            continue  # its folder is there twice, which is told
        if class_.__name__ in names:
            why = u"%s has another one of this name, and was found first. Rename one of them." % (
                other or u"A plug-in that was registered without a file")
        elif pyblish.api.registered_discovery_filters():
            why = u"A discovery filter took it out: %s." % listed(
                mark(filter_)[MARK] for filter_ in pyblish.api.registered_discovery_filters())
        else:
            why = u"The studio's own pyblish.api.discover took it out."
        left_out.append((clean(class_.__name__), file and clean(file), why))
    return left_out


def why_invalid(plugin):
    """Why `plugin_is_valid` refused it. Pyblish says so only in its debug log."""
    for name in ("families", "targets", "hosts"):
        value = getattr(plugin, name, None)
        if not isinstance(value, list):
            return u"its `%s` is %s, not a list of texts" % (name, mark(value)[MARK])
        for item in value:
            if not isinstance(item, (text_type, str)):
                return u"its `%s` holds %s, which is no text" % (name, mark(item)[MARK])
    if not isinstance(plugin.requires, (text_type, str)):
        return u"its `requires` is %s, not a text" % mark(plugin.requires)[MARK]
    if hasattr(plugin, "__invalidSignature__"):
        return u"its `process` takes neither `context` nor `instance`"
    return u"its `match` is %s, not one of Pyblish's algorithms" % mark(getattr(plugin, "match", None))[MARK]
