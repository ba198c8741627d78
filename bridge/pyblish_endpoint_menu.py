# -*- coding: utf-8 -*-
"""What the Publish entry in a host's menu does.

It opens the page of the runtime that drives this process. If there is none, it starts one, which
ends with the host. It runs in the host's own Python (2.7, and 3.7 to 3.13), with the standard
library only.

    import pyblish_endpoint_menu
    pyblish_endpoint_menu.publish("blender", "/path/of/pyblish-endpoint")

Starting and asking happen on a thread of their own: the runtime asks the bridge, and the bridge
answers on the host's main thread, which must not wait for the runtime meanwhile.
"""
from __future__ import absolute_import, division, print_function

import json
import os
import sys
import tempfile
import threading
import webbrowser

import pyblish_endpoint_bridge
import pyblish_endpoint_program

BUSY = threading.Lock()  # a second click meanwhile does nothing
SERVERS = []  # started here; waited for when they end, so that no zombies are left


class MenuError(Exception):
    """Why no page was opened. The message is for the user."""


def publish(host, binary="", tell=None):
    """Opens the page soon, on a thread, which it returns. Call it on the host's main thread.

    `binary` is the program that ran `host install`; `pyblish_endpoint_program` says where else it is
    looked for. `tell` shows a text to the user, and is called on the host's main thread.
    """
    try:
        bridge = pyblish_endpoint_bridge.start(host)
    except pyblish_endpoint_bridge.BridgeError as error:
        (tell or write)("%s" % error)
        return None
    if not BUSY.acquire(False):
        return None  # it is on its way

    pictures = picture_folders(bridge.host)

    def work():
        try:
            open_page(host, os.getpid(), binary, bridge.owner is not None, pictures)
        except Exception as error:  # whatever it is, the user is waiting for a page
            message = "%s" % error
            if tell is None or bridge.post is None:
                write(message)
            else:
                bridge.post(lambda: tell(message))
        finally:
            BUSY.release()

    thread = threading.Thread(target=work, name="pyblish-endpoint menu")
    thread.daemon = True
    thread.start()
    return thread


def picture_folders(host):
    """The folders where plug-ins put thumbnails: the scene's, the project's, and the temporary one. The
    page shows pictures that are in them.
    """
    file = host.file()
    folders = [os.path.dirname(file) if file else None, host.workspace(), tempfile.gettempdir()]
    found = []
    for folder in folders:
        # Not a whole disk, as where a host without a project answers its current folder.
        if folder and os.path.isdir(folder) and os.path.dirname(folder) != folder and folder not in found:
            found.append(folder)
    return found


def open_page(host, pid, binary="", driven=False, pictures=()):
    """Opens the page of the runtime that drives the process `pid`; starts one if there is none.

    `driven` says that something is connected to the bridge. `pictures` are folders with thumbnails.
    """
    SERVERS[:] = [process for process in SERVERS if process.poll() is None]
    program = pyblish_endpoint_program.find(host, binary)
    server = running(program, host, pid, driven) or started(program, host, pid, pictures)
    address = page(program, server)
    if not webbrowser.open(address):
        raise MenuError("No browser could be opened. Open this address in one: %s" % address)


def page(program, server):
    """The address of a server's page, for one browser."""
    if server.get("page"):  # from `serve`
        return server["page"]
    if server.get("tokenFile"):  # a browser needs a code, which `open` makes
        return output([program, "open", "--pid", "%d" % server["pid"]]).strip()
    return server["address"] + "/"


def running(program, host, pid, driven):
    """What is known of the server that drives this process, or None."""
    servers = json.loads(output([program, "list", "--json"]))
    for server in servers:
        if server.get("hostPid") == pid:
            return server
    # It may have been started for a host that has ended, and then have found this one.
    for server in servers if driven else []:
        former = server.get("hostPid")
        if host in server["hosts"] and former and not pyblish_endpoint_bridge.is_alive(former):
            return server
    return None


def output(arguments):
    """Runs a program that ends by itself; answers what it prints."""
    with tempfile.TemporaryFile() as log:
        process = start(arguments, log)
        said = process.communicate()[0]
        if process.returncode != 0:
            raise MenuError(reason(log, arguments))
    return said.decode("utf-8")


def started(program, host, pid, pictures=()):
    """Starts a server that drives this process and ends with it; answers what it says of itself."""
    pid = "%d" % pid
    # The log goes to a temporary file, which is removed with the server. A pipe would fill or
    # break.
    with tempfile.TemporaryFile() as log:
        arguments = [
            program, "serve", "--host", host, "--pid", pid, "--exit-with", pid, "--port", "auto", "--json",
            "--log", "warn",
        ]
        for folder in pictures:
            arguments += ["--thumbnails", folder]
        process = start(arguments, log)
        with process.stdout as out:
            line = out.readline()
        try:
            said = json.loads(line.decode("utf-8"))
            SERVERS.append(process)
            return said
        except ValueError:
            # It ended, or it is another program. In both cases its output is all that can be shown.
            process.wait()
            raise MenuError(reason(log, arguments))


def start(arguments, log):
    """Starts a program apart from this one."""
    try:
        return pyblish_endpoint_program.start(arguments, log)
    except (OSError, ValueError) as error:
        raise MenuError("%s: %s" % (arguments[0], pyblish_endpoint_program.not_started(arguments[0], error)))


def reason(log, arguments):
    """The last error that a program printed before it ended."""
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip()
    # Without its log, and without its name, which the caller puts in front.
    lines = lines.split("%s: " % pyblish_endpoint_program.NAME, 1)[-1]
    return lines or "It ended and printed nothing. Run it in a terminal to see more: %s" % " ".join(arguments)


def write(message):
    """Prints a text, where no window can show it."""
    sys.stderr.write("pyblish-endpoint: %s\n" % message)
