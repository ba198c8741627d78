"""A stand-in for the module of Nuke."""

NUKE_VERSION_STRING = "15.1v3"


class Root(object):
    def name(self):
        return "/show/shot/./comp.nk"


def root():
    return Root()
