# -*- coding: utf-8 -*-
"""The same plug-ins, published by plain Pyblish and over the bridge, several times in one process.

Over the bridge, what runs is decided by `pyblish.util` itself, in the tests' process: on stand-ins
that know nothing but what the bridge told. So a difference is something that the bridge did not
tell. Plug-ins may also write down what they see: `from noting import note`.
"""
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import modules  # noqa: F401
import pyblish.api
import pyblish.logic
import pyblish.plugin
import pyblish.util
from client import Host
from support import BRIDGE, PYTHON

MATCH = {"intersection": pyblish.api.Intersection, "subset": pyblish.api.Subset, "exact": pyblish.api.Exact}

NOTING = u"""# -*- coding: utf-8 -*-
import json
import os

def note(*values):
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps(values, sort_keys=True) + "\\n")
"""

# The arguments: the file for the pairs, the folder of modules, how often, and the folder of plug-ins.
PLAIN = u"""# -*- coding: utf-8 -*-
import json
import sys
import traceback
def main(path, modules, times, plugins):
    sys.path.insert(0, modules)
    import pyblish.api
    import pyblish.util
    pyblish.api.register_plugin_path(plugins)
    told = []
    for _ in range(int(times)):
        context = pyblish.api.Context()
        try:
            pyblish.util.publish(context)
        except Exception:
            traceback.print_exc()
        told.append([[result["plugin"].__name__, None if result["instance"] is None else result["instance"].name,
                      None if result["error"] is None else type(result["error"]).__name__] for result in context.data.get("results", [])])
    with open(path, "w") as file:
        json.dump(told, file)

if __name__ == "__main__":
    main(*sys.argv[1:])
"""

# Of the bridge's own collectors.
OURS = frozenset(("CollectCurrentFile", "CollectWorkspace", "CollectHostVersion"))


class Entity(object):
    """An instance as it was told."""

    def __init__(self, name, data, selection):
        self.name, self.told, self.selection = name, data, selection

    @property
    def data(self):
        if self.selection is None:
            return self.told
        return {"families": self.selection["families"], "publish": not self.selection["skipped"]}


class Plugin(object):
    """A plug-in as it was told."""

    def __init__(self, told):
        self.left_out = False
        self.learn(told)

    def learn(self, told):
        self.id, self.name, self.order, self.active = told["id"], told["name"], told["order"], told["active"]
        self.families, self.targets, self.match = told["families"], told["targets"], MATCH[told["match"]]
        self.told = told
        self.__dict__["__instanceEnabled__"] = told["processes"]["instance"]


class Adapter(object):
    """Publishes over the bridge, by Pyblish's own rules and what it is told."""

    def __init__(self, client):
        self.client = client
        self.about = dict(client.get("open", user="u", machine="m")["host"])
        self.targets, self.stops = [], None

    def publish(self):
        """One publish from the beginning; answers its pairs."""
        client = self.client
        self.context, self.pairs = [], []
        self.plugins = []
        self.take(client.get("reset"))
        found = client.get("discover")
        self.broken = found["broken"]
        self.plugins = [Plugin(told) for told in found["plugins"]]
        self.targets, self.stops = found["targets"], found["stop-test"]
        before = pyblish.util.plugin, pyblish.logic.registered_targets
        # Their own names of these: where the bridge is in this process, too, it needs the real ones.
        pyblish.util.plugin, pyblish.logic.registered_targets = self, lambda: list(self.targets)
        test = pyblish.logic.registered_test
        pyblish.logic.registered_test = lambda: self.stop_test
        try:
            for _ in pyblish.util.publish_iter(self.context, list(self.plugins)):
                pass
        finally:
            pyblish.util.plugin, pyblish.logic.registered_targets = before
            pyblish.logic.registered_test = test
        self.take(client.get("notify", event="published", arguments={}))
        return [pair for pair in self.pairs if pair[0] not in OURS]

    def process(self, plugin, _, instance):
        outcome = self.client.get("process", plugin=plugin.id, instance=None if instance is None else instance.id)
        failure = outcome["failure"]
        self.pairs.append([plugin.name, None if instance is None else instance.name, failure and failure["kind"]])
        self.take(outcome)
        return {"error": failure and Exception(failure["message"])}

    def stop_test(self, nextOrder, ordersWithError):
        """The test that was told: Pyblish's own, or the answers of a studio's."""
        if self.stops is None:
            return pyblish.logic.default_test(nextOrder=nextOrder, ordersWithError=ordersWithError)
        return next((stop["reason"] for stop in self.stops if self.plugin(stop["plugin"]).order == nextOrder), None)

    def take(self, outcome):
        """Applies the changes of an answer."""
        for change in outcome["changes"]:
            (kind, of), = change.items()
            if kind == "instance-added":
                entity = Entity(of["name"], dict(of["data"]), of["selection"])
                entity.id = of["id"]
                self.context.append(entity)
            elif kind == "instance-removed":
                self.context[:] = [entity for entity in self.context if entity.id != of["id"]]
            elif kind == "selection-set":
                self.entity(of["id"]).selection = of["selection"]
            elif kind in ("data-set", "data-unset") and of["instance"] is not None:
                data = self.entity(of["instance"]).told
                data.pop(of["key"], None)
                if kind == "data-set":
                    data[of["key"]] = of["value"]
            elif kind == "plugin-activated":
                self.plugin(of["plugin"]).active = of["active"]
            elif kind == "plugin-changed":
                self.plugin(of["id"]).learn(of)
            elif kind == "targets-set":
                self.targets = of
            elif kind == "stop-test-set":
                self.stops = of

    def entity(self, number):
        return next(entity for entity in self.context if entity.id == number)

    def plugin(self, number):
        return next(plugin for plugin in self.plugins if plugin.id == number)


class AsInPlain(unittest.TestCase):
    """Compares the two."""

    host = [PYTHON, BRIDGE]
    times = 2  # publishes in one process

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.plugins = os.path.join(self.folder, "plugins")
        os.mkdir(self.plugins)
        self.write("noting.py", NOTING)
        self.write("plain.py", PLAIN)

    def write(self, path, text):
        with io.open(os.path.join(self.folder, path), "w", encoding="utf-8") as file:
            file.write(text)

    def notes(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return []
        with open(path) as file:
            return [json.loads(line) for line in file]

    def environment(self, name, more):
        path = os.pathsep.join([self.folder, os.environ.get("PYTHONPATH", "")])
        return dict(more, NOTES=os.path.join(self.folder, name), PYTHONPATH=path)

    def plain(self, **environment):
        """The pairs, the notes, and what was printed."""
        clean = dict((name, value) for name, value in os.environ.items() if not name.startswith("PYBLISH"))
        pairs = os.path.join(self.folder, "pairs.json")
        process = subprocess.Popen(
            [PYTHON, os.path.join(self.folder, "plain.py"), pairs, self.folder, str(self.times), self.plugins],
            env=dict(clean, **self.environment("plain.notes", environment)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors.decode("utf-8", "replace"))
        with open(pairs) as file:
            return json.load(file), self.notes("plain.notes"), output.decode("utf-8")

    def bridge(self, **environment):
        """The same over the bridge, and the records and what was left out of each publish."""
        host = Host(self.folder, self.host, ["--paths", self.plugins], self.environment("bridge.notes", environment)).ready()
        try:
            client = host.connect()
            adapter = Adapter(client)
            pairs, self.records, self.broken = [], [], []
            for _ in range(self.times):
                pairs.append(adapter.publish())
                self.records.append(client.records())
                self.broken.append(adapter.broken)
            self.about = adapter.about
            client.get("close")
            client.close()
        finally:
            self.errors = host.end()
        return pairs, self.notes("bridge.notes"), "".join(host.output["stdout"][1:])

    def compare(self, files, pairs=None, **environment):
        """Publishes these plug-ins both ways; answers the pairs and the notes, which are the same."""
        for name, text in files.items():
            self.write(name, text)
        expected, expected_notes, _ = self.plain(**environment)
        found, notes, _ = self.bridge(**environment)
        self.assertEqual(found, expected)
        self.assertEqual(notes, expected_notes)
        if pairs is not None:
            self.assertEqual([[pair[0] for pair in publish] for publish in found], pairs)
        return found, notes
