# -*- coding: utf-8 -*-
"""The answer to a request, whatever happens while it is made."""
from __future__ import absolute_import, division, print_function

from .errors import Misuse
from .failures import failure, failure_of
from .limits import FRAME_LIMIT
from .processes import end_child
from .text import to_json


def answer(session, number, ask, *arguments):
    """What `ask` answers; a `failed` if it raises, or if that is too long. Raises `Misuse` alone.

    A child that a plug-in forked ends here: it must not answer.
    """
    try:
        try:
            text = ask(*arguments)
        except BaseException as error:
            if session.is_child():
                end_child(error)
            raise
        if session.is_child():
            end_child()
        if len(text) <= FRAME_LIMIT:
            return text
        failed = failure(
            u"What changed is too much to tell: %d MiB. Open the session again." % (len(text) >> 20), "TooLong")
    except Misuse:
        raise
    except Exception as error:
        # A bug of the bridge itself; the adapter waits for an answer all the same.
        failed = failure_of(error)
    return to_json({"failed": {"id": number, "failure": failed}})
