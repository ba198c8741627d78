"""Every 5th frame was rendered, as previews and retimes are: nothing is missing from such a
sequence; and holes that are wanted can be published."""

from images import png
from inbox import publish
from verdict import done

p = publish(dict(("preview.%04d.png" % n, png()) for n in range(1001, 1052, 5)))
q = publish(dict(("keys.%04d.png" % n, png()) for n in (1001, 1013, 1020)))
ok = p.run["state"] == "succeeded"
print(
    "  the artist can switch the check off for one instance or for one publish: ValidateSequence is optional: %r"
    % [x["optional"] for x in q.server.plugins() if x["name"] == "ValidateSequence"]
)
done(ok, "every 5th frame: %s" % ("; ".join(f[2] for f in p.failed)[:200] or "published"))
