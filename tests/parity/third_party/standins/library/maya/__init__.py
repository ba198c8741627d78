"""A stand-in for the module of Maya: a scene in memory, and the commands that pyblish-starter uses."""
from . import cmds  # noqa: F401
