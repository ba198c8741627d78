"""Publishes with plain pyblish-base, and writes the outcome to a file as JSON.

Arguments: the file to write, and the folders of plug-ins.
"""

import json
import os
import sys

if os.environ.get("STDOUT_AS_IT_IS") != "1":
    sys.stdout = sys.stderr
import pyblish.api
import pyblish.util


def text(value):
    try:
        return str(value)
    except Exception as error:
        return "<no text: %s>" % type(error).__name__


def message(record):
    try:
        return record.getMessage()
    except Exception:
        return "<cannot be formatted>"


def data(of):
    return dict((str(key), repr(value)) for key, value in of.items() if key != "results")


def result(of):
    instance, error = of["instance"], of["error"]
    return {
        "plugin": of["plugin"].__name__,
        "instance": None if instance is None else instance.name,
        "success": of["success"],
        "error": None if error is None else text(error),
        "kind": None if error is None else type(error).__name__,
        "records": [[record.levelno, message(record)] for record in of["records"]],
    }


if "python" not in pyblish.api.registered_hosts():
    pyblish.api.register_host("python")
for folder in sys.argv[2].split(os.pathsep):
    pyblish.api.register_plugin_path(folder)
plugins = pyblish.api.discover()
escaped, context = None, None
try:
    context = pyblish.util.publish(plugins=plugins)
except BaseException as error:
    escaped = "%s: %s" % (type(error).__name__, error)
is_there = context is not None
outcome = {
    "escaped": escaped,
    "results": [result(of) for of in context.data.get("results", [])] if is_there else [],
    "plugins": [plugin.__name__ for plugin in plugins],
    "instances": [[instance.name, data(instance.data)] for instance in context] if is_there else [],
    "context": data(context.data) if is_there else {},
}
with open(sys.argv[1], "w") as file:
    json.dump(outcome, file)
