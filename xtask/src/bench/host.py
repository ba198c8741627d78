"""Both ends of the bridge, for the benchmark. Python 3.

    … host.py -- serve MODULE ARGUMENT…        in a host's Python: the bridge, with the arguments of its `main`
    python host.py drive COMMAND…              starts such a host and acts as its adapter; for each line on stdin, one on stdout:
                                               "ping COUNT"  the median of this many round trips, in seconds
                                               "change"      the bytes of one request and its answer that changes one key
    python host.py alone MODULE FOLDER         for each line on stdin: a publish by Pyblish alone, in seconds

`MODULE` is imported first: the host's module, such as bpy.
"""
import importlib
import json
import os
import sys
import time
import types

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, os.pardir, os.pardir, os.pardir, "bridge", "tests")


def serve(module, *arguments):
    importlib.import_module(module)
    # After the host's own modules.
    sys.path += [os.environ["BENCH_BRIDGE"], os.environ["BENCH_PYBLISH"]]
    import pyblish_endpoint_bridge
    code = pyblish_endpoint_bridge.main(list(arguments))
    if code or not has_window(module):
        sys.exit(code)
    watch_loop(pyblish_endpoint_bridge.Bridge)


def has_window(module):
    return module == "bpy" and bool(sys.modules["bpy"].context.window_manager.windows)


def watch_loop(bridge):
    """Measures the longest time between two turns of Blender's loop, and of ours in one, for plug-ins: `bench_gap`."""
    import bpy
    gap = types.ModuleType("bench_gap")
    seen = {"last": 0.0, "longest": 0.0, "ours": 0.0, "turns": 0}
    drain = bridge.drain

    def measured(self):
        before = time.perf_counter()
        drain(self)
        seen["ours"] = max(seen["ours"], time.perf_counter() - before)

    def begin():
        seen.update(last=time.perf_counter(), longest=0.0, ours=0.0, turns=0)

    def turn():
        now = time.perf_counter()
        seen.update(last=now, longest=max(seen["longest"], now - seen["last"]), turns=seen["turns"] + 1)
        return 0.0

    def end():
        return {"longest": max(seen["longest"], time.perf_counter() - seen["last"]), "ours": seen["ours"], "turns": seen["turns"]}

    bridge.drain = measured
    gap.begin, gap.end = begin, end
    sys.modules["bench_gap"] = gap
    begin()
    bpy.app.timers.register(turn, persistent=True)


def drive(*command):
    sys.path.insert(0, TESTS)
    from client import Host
    host = Host(os.environ["XDG_RUNTIME_DIR"], list(command)).ready()
    client = host.connect()
    client.get("open", user="bench", machine="bench")
    client.get("reset")
    plugins = dict((plugin["name"], plugin["id"]) for plugin in client.get("discover")["plugins"])
    instances = []
    for change in client.get("process", plugin=plugins["Collect"], instance=None)["changes"]:
        if "instance-added" in change:
            instances.append(change["instance-added"]["id"])

    def ping(count):
        trips = []
        for _ in range(int(count)):
            begin = time.perf_counter()
            client.get("ping")
            trips.append(time.perf_counter() - begin)
        return {"seconds": sorted(trips)[len(trips) // 2]}

    def change():
        request = {"id": client.number + 1, "plugin": plugins["Change"], "instance": instances[-1]}
        changes = client.get("process", plugin=request["plugin"], instance=request["instance"])["changes"]
        assert len(changes) == 1 and "data-set" in changes[0], changes
        return {"bytes": len(client.frame("process", request)) + client.received, "instances": len(instances)}

    deeds = {"ping": ping, "change": change}
    try:
        for line in sys.stdin:
            name, *arguments = line.split()
            say(deeds[name](*arguments))
    finally:
        host.end()


def alone(module, folder):
    importlib.import_module(module)
    if "BENCH_PYBLISH" in os.environ:
        sys.path.append(os.environ["BENCH_PYBLISH"])
    import pyblish.api
    import pyblish.util
    pyblish.api.register_plugin_path(folder)
    plugins = pyblish.api.discover()
    for _ in sys.stdin:
        begin = time.perf_counter()
        context = pyblish.util.publish(plugins=plugins)
        seconds = time.perf_counter() - begin
        say({"seconds": seconds, "instances": len(context)})


def say(answer):
    print(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    # Blender passes everything after `--` to scripts.
    words = sys.argv[1:]
    if "--" in words and words[0] not in ("drive", "alone"):
        words = words[words.index("--") + 1:]
    {"serve": serve, "drive": drive, "alone": alone}[words[0]](*words[1:])
