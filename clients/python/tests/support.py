"""Shared code of the tests: the real binary as a child process, and scenarios. `cargo xtask test`
passes its path.

By hand, after `cargo xtask build`:

    PYBLISH_ENDPOINT=../../target/release/pyblish-endpoint PYBLISH_ENDPOINT_TLS=FOLDER python -m unittest discover -s tests

The FOLDER has a certificate of 127.0.0.1, cert.pem, and its key, key.pem.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.dirname(HERE)
PROJECT = os.path.dirname(os.path.dirname(CLIENT))
sys.path.insert(0, CLIENT)

import pyblish_endpoint_client as client  # noqa: E402

BINARY = os.environ["PYBLISH_ENDPOINT"]
TIME = 30.0  # the time limit of everything in tests, in seconds

SHOTS = [
    {"name": "Collect", "order": 0, "context": [
        {"create": "good", "data": {"family": "shot"}},
        {"create": "bad", "data": {"family": "shot", "broken": True}},
    ]},
    {"name": "Validate", "order": 1, "families": ["shot"], "optional": True, "instance": [
        {"log": "warning", "message": "looking"},
        {"progress": 0.5, "message": "half"},
        {"fail": "It is broken: mend it", "when": {"broken": True}},
    ], "repairInstance": [{"set": {"broken": False}}],
     "actions": [{"id": "mend", "label": "Mend all", "steps": [{"set": {"broken": False}, "on": "bad"}]}]},
    {"name": "Extract", "order": 2, "families": ["shot"], "instance": [{"set": {"path": "x"}}]},
]


def work(deaf=False):
    """A collector, and a plug-in that runs for an hour."""
    return [
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Work", "order": 1, "context": [
            {"progress": 0.25, "message": "a quarter"}, {"sleep": 3600000, "deaf": deaf},
        ]},
    ]


class Server:
    """A running `pyblish-endpoint serve`."""

    def __init__(self, arguments, environment):
        self.log = tempfile.TemporaryFile("w+")
        command = [BINARY, "serve", "--json"] + arguments
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(TIME)
            self.log.seek(0)
            raise AssertionError("the server did not start: " + self.log.read())
        self.started = json.loads(line.decode())
        self.address = self.started["address"]
        self.token = None
        if self.started["tokenFile"]:
            with open(self.started["tokenFile"]) as file:
                self.token = file.read()

    def kill(self):
        """Like `kill -9`."""
        self.process.kill()
        self.process.wait(TIME)

    def end(self):
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.log.close()


class Case(unittest.TestCase):
    """A separate user for the test, whose servers end with it."""

    maxDiff = None

    def setUp(self):
        # Short, because the path of a unix socket has a small limit.
        self.place = tempfile.mkdtemp(prefix="pyc")
        self.addCleanup(shutil.rmtree, self.place)
        runtime = os.path.join(self.place, "run")
        os.mkdir(runtime, 0o700)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=runtime, XDG_DATA_HOME=os.path.join(self.place, "data"))
        self.environment.pop("PYBLISH_ENDPOINT_ADAPTERS", None)
        self.run_folder = os.path.join(runtime, "pyblish-endpoint")
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = runtime
        self.addCleanup(self.restore, before)

    @staticmethod
    def restore(before):
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before

    def scenario(self, plugins, name="scenario"):
        """The arguments of `serve` to play this."""
        folder = os.path.join(self.place, name)
        os.mkdir(folder)
        with open(os.path.join(folder, "scenario.json"), "w") as file:
            json.dump({"plugins": plugins}, file)
        return ["--adapter", "scenario", "--set", "file=/scenario/scenario.json", "--dir", folder + "=/scenario:ro"]

    def folders(self):
        """The arguments of `serve` to publish the sample inbox."""
        inbox, root = os.path.join(self.place, "in"), os.path.join(self.place, "out")
        shutil.copytree(os.path.join(PROJECT, "tests", "data", "inbox"), inbox)
        os.mkdir(root)
        return ["--adapter", "folder", "--dir", inbox + "=/inbox", "--dir", root + "=/publish"]

    def serve(self, arguments, *more, listen=("--listen", "127.0.0.1:0")):
        server = Server(arguments + list(more) + list(listen), self.environment)
        self.addCleanup(server.end)
        return server

    def session(self, plugins):
        """The session of a server that plays this; found in the same way as by a user."""
        self.server = self.serve(self.scenario(plugins))
        return client.connect().session()

    def thread(self, work, *arguments):
        """Does this on another thread; `join` of the returned object returns its result, or raises
        its error.
        """
        return Thread(work, *arguments)


class Thread:
    def __init__(self, work, *arguments):
        self.result = self.error = None
        self.thread = threading.Thread(target=self.do, args=(work,) + arguments, daemon=True)
        self.thread.start()

    def do(self, work, *arguments):
        try:
            self.result = work(*arguments)
        except BaseException as error:
            self.error = error

    def join(self):
        self.thread.join(TIME)
        if self.thread.is_alive():
            raise AssertionError("it does not end")
        if self.error is not None:
            raise self.error
        return self.result


def until(events, name, where=None):
    """The events up to and including the first with this name."""
    seen, patience = [], threading.Timer(TIME, events.close)
    patience.start()
    try:
        for event in events:
            seen.append(event)
            if event.name == name and (where is None or where(event)):
                return seen
    finally:
        patience.cancel()
    raise AssertionError("the stream ended before %s: %s" % (name, [it.name for it in seen]))


class LossyProxy:
    """A proxy between a client and a server; drops as many answers as `lose` says."""

    def __init__(self, server):
        self.server = tuple(server.address.rsplit("/", 1)[1].split(":"))
        self.lose = 0
        self.requests = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(5)
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection:
                request = self.request(connection)
                self.requests.append(request)
                answer = self.answer(request)
                if self.lose > 0:
                    self.lose -= 1
                else:
                    connection.sendall(answer)

    def request(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, body = data.split(b"\r\n\r\n", 1)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"host:")]
        for line in lines:
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += connection.recv(65536)
        lines += [b"Host: " + ":".join(self.server).encode(), b"Connection: close"]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def answer(self, request):
        with socket.create_connection(self.server, TIME) as upstream:
            upstream.sendall(request)
            answer = b""
            while True:
                part = upstream.recv(65536)
                if not part:
                    return answer
                answer += part

    def end(self):
        # On Linux, close alone does not end an accept.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
