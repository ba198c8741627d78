"""What Blender writes unless it is told otherwise: 0001.png, or shot0001.png. One sequence each,
not 24 images."""

from images import png
from inbox import publish
from verdict import done

p = publish(dict(("%04d.png" % n, png()) for n in range(1, 25)), tell=False)
print(
    "  0001.png ...: %d instances, run %s, e.g. %r %r"
    % (len(p.instances), p.run["state"], p.labels()[:2], p.failed[:1])
)
q = publish(dict(("shot%04d.png" % n, png()) for n in range(1, 25)), tell=False)
print(
    "  shot0001.png ...: %d instances, run %s, e.g. %r %r"
    % (len(q.instances), q.run["state"], q.labels()[:2], q.files[:2])
)
done(
    len(p.instances) == 1 and len(q.instances) == 1,
    "frames without a separator: %d and %d instances" % (len(p.instances), len(q.instances)),
)
