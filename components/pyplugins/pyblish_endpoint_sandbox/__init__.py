"""The adapter `pyplugins`: a studio's Python plug-ins in the sandbox.

The bridge's modules in `bridge/pyblish_endpoint_bridge` handle plug-ins, changes and errors; the
file for hosts is built from the same modules. Here is only what differs without a host:

    service   implements the service interface with the bridge's `Work`
    batch     tells the outcomes of pairs to the runtime
    output    `sys.stdout` and `sys.stderr`
    shape     converts the bridge's dictionaries to the types of the interface
    system    what a system has and WASI has not
    listings  folders with names that are not UTF-8
    fences    error messages for things that the sandbox does not have
    elsewhere modules and functions that Python has on other systems
    own       Pyblish's own collectors, which are files in a normal Python
    library   Python's standard library, kept in memory
"""
