"""The main loop of a stand-in for a host with a window."""


def run(inbox, empty):
    """Does the work that comes in, for ever. `empty` is what the queue raises."""
    while True:
        # With a limit, so that Python 2 notices signals.
        try:
            work = inbox.get(True, 3600)
        except empty:
            continue
        work()
