"""Orders of every size: below the collectors, on the edges, 10 and 20, infinite, a boolean."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"), records=False)
done(not wrong, "odd orders: %s differ" % " and ".join(wrong or ["none"]))
