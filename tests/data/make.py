"""Draws the sample inbox anew: `python make.py` writes the folder `inbox` beside this file.

Needs Pillow, NumPy and OpenEXR. Every picture is computed, nothing is a photograph or taken from
elsewhere, and nothing depends on the clock or on chance: two runs with the same libraries write the
same files. The .glb is put together here, byte by byte, because it is small and its layout
instructive.
"""

import json
import math
import pathlib
import struct

import numpy
import OpenEXR
from PIL import Image, ImageDraw

INBOX = pathlib.Path(__file__).resolve().parent / "inbox"


def vertical_gradient(size, top, bottom):
    """An image that fades from one colour to another."""
    width, height = size
    weight = numpy.linspace(0, 1, height)[:, None, None]
    rows = numpy.array(top) * (1 - weight) + numpy.array(bottom) * weight
    pixels = numpy.broadcast_to(rows, (height, width, 3))
    return Image.fromarray(numpy.round(pixels).astype(numpy.uint8))


def hero(first=1001, count=8):
    """A red ball bounces once from left to right, one file a frame."""
    for step in range(count):
        at = step / (count - 1)
        image = vertical_gradient((64, 36), (24, 40, 88), (200, 144, 96))
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 31, 63, 35), fill=(48, 32, 40))
        x, y = 7 + 50 * at, 26 - 19 * math.sin(math.pi * at)
        squash = 1 if step in (0, count - 1) else 0
        draw.ellipse((x - 5 - squash, y - 5 + squash, x + 5 + squash, y + 5), fill=(224, 48, 40))
        draw.ellipse((x - 3, y - 3, x, y), fill=(255, 176, 160))
        image.save(INBOX / f"hero.{first + step}.png", optimize=True)


def skyline():
    """Towers before an evening sky."""
    image = vertical_gradient((480, 270), (40, 32, 96), (255, 160, 80))
    draw = ImageDraw.Draw(image)
    draw.ellipse((330, 150, 390, 210), fill=(255, 224, 144))
    left = 0
    for tower in range(14):
        width, height = 24 + (tower * 7) % 21, 60 + (tower * 53) % 110
        draw.rectangle((left, 270 - height, left + width, 270), fill=(24, 20, 40))
        for window in range(3):
            for floor in range(height // 16):
                if (tower + window * 2 + floor * 3) % 4 == 0:
                    x, y = left + 4 + window * 7, 276 - height + floor * 16
                    draw.rectangle((x, y, x + 3, y + 6), fill=(255, 216, 120))
        left += width + 4
    image.save(INBOX / "skyline.jpg", quality=88, optimize=True)


def matte():
    """A silhouette in black and white: JPEG data under a name that promises PNG."""
    image = Image.new("L", (160, 90), 0)
    draw = ImageDraw.Draw(image)
    draw.ellipse((62, 12, 98, 48), fill=255)
    draw.rounded_rectangle((48, 50, 112, 120), radius=20, fill=255)
    image.save(INBOX / "matte.png", format="JPEG", quality=90)


def old_map():
    """An island on parchment: a valid PNG under a name that a pipeline does not take."""
    image = Image.new("RGB", (192, 128), (232, 212, 168))
    draw = ImageDraw.Draw(image)
    shore = [
        (
            96 + (52 + 12 * math.sin(5 * turn)) * math.cos(turn),
            64 + (34 + 9 * math.cos(4 * turn)) * math.sin(turn),
        )
        for turn in (math.tau * i / 90 for i in range(90))
    ]
    draw.polygon(shore, fill=(196, 168, 104), outline=(96, 64, 32))
    for x in range(58, 118, 9):
        draw.point([(x, 66 + round(6 * math.sin(x))), (x + 1, 66 + round(6 * math.sin(x)))], (96, 64, 32))
    draw.line([(116, 54), (124, 62)], fill=(176, 32, 24), width=2)
    draw.line([(116, 62), (124, 54)], fill=(176, 32, 24), width=2)
    draw.rectangle((3, 3, 188, 124), outline=(96, 64, 32))
    image.quantize(16).save(INBOX / "Old Map.png", optimize=True)


def plate():
    """A half-float plate: a sun far brighter than 1.0 over a dim ground, with alpha."""
    width, height = 128, 72
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    sky = 0.18 + 0.6 * (1 - y / height)
    sun = 24.0 * numpy.exp(-((x - 88) ** 2 + (y - 20) ** 2) / 40)
    ground = y > 52 + 3 * numpy.sin(x / 9)
    channels = {}
    for name, tint, earth in (("R", 0.5, 0.09), ("G", 0.7, 0.07), ("B", 1.0, 0.04)):
        channels[name] = numpy.where(ground, earth, sky * tint + sun).astype(numpy.float16)
    channels["A"] = numpy.ones((height, width), dtype=numpy.float16)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(INBOX / "plate.exr"))


def crate():
    """A cube of one metre that stands on the ground, with a normal for each face."""
    positions, normals, indices = [], [], []
    for axis in range(3):
        for sign in (1.0, -1.0):
            normal = [0.0, 0.0, 0.0]
            normal[axis] = sign
            corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
            if sign < 0:
                corners.reverse()  # seen from outside, a face turns counter-clockwise
            base = len(positions)
            for u, v in corners:
                corner = [0.0, 0.0, 0.0]
                corner[axis] = sign * 0.5
                corner[(axis + 1) % 3], corner[(axis + 2) % 3] = u, v
                corner[1] += 0.5
                positions.append(corner)
                normals.append(normal)
            indices += [base, base + 1, base + 2, base, base + 2, base + 3]

    points = b"".join(struct.pack("<3f", *p) for p in positions)
    facing = b"".join(struct.pack("<3f", *n) for n in normals)
    order = b"".join(struct.pack("<H", i) for i in indices)
    data = points + facing + order
    scene = {
        "asset": {"version": "2.0", "generator": "pyblish-endpoint sample data"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "crate", "mesh": 0}],
        "meshes": [
            {
                "name": "crate",
                "primitives": [
                    {"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}
                ],
            }
        ],
        "materials": [
            {
                "name": "wood",
                "pbrMetallicRoughness": {
                    "baseColorFactor": [0.42, 0.26, 0.12, 1.0],
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.8,
                },
            }
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(positions),
                "type": "VEC3",
                "min": [min(p[i] for p in positions) for i in range(3)],
                "max": [max(p[i] for p in positions) for i in range(3)],
            },
            {"bufferView": 1, "componentType": 5126, "count": len(normals), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5123, "count": len(indices), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points), "target": 34962},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(facing), "target": 34962},
            {
                "buffer": 0,
                "byteOffset": len(points) + len(facing),
                "byteLength": len(order),
                "target": 34963,
            },
        ],
        "buffers": [{"byteLength": len(data)}],
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
    (INBOX / "crate.glb").write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


SET = """#usda 1.0
(
    defaultPrim = "set"
    doc = "A stage with a floor, a box and a camera."
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "set" (
    kind = "assembly"
)
{
    def Mesh "floor"
    {
        uniform bool doubleSided = 1
        float3[] extent = [(-5, 0, -5), (5, 0, 5)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(-5, 0, 5), (5, 0, 5), (5, 0, -5), (-5, 0, -5)]
        color3f[] primvars:displayColor = [(0.3, 0.3, 0.32)]
        uniform token subdivisionScheme = "none"
    }

    def Cube "box"
    {
        float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]
        color3f[] primvars:displayColor = [(0.42, 0.26, 0.12)]
        double size = 1
        double3 xformOp:translate = (0, 0.5, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }

    def Camera "camera"
    {
        float2 clippingRange = (0.1, 1000)
        float focalLength = 35
        double3 xformOp:translate = (0, 1.6, 8)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
"""


if __name__ == "__main__":
    INBOX.mkdir(exist_ok=True)
    hero()
    skyline()
    matte()
    old_map()
    plate()
    crate()
    (INBOX / "set.usda").write_text(SET, encoding="utf-8", newline="\n")
