"""`pyblish-endpoint serve`, and requests to it."""

import json
import subprocess
import time
import urllib.error
import urllib.request

from place import PROGRAM


def call(method, url, body=None, timeout=60):
    """Sends a request and returns the JSON of the answer; of a refusal, `$status` and `$problem`.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            text = answer.read().decode("utf-8")
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")
        try:
            return {"$status": error.code, "$problem": json.loads(text)}
        except ValueError:
            return {"$status": error.code, "$problem": text}


class Server(object):
    """`pyblish-endpoint serve`, without a token, on a free port of the loopback."""

    def __init__(self, place, *arguments, **env):
        self.place = place
        log = open(place.path("serve-%d.log" % len(place.children)), "wb")
        self.log_path = log.name
        command = [PROGRAM, "serve", "--json", "--no-auth", "--port", "auto"] + list(arguments)
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=place.env(**env), cwd=place.root
        )
        place.children.append(self.child)
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(
                "serve did not start: " + open(self.log_path, errors="replace").read()[-2000:]
            )
        told = json.loads(line.decode())
        self.address, self.id = told["address"], told["session"]
        self.base = "%s/pyblish/v2/sessions/%s" % (self.address, self.id)

    def get(self, what=""):
        return call("GET", self.base + what)

    def post(self, what, body=None):
        return call("POST", self.base + what, {} if body is None else body)

    def run(self, body=None, limit=300):
        run = self.post("/runs", body)
        if "id" not in run:
            raise RuntimeError("no run: %r" % (run,))
        begun = time.time()
        while True:
            now = self.get("/runs/" + run["id"])
            if now["state"] != "running":
                return now
            if time.time() - begun > limit:
                self.post("/runs/%s/cancel?grace=0" % run["id"])
                return dict(now, state="too slow")
            time.sleep(0.05)

    def results(self):
        return self.pages("results")

    def instances(self):
        return self.pages("instances")

    def pages(self, name):
        """All items of a list that the server answers page by page."""
        found, page = [], None
        while True:
            page = self.get("/%s?limit=500&after=%d" % (name, page["next"] if page else 0))
            found += page["items"]
            if page["next"] is None:
                return found

    def plugins(self):
        return self.pages("plugins")

    def log(self):
        return open(self.log_path, errors="replace").read()

    def outcome(self, run):
        """The outcome of a run, in the same form as that of `plain`."""
        names = dict((p["id"], p["name"]) for p in self.plugins())
        instances = self.instances()
        results = []
        for r in self.results():
            if r.get("mode", "process") not in ("process", None) and not isinstance(
                r.get("mode"), dict
            ):
                continue
            error = r.get("error")
            results.append(
                {
                    "plugin": names.get(r["plugin"], r["plugin"]),
                    "instance": r.get("instance"),
                    "success": r["success"],
                    "error": None if error is None else error["message"],
                    "kind": None if error is None else error.get("kind"),
                    "title": None if error is None else error.get("title"),
                    "records": [[q["level"], q["message"]] for q in r["records"]],
                    "raw": r,
                }
            )
        return {
            "run": run,
            "results": results,
            "plugins": [p["name"] for p in self.plugins()],
            "instances": [[i["name"], i["data"]] for i in instances],
            "context": self.get("/context")["data"],
            "session": self.get(),
        }
