# Runs in Maya, in either Python; what it leaves there begins with _pyblish_endpoint.
def _pyblish_endpoint_start(port):
    import binascii
    import os
    import sys
    import types
    name = "pyblish_endpoint_bridge"
    try:
        try:
            bridge = __import__(name)
        except ImportError:
            bridge = types.ModuleType(name)
            bridge.__file__ = "<sent by pyblish-endpoint>"
            source = binascii.unhexlify("".join(_pyblish_endpoint))
            sys.modules[name] = bridge
            try:
                eval(compile(source, bridge.__file__, "exec", 0, True), bridge.__dict__)
            except Exception:
                del sys.modules[name]
                raise
        running = bridge.start("maya", port)
        return "pyblish-" + "endpoint %s %d" % (running.address, os.getpid())
    except Exception as error:
        return "pyblish-" + "endpoint error: %s" % error
