"""Numbers that are no frames, beside one that is: versions, shots, takes, as people report that
they break the search for sequences."""

import json
import os

from images import exr, png
from inbox import publish
from verdict import done

want = {
    "sq01_sh010_comp_v004.####.exr 1001-1003": [
        "sq01_sh010_comp_v004.%d.exr" % n for n in (1001, 1002, 1003)
    ],
    "comp_v02.0001.png": ["comp_v02.0001.png"],
    "comp_v04.####.png 20-22": ["comp_v04.%04d.png" % n for n in (20, 21, 22)],
    "comp_v10.####.png 1-3": ["comp_v10.%04d.png" % n for n in (1, 2, 3)],
    "main_1001_1001.####.png 1001-1002": ["main_1001_1001.1001.png", "main_1001_1001.1002.png"],
    "long.####.png 998-1001": ["long.%04d.png" % n for n in (998, 999, 1000, 1001)],
    "wide.####.png 9999-10000": ["wide.9999.png", "wide.10000.png"],
    "zero.####.png 0-2": ["zero.%04d.png" % n for n in (0, 1, 2)],
    "mixed.####.png 1-2": ["mixed.0001.png", "mixed.0002.png"],
    "mixed.###.png 1-2": ["mixed.001.png", "mixed.002.png"],
    "smoke_####.bgeo.sc 1-2": ["smoke_0001.bgeo.sc", "smoke_0002.bgeo.sc"],
    "hero_v001.png": ["hero_v001.png"],
    "hero_v002.png": ["hero_v002.png"],
}
p = publish(
    dict(
        (n, exr() if n.endswith("exr") else png() if n.endswith("png") else b"geo")
        for names in want.values()
        for n in names
    ),
    tell=False,
)
print("  unexpected: %r" % sorted(set(p.labels()) - set(want)))
print("  missing:    %r" % sorted(set(want) - set(p.labels())))
z = publish(dict(("zero.%04d.png" % n, png()) for n in (0, 1, 2)), tell=False)
frames = json.load(open(os.path.join(z.out, "imagesequence/zero/v001/publish.json")))["frames"]
print("  from frame 0 on: %r" % frames)
q = publish(
    dict(
        ("%s.%d.exr" % (s, n), exr())
        for s in ("010_0020_comp", "1001_010_comp")
        for n in (1001, 1002)
    )
)
print("  shots whose names begin with a number: run %s" % q.run["state"])
done(
    set(p.labels()) == set(want) and frames["start"] == 0 and frames["count"] == 3,
    "versions beside frames",
)
