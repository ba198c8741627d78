"""A model in glTF with its buffer and its picture beside it: what is published can be opened, or it
is said that it cannot."""

import json
import os
import struct

from images import png
from inbox import publish
from verdict import done

model = json.dumps(
    {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "buffers": [{"uri": "box.bin", "byteLength": 36}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [1, 1, 0],
            }
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "images": [{"uri": "box_color.png"}],
    }
).encode()
p = publish(
    {
        "box.gltf": model,
        "box.bin": struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0),
        "box_color.png": png(),
    }
)
found = [f for f in p.files if f.endswith("box.gltf")]
whole = bool(found) and all(
    os.path.exists(os.path.join(p.out, os.path.dirname(found[0]), uri))
    for uri in ("box.bin", "box_color.png")
)
said = any("box.bin" in m or "box_color" in m or "refer" in m for _, m in p.warned) or any(
    "box.bin" in f[2] for f in p.failed
)
print("  published: %r" % p.files)
done(
    whole or said,
    "a glTF that needs two files beside it: %s"
    % ("whole" if whole else "they are elsewhere, and nobody says so" if not said else "said"),
)
