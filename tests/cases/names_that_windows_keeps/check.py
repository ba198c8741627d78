"""Names that Windows has for itself (aux, con, nul, com1), with or without an extension: a version
of that name cannot be opened there. The default pattern is said to be lower-case letters, digits
and underscores for that reason; and relaxed, names that end in a dot or a space."""

from images import png
from inbox import publish
from verdict import done

p = publish(dict((n, png()) for n in ("aux.png", "con.png", "nul.png", "com1.png", "prn.png")))
taken = [i["data"].get("publishPath") for i in p.instances if i["data"].get("publishPath")]
q = publish(
    {"hero..png": png(), "hero .png": png(), "what?.png": png(), "a:b.png": png()},
    "--set",
    "pattern=.*",
)
odd = [i["data"].get("publishPath") for i in q.instances if i["data"].get("publishPath")]
print("  with --set pattern=.*: %r" % odd)
done(not taken, "names that Windows keeps for itself: published as %r" % taken)
