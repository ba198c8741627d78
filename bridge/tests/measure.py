# -*- coding: utf-8 -*-
"""What the bridge costs. Prints figures; `python measure.py --help`.

    python measure.py                         a plain Python as the host, the same that runs this
    python measure.py --host-python PYTHON    another, for example one that has bpy, with --host blender
"""
from __future__ import print_function

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from client import BRIDGE, Host

PLUGINS = """
import pyblish.api

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        for number in range(%(instances)d):
            context.create_instance("instance%%04d" %% number, family="model", families=["a", "b"], frames=[1001, 1002],
                                    label="Instance %%d" %% number, publish=True)

class ChangeOne(pyblish.api.InstancePlugin):
    order = pyblish.api.CollectorOrder + 0.1
    families = ["never"]

    def process(self, instance):
        instance.data["startFrame"] = instance.data.get("startFrame", 1000) + 1
"""
NO_OP = """
class NoOp%02d(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder

    def process(self, instance):
        pass
"""
# The same run by Pyblish alone, in the same kind of interpreter.
ALONE = """
import sys, time
HOST_MODULE
import pyblish.api, pyblish.util
pyblish.api.register_plugin_path(sys.argv[1])
plugins = pyblish.api.discover()
times = []
for _ in range(5):
    started = time.time()
    context = pyblish.util.publish(plugins=plugins)
    times.append(time.time() - started)
    pairs = len(context.data["results"])
print("%%d %%f" %% (pairs, min(times)))
"""


def write(folder, instances, plugins):
    with open(os.path.join(folder, "plugins.py"), "w") as file:
        file.write(PLUGINS % {"instances": instances} + "".join(NO_OP % number for number in range(plugins)))


def cpu(pid):
    """Seconds of processor time of a process; Linux."""
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host-python", default=sys.executable)
    parser.add_argument("--host", default="python")
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--plugins", type=int, default=20)
    parser.add_argument("--idle", type=float, default=5.0, help="seconds to watch an idle host")
    options = parser.parse_args()
    place = tempfile.mkdtemp()
    plugins = os.path.join(place, "plugins")
    os.mkdir(plugins)
    write(plugins, options.instances, options.plugins)
    module = {"blender": "import bpy", "python": ""}[options.host]

    alone = subprocess.check_output(
        [options.host_python, "-c", (ALONE % ()).replace("HOST_MODULE", module), plugins]).decode().split()
    pairs, seconds = int(alone[-2]), float(alone[-1])
    print("pyblish.util.publish: %d pairs in %.1f ms, %.1f us a pair" % (pairs, seconds * 1e3, seconds / pairs * 1e6))

    command = [options.host_python, BRIDGE]
    if module:
        script = os.path.join(place, "host.py")
        with open(script, "w") as file:
            file.write("%s\nimport sys\nsys.path.insert(0, %r)\nimport pyblish_endpoint_bridge as b\nsys.exit(b.main())\n"
                       % (module, os.path.dirname(BRIDGE)))
        command = [options.host_python, script]
    host = Host(place, command, ["--paths", plugins, "--host", options.host]).ready()
    client = host.connect()
    client.get("open", user="u", machine="m")
    best = None
    for _ in range(5):
        client.get("reset")
        found = client.get("discover")["plugins"]
        names = dict((plugin["name"], plugin["id"]) for plugin in found)
        instances = []
        started = time.time()
        for plugin in found:
            if plugin["order"] < 0.5 and plugin["processes"]["context"]:
                for change in client.get("process", plugin=plugin["id"], instance=None)["changes"]:
                    if "instance-added" in change:
                        instances.append(change["instance-added"]["id"])
        # The requests are written beforehand: an adapter's work on JSON is not part of the bridge.
        took = time.time() - started
        frames = []
        for plugin in found:
            if plugin["order"] >= 0.5:
                for instance in instances:
                    client.number += 1
                    frames.append(client.frame("process", {
                        "id": client.number, "plugin": plugin["id"], "instance": instance}))
        ran = len(frames)
        started = time.time()
        for frame in frames:
            client.sock.sendall(frame)
            assert client.sock.recv(65536).endswith(b'"failure":null,"changes":[]}}')
        took += time.time() - started
        best = took if best is None else min(best, took)
    print("over the bridge:      %d pairs in %.1f ms, %.1f us a pair, %.2f times" % (
        ran, best * 1e3, best / ran * 1e6, best / seconds))

    # The pairs of a plug-in in one request each, as `then` allows.
    started = time.time()
    for plugin in found:
        if plugin["order"] >= 0.5:
            at = 0
            while at < len(instances):
                client.number += 1
                client.sock.sendall(client.frame("process", {
                    "id": client.number, "plugin": plugin["id"], "instance": instances[at],
                    "then": [[plugin["id"], instance] for instance in instances[at + 1:at + 65]]}))
                client.number += len(instances)
                tail = b""
                while b'{"ran":' not in tail:
                    tail = tail[-60:] + client.sock.recv(65536)
                at += int(tail.rsplit(b'"pairs":', 1)[1].split(b"}")[0])
    ahead = time.time() - started
    print("pairs brought along:  %d pairs in %.1f ms, %.1f us a pair, %.2f times" % (
        ran, ahead * 1e3, ahead / ran * 1e6, ahead / seconds))

    trips = []
    for _ in range(2000):
        started = time.time()
        client.get("process", plugin=names["NoOp00"], instance=instances[0])
        trips.append(time.time() - started)
    trips.sort()
    print("a pair that does nothing, among %d instances: median %.0f us, 99%% %.0f us, %d bytes" % (
        len(instances), trips[1000] * 1e6, trips[1980] * 1e6, client.received))
    pings = []
    for _ in range(2000):
        started = time.time()
        client.get("ping")
        pings.append(time.time() - started)
    pings.sort()
    print("a ping: median %.0f us" % (pings[1000] * 1e6))
    client.get("process", plugin=names["ChangeOne"], instance=instances[-1])
    print("one changed key among %d instances: %d bytes" % (len(instances), client.received))
    before = cpu(host.process.pid)
    time.sleep(options.idle)
    print("idle, connected: %.2f%% of a core" % ((cpu(host.process.pid) - before) / options.idle * 100))
    client.close()
    host.end()
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
