"""How a case ends."""

import sys


def done(ok, words=""):
    """Ends the case with its verdict: `right` or `wrong`, and why."""
    print(("right: " if ok else "wrong: ") + words)
    sys.exit(0 if ok else 1)
