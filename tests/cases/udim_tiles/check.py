"""UDIM tiles: their numbers are places in a grid, and have gaps in every real asset. They are one
texture, and nothing is missing."""

from images import exr, png
from inbox import publish
from verdict import done

p = publish(
    dict(
        [("hero_diffuse.%d.png" % n, png()) for n in (1001, 1002, 1011, 1012, 1021)]
        + [("hero_rough_%d.exr" % n, exr()) for n in (1001, 1003, 1024)]
    )
)
done(
    p.run["state"] == "succeeded",
    "UDIM tiles: %s" % ("; ".join("%s: %s" % f[1:] for f in p.failed)[:260] or "published"),
)
