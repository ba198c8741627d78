import pyblish.api


class Broken(pyblish.api.ContextPlugin)
    pass
