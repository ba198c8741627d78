"""The library for `adapter.py`: connects plug-ins, written as in Pyblish, with the service interface
of `wit/`. You can change it.

    plugin      plug-ins, and the actions of plug-ins
    attribute   what users can set for plug-ins and instances
    context     the context and its instances
    adapter     the description of the adapter, and what it asks for
    call        the call that is under way: progress, cancel, records
    failure     why something did not work
    files       copies, which the runtime makes
    connection  connections to granted addresses
    service     what the component exports
    value       values of `data`, as they cross the border
    testing     runs an adapter in its own tests, outside of the sandbox

`python3 build.py bindings` writes the modules of `wit_world` for your editor.
"""

from .adapter import Adapter, Opening
from .adapter import address, boolean, environment, integer, number, readable, running_host, text
from .adapter import texts, writable
from .attribute import attribute
from .call import cancelled, host_lost, progress, stop_if_cancelled
from .connection import Connection, connect
from .context import Context, Instance
from .failure import Cancelled, PublishError
from .files import CopiedFile, CopyError, copy
from .plugin import COLLECT, EXTRACT, INTEGRATE, VALIDATE
from .plugin import ContextPlugin, InstancePlugin, Plugin, action
from .service import service

__all__ = [
    *("Adapter", "Opening", "address", "boolean", "environment", "integer", "number", "readable"),
    *("running_host", "text", "texts", "writable", "cancelled", "host_lost", "progress"),
    *("stop_if_cancelled", "Connection", "connect", "Context", "Instance", "Cancelled"),
    *("PublishError", "CopiedFile", "CopyError", "copy", "COLLECT", "EXTRACT", "INTEGRATE"),
    *("VALIDATE", "ContextPlugin", "InstancePlugin", "Plugin", "action", "attribute"),
    "service",
]
