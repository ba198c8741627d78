"""The ways to publish: with plain pyblish-base, in a plain Python with the bridge, in the sandbox,
and from an inbox with the folder adapter. All have the same form of outcome.
"""

import json
import os
import shutil
import subprocess
import time

from place import PROGRAM, PY, here
from server import Server


def bridge_file(place):
    """The bridge that is embedded in the program."""
    folder = place.path("bridge")
    if not os.path.isdir(folder):
        os.makedirs(folder)
        subprocess.run(
            [PROGRAM, "host", "install", "blender", "--into", folder],
            env=place.env(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    for at, _, files in os.walk(folder):
        if "pyblish_endpoint_bridge.py" in files:
            return os.path.join(at, "pyblish_endpoint_bridge.py")
    raise RuntimeError("no bridge in " + folder)


def plain(place, plugins, work=None, python=None, **env):
    """Publishes with plain pyblish-base."""
    # A copy in the user's folder: Python puts the folder of its script on the path of modules.
    script, out = place.path("plain.py"), place.path("plain.json")
    if os.path.exists(out):
        os.remove(out)
    shutil.copy(here(__file__, "plain_publish.py"), script)
    done = subprocess.run(
        [python or PY, script, out, plugins],
        env=place.env(**env),
        cwd=work or place.root,
        timeout=300,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if not os.path.exists(out):
        return {
            "escaped": "no result; exit %d: %s"
            % (done.returncode, done.stderr.decode("utf-8", "replace")[-800:]),
            "results": [],
            "plugins": [],
            "instances": [],
            "context": {},
        }
    found = json.load(open(out))
    found["printed"] = done.stdout.decode("utf-8", "replace")
    return found


def start_host(place, plugins, work=None, python=None, **env):
    """Starts a plain Python with the bridge, and waits until it can be found."""
    log = open(place.path("host-%d.log" % len(place.children)), "wb")
    child = subprocess.Popen(
        [python or PY, bridge_file(place), "--host", "python", "--paths", plugins],
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=place.env(**env),
        cwd=work or place.root,
    )
    place.children.append(child)
    folder = place.path("run", "pyblish-endpoint")
    begun = time.time()
    while not any(str(child.pid) in name for at, _, names in os.walk(folder) for name in names):
        if child.poll() is not None:
            raise RuntimeError("the host ended: " + open(log.name, errors="replace").read()[-1500:])
        if time.time() - begun > 120:
            raise RuntimeError("the host wrote no host file within 120 seconds")
        time.sleep(0.05)
    return child, log.name


def host(place, plugins, work=None, body=None, python=None, limit=120, **env):
    """Publishes in a plain Python with the bridge."""
    start_host(place, plugins, work, python, **env)
    server = Server(place, "--host", "python")
    return server.outcome(server.run(body, limit)), server


def sandbox(
    place, plugins, work=None, body=None, modules=None, publish=None, work_mode="", limit=120
):
    """Publishes in the sandbox."""
    arguments = ["--adapter", "pyplugins", "--dir", plugins + "=/plugins:ro"]
    for folder, inside in (
        (work, "/work" + work_mode),
        (modules, "/modules:ro"),
        (publish, "/publish"),
    ):
        if folder:
            arguments += ["--dir", folder + "=" + inside]
    server = Server(place, *arguments)
    return server.outcome(server.run(body, limit)), server


def folder(place, inbox, out, *arguments):
    """Starts a server that publishes from an inbox."""
    os.makedirs(out, exist_ok=True)
    return Server(
        place,
        "--adapter",
        "folder",
        "--dir",
        inbox + "=/inbox",
        "--dir",
        out + "=/publish",
        *arguments
    )
