"""A studio's own test of when to stop (pyblish.api.register_test): after a failed extractor nothing
is integrated."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
done(
    not wrong,
    "a test of when to stop, registered by the studio: %s do not ask it"
    % " and ".join(wrong or ["none"]),
)
