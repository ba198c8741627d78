"""`sys.stdout` and `sys.stderr` in the sandbox.

What is printed becomes records in both ways: the bridge covers `sys.stdout` for them, as in a
host, and the runtime makes them of what a component writes.
"""
import logging
import sys

from pyblish_endpoint_bridge.calls import CURRENT


class Output(object):
    """A stream of the component, with everything that Python expects of one."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)


class Printed(Output):
    """`sys.stdout`, whose `write` the bridge covers during a call."""

    def write(self, text):
        return len(text)


class Errors(Output):
    """`sys.stderr`, from which the runtime makes records."""

    def write(self, text):
        call = CURRENT.call
        if call is not None:
            call.begin_saying()
        return self.stream.write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)


def install():
    """Called during the build."""
    # Pyblish logs the traceback of each failure once more, and without a handler `logging` would
    # print it.
    logging.getLogger("pyblish").addHandler(logging.NullHandler())
    sys.stdout, sys.stderr = Printed(sys.stdout), Errors(sys.stderr)
