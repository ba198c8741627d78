# -*- coding: utf-8 -*-
"""Errors: what goes wrong in the bridge itself, each as a type."""
from __future__ import absolute_import, division, print_function


class BridgeError(Exception):
    """The bridge cannot work. The message is for the person who starts it."""


class Cancelled(Exception):
    """For plug-ins: raise it when `cancelled()` is true."""


class Refusal(Exception):
    """An adapter is not let in; `reason` is one of those in PROTOCOL.md."""

    def __init__(self, reason, message):
        Exception.__init__(self, message)
        self.reason = reason


class Misuse(Exception):
    """A request that breaks the protocol, by the adapter's mistake. The answer is `error`."""

    def __init__(self, reason, message, number=None):
        Exception.__init__(self, message)
        self.reason = reason
        self.number = number


class Gone(Exception):
    """The other side has closed the connection."""
