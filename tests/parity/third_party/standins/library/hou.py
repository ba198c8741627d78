"""A stand-in for the module of Houdini."""


class hipFile(object):
    @staticmethod
    def path():
        return "/show/shot/hero.hip"
