"""The adapter `pyplugins`: a studio's Python plug-ins in the sandbox.

What plug-ins are, what changed and what went wrong is the bridge's (`components/bridge/pyblish_endpoint_bridge.py`, the
very file that is put into hosts). Here is only what is different without a host:

    service   the service interface on one side, the bridge's `Work` on the other
    shape     the bridge's dictionaries as the types of the interface
    fences    what a sandbox has none of, and the words that say so
    own       Pyblish's own collectors, which are files elsewhere
    library   Python's own modules, which are in no folder here
"""
