"""Plug-ins that import a studio's package, one without __init__, one in a zip file, with data
files, and a package that registers plug-ins itself."""

import os
import zipfile

from comparison import compare, pairs
from place import Place, here
from publishing import host, plain
from server import Server
from verdict import done

plugins = here(__file__, "plugins")


def modules(folder):
    for name, text in {
        "studio/__init__.py": "from . import helper\nNAME = 'studio'\nimport pyblish.api\nclass FromPackage(pyblish.api.ContextPlugin):\n"
        "    order = 1.05\n    def process(self, context):\n        self.log.info('from the package')\npyblish.api.register_plugin(FromPackage)\n",
        "studio/helper.py": "from .deep.rules import RULE\ndef helped():\n    return RULE.upper()\n",
        "studio/deep/__init__.py": "",
        "studio/deep/rules.py": "RULE = 'rule'\n",
        "studio/data/rules.json": "{}\n",
        "namespaced/one.py": "VALUE = 'namespaced'\n",
    }.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    with zipfile.ZipFile(os.path.join(folder, "bundle.zip"), "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zipped/__init__.py", "NAME = 'zipped'\n")
        out.writestr("zipped/inner.py", "VALUE = 'inner'\n")
        out.writestr("zipped/data.txt", "data\n")


wrong = []
with Place() as place:
    modules(place.path("modules"))
    env = {
        "PYTHONPATH": os.pathsep.join([place.path("modules"), place.path("modules", "bundle.zip")])
    }
    expected = plain(place, plugins, **env)
    want = pairs(expected)
    print("  plain    %r" % want)
with Place() as place:
    modules(place.path("modules"))
    os.makedirs(place.path("work"))
    env = {
        "PYTHONPATH": os.pathsep.join([place.path("modules"), place.path("modules", "bundle.zip")])
    }
    got, server = host(place, plugins, place.path("work"), **env)
    compare("host", pairs(got), want, wrong)
with Place() as place:
    modules(place.path("modules"))
    os.makedirs(place.path("work"))
    server = Server(
        place,
        "--adapter",
        "pyplugins",
        "--dir",
        plugins + "=/plugins:ro",
        "--dir",
        place.path("work") + "=/work",
        "--dir",
        place.path("modules") + "=/modules:ro",
        "--set",
        'modules=["/modules","/modules/bundle.zip"]',
    )
    got = server.outcome(server.run())
    compare("sandbox", pairs(got), want, wrong)
    print(
        "  sandbox  broken %r" % [(b["file"], b["message"][:300]) for b in got["session"]["broken"]]
    )
done(not wrong, "packages: %s differ" % " and ".join(wrong or ["none"]))
