"""What Pyblish asks of `logging` for each pair, done at less cost: here is one thread, and no end of the process.

For each pair Pyblish makes a handler, adds it to the root logger, and sets the root's level twice. Each time `logging` forgets
what every logger knows of its level, of which there is one a plug-in, and notes the handler for when Python ends. Python is three
times as slow in the sandbox as outside; without this, half of the time of a plug-in that does nothing would be spent there. What a
plug-in sees of `logging` is the same.
"""
import logging

ASKED = []  # the loggers that know something of their level


def is_enabled_for(self, level):
    """As `Logger.isEnabledFor`; and notes who has something to forget."""
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
    """As `Manager._clear_cache`, of those alone."""
    for logger in ASKED:
        logger._cache.clear()
    del ASKED[:]


class NoLock(object):
    """For a handler: nobody else is there."""

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
    """As `MessageHandler.__init__`, for one that lives as long as a pair."""
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
    """As `pyblish.plugin.logger`: the root logger hands everything to a handler meanwhile."""

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


SWITCHED = []  # not empty where something of a plug-in was set


def set_of_plugin(self, name, value):
    """Of a plug-in's class; notes that it may be switched on or off."""
    SWITCHED.append(name)
    type.__setattr__(self, name, value)


def install(pyblish):
    """While the component is built."""
    global MESSAGE_HANDLER_INIT
    handler_type = pyblish.lib.MessageHandler
    MESSAGE_HANDLER_INIT = handler_type.__init__
    pyblish.plugin.logger = Listening
    pyblish.plugin.MetaPlugin.__setattr__ = set_of_plugin
    logging.Logger.isEnabledFor = is_enabled_for
    logging.Manager._clear_cache = clear_cache
    handler_type.__init__ = handler_init
    for logger in [logging.root] + list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger._cache.clear()
