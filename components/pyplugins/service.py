"""The resource `session` of the interface `service`: componentize-py looks for its class in a module
of the interface's name.
"""
from pyblish_endpoint_sandbox.service import Service, Session  # noqa: F401
