"""What the attacks share: a user's folders, a server in them, and the judgement.

Each attack is a program of its own, which `tests/scripts/attacks.rs` runs. It ends with `judge` or
`not_played`. The environment has BIN, the folder of the built programs, and CACHE, a folder for
compiled adapters. An attack runs in a Python with pyblish-base; hosts use the same Python.
"""

import http.client
import json
import os
import resource
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["BIN"]
PROGRAM = os.path.join(BIN, "pyblish-endpoint")
BRIDGE = os.path.join(BIN, "pyblish_endpoint_bridge.py")
RIGHT, WRONG, NOT_PLAYED = 0, 1, 3

MIB = 1 << 20
GIB = 1 << 30
PATIENCE = 120  # seconds for anything without a limit of its own

ROOT = tempfile.mkdtemp(prefix="attack-")
CHILDREN = []  # processes that end with the attack


def test_adapter(name):
    return os.path.join(BIN, "test-adapters", name + ".wasm")


def judge(is_right, words):
    """Ends the attack. `is_right` says whether the product withstood it."""
    finish(RIGHT if is_right else WRONG, "%s: %s" % ("right" if is_right else "wrong", words))


def promise(id, is_right, words):
    """Like `judge`, and records that the promise `id` of docs/ was tested; see tests/promise."""
    if is_right and "PYBLISH_PROMISES" in os.environ:
        # One write for each line, because others write to the same file.
        with open(os.environ["PYBLISH_PROMISES"], "a") as file:
            file.write("%s\t\n" % id)
    judge(is_right, words)


def wait_for(holds):
    """Waits until it holds; answers whether it did in time."""
    began = time.time()
    while not holds():
        if time.time() - began > PATIENCE:
            return False
        time.sleep(0.05)
    return True


def not_played(why):
    """Ends the attack, because this machine lacks something that it needs."""
    finish(NOT_PLAYED, "not played: " + why)


def finish(code, words):
    for child in CHILDREN:
        if child.poll() is None:
            child.kill()
            child.wait()
    shutil.rmtree(ROOT, ignore_errors=True)
    print(words)
    sys.stdout.flush()
    os._exit(code)  # threads of an attack may still run


def crashed(kind, error, trace):
    """An attack that fails by itself counts as wrong, and leaves nothing behind."""
    sys.__excepthook__(kind, error, trace)
    finish(WRONG, "wrong: the attack itself failed (%s: %s)" % (kind.__name__, error))


sys.excepthook = crashed


class Place(object):
    """A user's folders, in a new temporary folder."""

    def __init__(self):
        self.root = tempfile.mkdtemp(dir=ROOT)
        for name in ("home", "data", "run", "config", "work"):
            os.mkdir(self.path(name), 0o700)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def folder(self, *names):
        """Makes a folder, and those above it."""
        path = self.path(*names)
        os.makedirs(path)
        return path

    def write(self, text, *names):
        """Writes a file that only this user can read."""
        path = self.path(*names)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def environment(self, **more):
        keep = ("PATH", "LANG", "LD_LIBRARY_PATH", "PYENV_ROOT")
        found = dict((name, value) for name, value in os.environ.items() if name in keep)
        found.update(
            HOME=self.path("home"),
            XDG_DATA_HOME=self.path("data"),
            XDG_RUNTIME_DIR=self.path("run"),
            XDG_CONFIG_HOME=self.path("config"),
            XDG_CACHE_HOME=os.environ["CACHE"],
            PYTHONDONTWRITEBYTECODE="1",
        )
        found.update(more)
        return found

    def run(self, *arguments, timeout=PATIENCE):
        """Runs the program to its end."""
        return subprocess.run(
            [PROGRAM] + list(arguments),
            env=self.environment(),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
        )

    def scenario(self, *plugins):
        """Arguments for a healthy session: two instances, and a plug-in that looks at them."""
        instances = [
            {"create": "one", "data": {"family": "a"}},
            {"create": "two", "data": {"family": "b"}},
        ]
        plugins = [
            {"name": "Collect", "order": 0, "context": instances},
            {"name": "Validate", "order": 1, "instance": [{"log": "info", "message": "fine"}]},
        ]
        scenario = {"description": "A healthy session.", "plugins": plugins}
        self.write(json.dumps(scenario), "work", "healthy.scenario.json")
        folder = self.path("work") + "=/scenario:ro"
        return ["--adapter", "scenario", "--set", "file=healthy.scenario.json", "--dir", folder]

    def evil(self, *settings):
        """Arguments for a session with the adapter `evil`."""
        arguments = ["--adapter", test_adapter("evil"), "--connect", "127.0.0.1:1"]
        for setting in settings:
            arguments += ["--set", setting]
        return arguments

    def history(self):
        return self.path("data", "pyblish-endpoint", "history")


class NotStarted(Exception):
    """A server ended before it printed its address. The message is what it logged."""


class Server(object):
    """`pyblish-endpoint serve`. `memory` is how many bytes of data it may have."""

    def __init__(self, place, arguments, memory=None, **environment):
        def limit():
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

        self.place = place
        self.log = place.path("serve.log")
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [PROGRAM, "serve", "--json", "--port", "auto"] + list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=place.environment(**environment),
                cwd=place.root,
                preexec_fn=limit,
            )
        CHILDREN.append(self.child)
        ready, _, _ = select.select([self.child.stdout], [], [], PATIENCE)
        line = self.child.stdout.readline() if ready else b""
        if not line:
            self.kill()
            raise NotStarted(self.said())
        told = json.loads(line.decode())
        self.session = told["session"]
        self.path = "/pyblish/v2/sessions/" + self.session
        self.port = int(told["address"].rsplit(":", 1)[1])
        self.token = None
        if told.get("tokenFile"):
            with open(told["tokenFile"]) as file:
                self.token = file.read().strip()

    def said(self):
        with open(self.log, errors="replace") as file:
            return file.read().strip()[-2000:]

    # Requests

    def head(self, method, path, *lines):
        """The head of a request as it is sent, without the empty line at its end."""
        found = ["%s %s HTTP/1.1" % (method, path), "Host: 127.0.0.1:%d" % self.port]
        if self.token:
            found.append("Authorization: Bearer " + self.token)
        return ("\r\n".join(found + list(lines)) + "\r\n").encode()

    def connect(self, timeout=PATIENCE):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def request(self, method, path, body=None, timeout=PATIENCE):
        """Sends a request for a path below the session, or for a whole path that begins with
        `/pyblish`.
        """
        if not path.startswith("/pyblish"):
            path = self.path + path
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(None, str(error).encode())
        finally:
            connection.close()

    def get(self, path="", **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, {} if body is None else body, **more)

    def process(self, plugin, **more):
        """Has one plug-in process the context."""
        return self.post("/process", {"pluginId": plugin}, **more)

    def run_to_end(self, **body):
        """Starts a run and waits for its end, if it can be started."""
        answer = self.post("/runs", body)
        if answer.status != 202:
            return answer.json()
        path = "/runs/" + answer.json()["id"]
        run = {}

        def ended():
            run.update(self.get(path).json())
            return run["state"] != "running"

        if not wait_for(ended):
            judge(False, "the run does not end: %s" % run)
        return run

    # The process

    def is_alive(self):
        return self.child.poll() is None

    def status(self, name):
        with open("/proc/%d/status" % self.child.pid) as file:
            return next(line.split()[1] for line in file if line.startswith(name + ":"))

    def memory(self):
        """MiB that it has at the moment."""
        return int(self.status("VmRSS")) // 1024

    def most_memory(self):
        """MiB that it had at most."""
        return int(self.status("VmHWM")) // 1024

    def threads(self):
        return int(self.status("Threads"))

    def processor_time(self):
        """Seconds of processors that it has used."""
        with open("/proc/%d/stat" % self.child.pid) as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.child.terminate()
        self.child.wait(PATIENCE)

    def kill(self):
        self.child.kill()
        self.child.wait()


class Answer(object):
    """An answer; `status` is None if none came."""

    def __init__(self, status, body):
        self.status = status
        self.body = body

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def failure(self):
        """Why a plug-in failed, or why it could not run; None if it succeeded."""
        found = self.json()
        if "error" not in found:
            return found.get("detail", str(found))
        return None if found["error"] is None else found["error"]["message"]

    def __str__(self):
        return "%s %s" % (self.status, self.body[:300].decode("utf-8", "replace"))


class Host(object):
    """A plain Python with the bridge in it."""

    def __init__(self, place):
        # A folder of its own, so that nothing else is imported from there.
        folder = place.folder("bridge")
        shutil.copy(BRIDGE, folder)
        self.child = subprocess.Popen(
            [sys.executable, os.path.join(folder, os.path.basename(BRIDGE)), "--host", "python"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=place.environment(),
            cwd=place.root,
        )
        CHILDREN.append(self.child)
        address = json.loads(self.child.stdout.readline().decode())["address"]
        self.port = int(address.rsplit(":", 1)[1])

    def stop(self):
        self.child.terminate()
        self.child.wait()


def needs_root(what):
    if os.geteuid() != 0:
        not_played("only root can " + what)


def as_another_user(code, *arguments):
    """Runs a piece of Python as the user `nobody`; answers what it prints."""
    needs_root("be another user")
    command = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "/usr/bin/python3",
        "-c",
        code,
    ]
    found = subprocess.run(
        command + list(arguments), stdout=subprocess.PIPE, timeout=PATIENCE, cwd="/"
    )
    return found.stdout.decode("utf-8", "replace").strip()
