"""The module from which componentize-py builds the component; see `pyblish_endpoint_sandbox`."""
# The build empties the path of modules, so `service` is imported first.
from service import Service  # noqa: F401
