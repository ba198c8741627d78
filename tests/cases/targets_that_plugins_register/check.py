"""A file of plug-ins that registers a target, as a studio's start-up does: its plug-ins for that
target must run."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
done(not wrong, "targets: %s differ" % " and ".join(wrong or ["none"]))
