"""The repair of a name renames a file that another file names: the scene must not be broken by it
in silence."""

import os

from images import png
from inbox import publish
from verdict import done

files = {
    "Teapot_Look.usda": b'#usda 1.0\nover "Teapot" {}\n',
    "teapot.usda": b"#usda 1.0\n(\n    subLayers = [@./Teapot_Look.usda@]\n)\n",
    "Box.obj": b"mtllib Box.mtl\nv 0 0 0\n",
    "Box.mtl": b"newmtl a\nmap_Kd Box_Color.png\n",
    "Box_Color.png": png(),
}
p = publish(files)
plugin = [q for q in p.server.plugins() if q["name"] == "ValidateName"][0]
said = []
for i in p.instances:
    told = p.server.post("/repair", {"pluginId": plugin["id"], "instanceId": i["id"]})
    told = told.get("result", told)
    said += [q["message"] for q in told.get("records", [])] + [
        (told.get("error") or {}).get("message") or ""
    ]
left = sorted(os.listdir(p.inbox))
print("  after the repair: %r" % left)
print("  said: %r" % said)
broken = "Teapot_Look.usda" not in left or "Box.mtl" not in left
warned = any(w in " ".join(said) for w in ("refer", "names it", "is named in", "by name"))
done(
    not broken or warned,
    "a repair that renames what others name: %s"
    % ("the scenes are broken, and nobody says so" if broken and not warned else "fine"),
)
