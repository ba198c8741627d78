"""Frames that a killed render or a full disk left: the header is there, the end is not. They must
not become a version that looks sound."""

from images import exr, png
from inbox import publish
from verdict import done

whole, big = exr(64, 64), png(64, 64)
files = dict(("shot.%04d.exr" % n, whole) for n in range(1001, 1010))
files["shot.1003.exr"] = whole[:400]  # the header, and no line of the picture
files["shot.1008.exr"] = whole[: len(whole) // 2] + bytes(
    len(whole) - len(whole) // 2
)  # of the right length, but zeros
files.update(("mask.%04d.png" % n, big) for n in range(1001, 1006))
files["mask.1002.png"] = big[:40]
p = publish(files)
said = [m for _, m in p.warned] + [f[2] for f in p.failed]
unsaid = [n for n in ("shot.1003.exr", "mask.1002.png") if not any(n in m for m in said)]
done(not unsaid, "frames without an end, published without a word: %r" % unsaid)
