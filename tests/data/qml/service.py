"""QML's own host: the service of pyblish-qml 1.11.5 in its own process, with the plug-ins of a
folder.

    service.py FOLDER    a request a line on stdin, {"name", "args", "kwargs"}, its answer a line on stdout

Needs pyblish-qml and pyblish-base, and no Qt. Python 3.7 and later.
"""
import json
import os
import sys

sys.dont_write_bytecode = True  # the folder of a checkout stays as it is
import today  # noqa: F401, the folder of this file is where Python looks first
import pyblish.api
from pyblish_qml import host
from pyblish_qml.ipc import service

# Only answers go to stdout, because Pyblish prints each error there.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

pyblish.api.register_plugin_path(sys.argv[1])
host.install_callbacks()
served = service.Service()
for line in sys.stdin:
    request = json.loads(line)
    answer = getattr(served, request["name"])(*request["args"], **request["kwargs"])
    # The `exc_info` of a record has a traceback, which crashes QML's own server.
    answers.write(json.dumps(answer, default=str) + "\n")
    answers.flush()
