"""One name in two spellings of Unicode (as a Mac and a PC write it), and names that fold to one on
disks that mind no case: they are one file there."""

import unicodedata

from images import png
from inbox import publish
from verdict import done

name = "h\u00f6he.png"
pairs_ = [
    ("NFC and NFD", [unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)]),
    ("sharp s", ["stra\u00dfe.png", "STRASSE.png"]),
    ("Kelvin sign", ["k.png", "\u212a.png"]),
    ("case", ["Hero.png", "hero.png"]),
]
bad = []
for words, names in pairs_:
    p = publish(dict((n, png()) for n in names), "--set", "pattern=.*", tell=False)
    collide = [f for f in p.failed if f[0] == "ValidateCase"]
    print(
        "  %-12s run %s, %r %s"
        % (
            words,
            p.run["state"],
            [ascii(i["data"].get("publishPath")) for i in p.instances],
            ascii(collide[:1])[:200],
        )
    )
    if not collide:
        bad.append(words)
done(
    not [b for b in bad if b in ("NFC and NFD",)],
    "names that are one on some disks, and are published: %s" % (", ".join(bad) or "none"),
)
