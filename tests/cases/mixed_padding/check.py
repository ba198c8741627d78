"""2,700 frames, from 0001 on, one of them with another padding by mistake, and extensions in two
cases."""

from images import png
from inbox import publish
from verdict import done

p = publish(
    dict([("presentation_scene12.%04d.png" % n, png()) for n in range(1, 2701)]), tell=False
)
print("  %r run %s" % (p.labels(), p.run["state"]))
q = publish(
    dict([("a.%04d.png" % n, png()) for n in (1, 2, 4)] + [("a.003.png", png())]), tell=False
)
print("  one of another padding: %r, run %s, %r" % (q.labels(), q.run["state"], q.failed))
r = publish({"b.0001.png": png(), "b.0002.PNG": png(), "b.0003.png": png()}, tell=False)
print("  one in capitals: %r, run %s, %r" % (r.labels(), r.run["state"], r.failed))
done(
    p.labels() == ["presentation_scene12.####.png 1-2700"]
    and p.run["state"] == "succeeded"
    and q.run["state"] != "succeeded"
    and r.run["state"] != "succeeded",
    "padding",
)
