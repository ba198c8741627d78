# -*- coding: utf-8 -*-
"""An adapter in Python, with which tests and measurements talk to a real bridge. Python 2.7 and 3.
"""
from __future__ import print_function

import binascii
import hashlib
import hmac
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# The folder with the modules, the menu and the documentation.
SOURCE = os.path.dirname(HERE)
TARGET = os.environ.get("CARGO_TARGET_DIR") or os.path.join(os.path.dirname(SOURCE), "target")
# The one file that hosts get, as `cargo xtask build` makes it of the modules.
BRIDGE = os.environ.get("BRIDGE_TEST_FILE") or os.path.join(TARGET, "release", "pyblish_endpoint_bridge.py")
PROTOCOL = 2
TIME = 60.0  # seconds that anything may take before a test has failed


class Refused(Exception):
    def __init__(self, body):
        Exception.__init__(self, body["message"])
        self.reason = body["reason"]


class Closed(Exception):
    pass


class Client(object):
    """One connection. `key` is the secret's 32 bytes; tests can spoil the rest of the handshake."""

    def __init__(self, address, key, protocol=PROTOCOL, owner="the tests", spoil=None, greet=True, pid=None, hears_state=False):
        host, port = address.split(":")
        self.address = address
        self.sock = socket.create_connection((host, int(port)), TIME)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.number = 0
        self.hears_state = hears_state
        self.state = None  # what was told of the scene last
        self.told = []  # records and reports of progress, as they came
        self.received = 0  # bytes of the last answer
        if greet:
            try:
                self.greet(key, protocol, owner, spoil or (lambda text: text), pid)
            except BaseException:
                self.close()
                raise

    def greet(self, key, protocol, owner, spoil, pid):
        ours = binascii.hexlify(os.urandom(16)).decode()
        self.send("hello", {"protocol": protocol, "adapter": "tests 1.0", "nonce": ours, "pid": pid, "state": self.hears_state})
        theirs = self.expect("challenge")["nonce"]
        known = [self.address, self.own_end(), pid, ours, theirs]
        self.send("proof", {"proof": spoil(prove(key, "adapter", *known)), "owner": owner})
        assert self.expect("welcome")["proof"] == prove(key, "bridge", *known), "not the bridge"

    def expect(self, expected):
        """The next message of a handshake."""
        kind, body = self.receive()
        if kind == "refused":
            raise Refused(body)
        assert kind == expected, "%s where %s was to come" % (kind, expected)
        return body

    def own_end(self):
        return "%s:%d" % self.sock.getsockname()

    def send_bytes(self, data):
        self.sock.sendall(data)

    def send(self, kind, body):
        self.sock.sendall(self.frame(kind, body))

    @staticmethod
    def frame(kind, body):
        data = json.dumps({kind: body}).encode("utf-8")
        return struct.pack(">I", len(data)) + data

    def fill(self, count):
        while len(self.buffer) < count:
            try:
                got = self.sock.recv(1 << 20)
            except socket.timeout:
                raise AssertionError("no answer in %d seconds" % TIME)
            except (OSError, IOError):
                raise Closed()
            if not got:
                raise Closed()
            self.buffer += got

    def receive(self):
        self.fill(4)
        length = struct.unpack(">I", self.buffer[:4])[0]
        self.fill(4 + length)
        data, self.buffer = self.buffer[4:4 + length], self.buffer[4 + length:]
        self.received = 4 + length
        (kind, body), = json.loads(data.decode("utf-8")).items()
        return kind, body

    def hear(self):
        """Waits for the next message, which must be about the scene."""
        kind, self.state = self.receive()
        assert kind == "state", kind
        return True

    def ask(self, kind, **body):
        """Sends a request without waiting for its answer."""
        self.number += 1
        self.send(kind, dict(body, id=self.number))
        return self.number

    def answer(self):
        """The answer to the last request."""
        while True:
            kind, body = self.receive()
            if kind == "state":
                self.state = body
            elif kind in ("record", "progress"):
                assert body["id"] == self.number, "told of another call"
                self.told.append((kind, body))
            else:
                assert body["id"] in (self.number, None), "the answer to another call"
                return kind, body

    def call(self, kind, **body):
        self.ask(kind, **body)
        return self.answer()

    def get(self, kind, **body):
        """A call that must not be an error or fail."""
        kind, body = self.call(kind, **body)
        assert kind not in ("error", "failed"), body
        return body

    def records(self):
        told, self.told = self.told, []
        return [body["record"] for kind, body in told if kind == "record"]

    def messages(self):
        return [record["message"] for record in self.records()]

    def close(self):
        self.sock.close()


def prove(key, role, bridge_end, adapter_end, pid, adapter_nonce, bridge_nonce):
    lines = "\n".join(
        ["pyblish-endpoint-bridge %d" % PROTOCOL, role, bridge_end, adapter_end, str(pid or 0), adapter_nonce, bridge_nonce])
    return hmac.new(key, lines.encode("ascii"), hashlib.sha256).hexdigest()


class Host(object):
    """A host in a process of its own, with its own run folder. By default, it is the tests'
    interpreter.
    """

    def __init__(self, runtime, command=None, arguments=(), environment=None):
        self.runtime = runtime
        self.folder = os.path.join(runtime, "pyblish-endpoint")
        environ = dict((name, value) for name, value in os.environ.items() if not name.startswith("PYBLISH"))
        environ.update(environment or {}, XDG_RUNTIME_DIR=runtime, PYTHONDONTWRITEBYTECODE="1")
        if not os.path.exists(BRIDGE):
            raise AssertionError("%s is missing: run `cargo xtask build`" % BRIDGE)
        command = command or [sys.executable, BRIDGE]
        self.process = subprocess.Popen(
            command + ["--exit-with", str(os.getpid())] + list(arguments), env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.output = {}
        self.threads = []
        self.first = threading.Event()
        for name in ("stdout", "stderr"):
            self.output[name] = []
            thread = threading.Thread(target=self.read, args=(name,))
            thread.daemon = True
            thread.start()
            self.threads.append(thread)

    def read(self, name):
        for line in iter(getattr(self.process, name).readline, b""):
            line = line.decode("utf-8", "replace")
            self.output[name].append(line)
            if name == "stdout" and line.startswith('{"address"'):
                self.first.set()
        if name == "stdout":
            self.first.set()

    def ready(self):
        """Waits for the line that says where it listens."""
        assert self.first.wait(TIME), "the host says nothing: %s" % self.output
        lines = [line for line in self.output["stdout"] if line.startswith('{"address"')]
        if not lines:
            self.end()
            raise AssertionError("the host ended: %s" % "".join(self.output["stderr"]))
        said = json.loads(lines[0])
        self.address, self.file = said["address"], said["file"]
        return self

    @property
    def key(self):
        with open(os.path.join(self.folder, "secret")) as file:
            return binascii.unhexlify(file.read().strip())

    def connect(self, **more):
        return Client(self.address, self.key, **more)

    def end(self):
        """Ends the host, by its own handle; answers what it wrote to stderr."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            wait_until(lambda: self.process.poll() is not None, "the host does not end when it is asked to")
        except AssertionError:
            self.process.kill()
            raise
        for thread in self.threads:
            thread.join(TIME)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        return "".join(self.output["stderr"])


def wait_until(true, what):
    """Polls for what has no event to wait for; fails with `what`."""
    end = time.time() + TIME
    while not true():
        assert time.time() < end, what
        time.sleep(0.005)


def ended(sock):
    """Whether the other side has ended this connection."""
    return bool(select.select([sock], [], [], 0)[0])
