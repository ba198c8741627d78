"""Publishes with pyblish-base: a number of instances and plug-ins that do nothing.

    publish.py INSTANCES PLUGINS    once, and prints the result
    publish.py                      once for each line "INSTANCES PLUGINS" on stdin, until that ends

Each answer is a line of JSON: seconds of pyblish.util.publish() and the processor time of
them, pairs, instances.
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True  # do not write into the checkout

# Pyblish reads these variables when it is imported, and during discovery.
for variable in [name for name in os.environ if name.startswith("PYBLISH")]:
    del os.environ[variable]

import pyblish.api
import pyblish.util


def plugins(instances, count):
    class Collect(pyblish.api.ContextPlugin):
        order = 0

        def process(self, context):
            for number in range(instances):
                context.create_instance("instance%d" % number)

    def process(self, instance):
        pass

    body = {"order": 1, "process": process}
    others = [type("Plugin%d" % number, (pyblish.api.InstancePlugin,), dict(body)) for number in range(count)]
    return [Collect] + others


def publish(instances, count):
    todo = plugins(instances, count)
    begin, busy = time.perf_counter(), time.process_time()
    context = pyblish.util.publish(plugins=todo)
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    results = context.data["results"]
    failed = [result for result in results if not result["success"]]
    assert not failed, failed[0]
    return {"seconds": seconds, "busy": busy, "pairs": len(results), "instances": len(context)}


def main():
    todo = [" ".join(sys.argv[1:])] if len(sys.argv) > 1 else sys.stdin
    for line in todo:
        print(json.dumps(publish(*map(int, line.split()))))
        sys.stdout.flush()


main()
