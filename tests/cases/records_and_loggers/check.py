"""Records of all kinds, and loggers that are switched off, on and configured anew."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
done(not wrong, "records: %s differ" % " and ".join(wrong or ["none"]))
