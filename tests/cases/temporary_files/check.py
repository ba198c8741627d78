"""What programs leave beside their work: temporary files, locks, backups, what Windows and macOS
keep. None is published; what is real is."""

import os

from images import exr
from inbox import publish
from verdict import done

real = {
    "hero.blend": b"BLENDER-v300" + bytes(32),
    "plate.1001.exr": exr(),
    "plate.1002.exr": exr(),
    "notes.txt": b"x",
}
left = [
    "hero.blend@",
    "hero.blend1",
    "hero.blend2",
    "plate.1003.exr.tmp",
    "plate.1003.exr.lock",
    ".plate.1003.exr.swp",
    "._plate.1001.exr",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "~$notes.docx",
    ".~lock.notes.odt#",
    "hero.nk~",
    "hero.nk.autosave",
    "hero.ma.swatches",
    "Icon\r",
    ".nfs000000000123",
    "plate.1003.exr.part",
    "hero.exr:Zone.Identifier",
    "hero.hip_bak1.tmp",
    "comp.nk.lck",
    "#notes.txt#",
    "hero.psd.sb-1234-AbCdEf",
    "core.12345",
]
p = publish(dict(real, **dict((n, b"junk") for n in left)), "--set", "pattern=.*", tell=False)
taken = sorted(
    set(os.path.basename(f) for f in p.files) - set(real) - {"publish.json", "thumbnail.png"}
)
print("  run %s; published of them: %r" % (p.run["state"], taken))
print("  instances: %r" % p.labels())
q = publish(dict(real, **dict((n, b"junk") for n in left)), tell=False)
print("  with the default pattern: run %s, refused %r" % (q.run["state"], [f[1] for f in q.failed]))
sure = (
    "hero.blend@",
    "plate.1003.exr.lock",
    "Icon\\r",
    "hero.exr:Zone.Identifier",
    "comp.nk.lck",
    "#notes.txt#",
    "hero.nk.autosave",
)
collected = [label for label in p.labels() if label in sure]
done(
    not collected and q.run["state"] == "succeeded",
    "temporary files that are collected, and stop the publish: %r" % collected,
)
