import sys

from pyblish_endpoint_client import connect

session = connect().session()
run = session.start(comment="From a script").wait()
for result in session.all_results(state="failed", latest=True):
    print("%s on %s: %s" % (result.plugin, result.instance or "the context", (result.error or {})["message"]))
print("%s: %d done, %d failed" % (run.state, run.succeeded, run.failed))
sys.exit(0 if run.state == "succeeded" else 1)
