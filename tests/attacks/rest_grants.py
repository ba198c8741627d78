"""A server without a token, as old frontends need it. Another user of the machine must not open a
session that reads this user's files."""

import os
import shutil

from harness import ROOT, Place, Server, as_another_user, judge, test_adapter

ASK = r"""
import json, sys, urllib.error, urllib.request
port, home, adapter = sys.argv[1:]

def ask(path, body):
    request = urllib.request.Request(
        "http://127.0.0.1:%s/pyblish/v2/sessions%s" % (port, path), json.dumps(body).encode(),
        {"Content-Type": "application/json"})
    try:
        return json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        return json.load(error)

session = ask("", {
    "adapter": adapter, "addresses": ["127.0.0.1:1"], "folders": [home + "=/outer"], "settings": {"text": "secret.txt"}})
if "id" in session:
    print(ask("/%s/process" % session["id"], {"pluginId": "ReadFile"})["error"]["message"])
else:
    print("refused:", session.get("detail"))
"""

place = Place()
os.chmod(ROOT, 0o755)
server = Server(place, place.scenario() + ["--no-auth"])
place.write("the artist's own", "home", "secret.txt")
# The folder where the other user has an adapter of their own.
adapter = os.path.join(ROOT, "theirs.wasm")
shutil.copy(test_adapter("evil"), adapter)
os.chmod(adapter, 0o644)
said = as_another_user(ASK, str(server.port), place.path("home"), adapter)
judge(said.startswith("refused:"), "another user, about a file of mode 0600: %s" % said)
