"""What componentize-py makes the component of; see `pyblish_endpoint_sandbox`."""
from pyblish_endpoint_sandbox.service import Service  # noqa: F401
