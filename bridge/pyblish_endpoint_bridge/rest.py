# -*- coding: utf-8 -*-
"""The answer to a call that has ended, while it is still looked for what the call changed."""
from __future__ import absolute_import, division, print_function

import time

from .session import OUTCOME
from .unbegun import ends_batch


class Rest(object):
    """`first` is the number of the batch that the call is of, if it is of one; `took` are the seconds of
    its pair so far.
    """

    def __init__(self, connection, number, first=None, took=0.0):
        self.connection = connection
        self.number = number
        self.first = first
        self.took = took

    def messages(self, ask):
        """What is told, once `ask` answers the outcome; none as long as it answers an empty text."""
        began = time.time()
        text = ask(self.number)
        self.took += time.time() - began
        if not text or self.first is None:
            return [text] if text else []
        if text.startswith(OUTCOME):
            text = ends_batch(text, False, self.took)
        return [text, '{"ran":{"id":%d,"pairs":%d}}' % (self.first, self.number - self.first + 1)]
