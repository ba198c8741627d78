"""A stand-in for the module of pyblish-maya: the real one needs Python 2 and Maya's window. Its plug-ins
are the real ones.
"""


def is_setup():
    return True
