"""Small images, made byte by byte."""

import struct
import zlib


def png(width=4, height=4, grey=0):
    """A small PNG."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body))
            + kind
            + body
            + struct.pack(">I", zlib.crc32(kind + body) & 0xFFFFFFFF)
        )

    rows = b"".join(b"\0" + bytes([grey]) * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def exr(width=4, height=4, channels=("B", "G", "R"), windows=None, value=0.5, cut=None):
    """A small OpenEXR image, scan lines, no compression, half floats."""

    half = struct.pack("<e", value)

    def attribute(name, kind, body):
        return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(body)) + body

    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    head = b"\x76\x2f\x31\x01\x02\0\0\0"
    head += attribute(
        "channels",
        "chlist",
        b"".join(
            c.encode() + b"\0" + struct.pack("<iBBBBii", 1, 0, 0, 0, 0, 1, 1)
            for c in sorted(channels)
        )
        + b"\0",
    )
    head += (
        attribute("compression", "compression", b"\0")
        + attribute("dataWindow", "box2i", window)
        + attribute("displayWindow", "box2i", window)
    )
    head += attribute("lineOrder", "lineOrder", b"\0") + attribute(
        "pixelAspectRatio", "float", struct.pack("<f", 1)
    )
    head += (
        attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0))
        + attribute("screenWindowWidth", "float", struct.pack("<f", 1))
        + b"\0"
    )
    line = width * 2 * len(channels)
    at = len(head) + 8 * height
    table, body = b"", b""
    for y in range(height):
        table += struct.pack("<Q", at + len(body))
        body += struct.pack("<ii", y, line) + half * (width * len(channels))
    return (head + table + body)[:cut]
