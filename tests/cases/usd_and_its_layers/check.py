"""A USD asset of three layers and a texture that name each other by relative paths: what is
published resolves, or it is said that it does not."""

import os
import re

from images import png
from inbox import publish
from verdict import done

files = {
    "teapot.usda": b'#usda 1.0\n(\n    defaultPrim = "Teapot"\n    subLayers = [@./teapot_look.usda@]\n)\ndef Xform "Teapot" (\n    payload = @./teapot_geo.usda@\n) {}\n',
    "teapot_geo.usda": b'#usda 1.0\n(\n    defaultPrim = "Teapot"\n)\ndef Xform "Teapot" {}\n',
    "teapot_look.usda": b'#usda 1.0\nover "Teapot" {\n    asset inputs:file = @./teapot_color.png@\n}\n',
    "teapot_color.png": png(),
}
p = publish(files)
broken = []
for f in p.files:
    if f.endswith(".usda"):
        text = open(os.path.join(p.out, f)).read()
        for path in re.findall("@([^@]+)@", text):
            if not os.path.exists(os.path.join(p.out, os.path.dirname(f), path)):
                broken.append("%s needs %s" % (f, path))
said = any("teapot_geo" in m or "refer" in m or "relative" in m for _, m in p.warned) or bool(
    p.failed
)
done(not broken or said, "USD layers that name each other: %s" % ("; ".join(broken) or "resolve"))
