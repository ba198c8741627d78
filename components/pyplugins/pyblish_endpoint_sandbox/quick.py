"""A faster version of what Pyblish does with `logging` for each pair: here is only one thread, and
the process has no end.

For each pair Pyblish creates a handler, adds it to the root logger, and sets the root's level
twice. Each time `logging` clears the cached levels of all loggers, one per plug-in, and registers
the handler for the end of Python. Python is three times as slow in the sandbox as outside; without
this module, half of the time of a plug-in that does nothing would be spent there. For plug-ins,
`logging` behaves the same.
"""
import logging

ASKED = []  # the loggers with a cached level


def is_enabled_for(self, level):
    """Like `Logger.isEnabledFor`, but notes the loggers with a cached level."""
    if self.disabled:
        return False
    known = self._cache
    try:
        return known[level]
    except KeyError:
        if not known:
            ASKED.append(self)
        enabled = known[level] = self.manager.disable < level and level >= self.getEffectiveLevel()
        return enabled


def clear_cache(_):
    """Like `Manager._clear_cache`, but only for those loggers."""
    for logger in ASKED:
        logger._cache.clear()
    del ASKED[:]


class NoLock(object):
    """A lock for a handler that does nothing, because there is only one thread."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def acquire(self, *_, **__):
        return True

    def release(self):
        return None


NO_LOCK = NoLock()


def handler_init(self, records, *args, **kwargs):
    """Like `MessageHandler.__init__`, for a handler that only lives for one pair."""
    if args or kwargs:
        return MESSAGE_HANDLER_INIT(self, records, *args, **kwargs)
    self.filters = []
    self._name = None
    self.level = logging.NOTSET
    self.formatter = None
    self._closed = False
    self.lock = NO_LOCK
    self.records = records


class Listening(object):
    """Like `pyblish.plugin.logger`: meanwhile the root logger passes all records to a handler."""

    __slots__ = ("handler", "level")

    def __init__(self, handler):
        self.handler = handler

    def __enter__(self):
        root = logging.root
        self.level = root.level
        if self.handler not in root.handlers:
            root.handlers.append(self.handler)
        root.level = logging.DEBUG
        if ASKED:
            clear_cache(None)

    def __exit__(self, *_):
        root = logging.root
        if self.handler in root.handlers:
            root.handlers.remove(self.handler)
        root.level = self.level
        if ASKED:
            clear_cache(None)


def install(pyblish):
    """Called during the build."""
    global MESSAGE_HANDLER_INIT
    handler_type = pyblish.lib.MessageHandler
    MESSAGE_HANDLER_INIT = handler_type.__init__
    pyblish.plugin.logger = Listening
    logging.Logger.isEnabledFor = is_enabled_for
    logging.Manager._clear_cache = clear_cache
    handler_type.__init__ = handler_init
    for logger in [logging.root] + list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger._cache.clear()
