# -*- coding: utf-8 -*-
"""Discovery of plug-ins, with a reason for each that Pyblish leaves out in silence."""
from __future__ import absolute_import, division, print_function

import linecache

from .compat import PY2, byte_type, text_type
from .failures import failure, failure_of
from .plugins import file_of
from .text import clean, text_of
from .values import MARK, mark


def discover(pyblish):
    """Discovers plug-ins; answers them, and pairs of a file and a failure.

    It calls `pyblish.api.discover`, which a studio may have replaced. Meanwhile three functions
    that Pyblish's own discovery calls are replaced: the one that executes a file, and the two that
    tell whether a class can be used. They note what Pyblish leaves out without a message.
    """
    linecache.checkcache()  # forget the lines of files that were edited
    plugin = pyblish.plugin
    six = plugin.six
    broken, current = [], [None]
    execute, is_valid, is_compatible = six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible

    def exec_(source, names, *rest):
        path = current[0] = text_of(names.get("__file__", "?"))
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

    def valid(class_):
        good = is_valid(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s cannot be used: %s." % (clean(class_.__name__), why_invalid(class_)), "InvalidPlugin")))
        return good

    def compatible(class_):
        good = is_compatible(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s asks for %s, and this is Pyblish %s. Update Pyblish, or the plug-in's `requires`."
                % (clean(class_.__name__), clean(class_.requires), clean(pyblish.version)), "IncompatiblePlugin")))
        return good

    six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible = exec_, valid, compatible
    try:
        with_ours = pyblish.api.discover()
    finally:
        six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible = execute, is_valid, is_compatible
    # Pyblish can be told to keep plug-ins of one name. The studio's collectors still win over ours.
    theirs = set(p.__name__ for p in with_ours if not hasattr(p, "_pyblish_endpoint"))
    plugins = [p for p in with_ours if not (hasattr(p, "_pyblish_endpoint") and p.__name__ in theirs)]
    return plugins, broken


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
