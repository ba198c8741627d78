"""Runs instead of QML, as a child of its host: makes its calls several times, and writes down how
long the host took to answer.

    qml_child.py WHAT OUT TIMES ...    WHAT: reset or publish; OUT: a file for JSON, seconds of each
                                       time; TIMES: how many

The calls are those of QML (pyblish-qml 1.11.5, control.py: reset and run), in the same order. A
reset: reset, context, discover, and for each collector test, process and context. A publish: the
same, and then for each other pair test, process and context; only these count. The time is from the
first byte of a request to the last byte of its answer. It does not include QML's own work, which is
the same for every host.
"""
import json
import os
import sys
import time

COLLECTORS_END = 0.5


class Host:
    def __init__(self):
        self.took = 0.0

    def hear(self, header):
        while True:
            line = sys.stdin.buffer.readline()
            if not line:
                sys.exit("its host is gone")
            if b"pyblish-qml:" + header in line[:50]:
                return line

    def ask(self, name, args=(), kwargs=None):
        payload = {"name": name, "args": list(args), "kwargs": kwargs or {}}
        line = "\n" + json.dumps({"header": "pyblish-qml:popen.request", "payload": payload}) + "\n"
        line = line.encode()
        begin = time.perf_counter()
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        answer = self.hear(b"popen.response")
        self.took += time.perf_counter() - begin
        return answer


def payload(answer):
    return json.loads(answer.decode())["payload"]


def reset(host):
    host.took = 0.0
    host.ask("reset")
    host.ask("context")
    plugins = payload(host.ask("discover"))
    for plugin in plugins:
        if plugin["order"] < COLLECTORS_END:
            context = process(host, plugin, None)
    return {"seconds": host.took, "plugins": len(plugins), "instances": len(payload(context)["children"])}, plugins, payload(context)


def process(host, plugin, instance):
    host.ask("test", kwargs={"nextOrder": plugin["order"], "ordersWithError": []})
    # The plug-in, the instance, and the action.
    result = payload(host.ask("process", [plugin, instance, None]))
    assert result["success"], result
    return host.ask("context")


def publish(host):
    done, plugins, context = reset(host)
    host.took = 0.0
    for plugin in plugins:
        if plugin["order"] >= COLLECTORS_END:
            for instance in context["children"]:
                process(host, plugin, instance)
    done["seconds"] = host.took
    return done


def main(what, out, times):
    host = Host()
    host.hear(b"popen.parent")  # to show its window
    deed = {"reset": lambda: reset(host)[0], "publish": lambda: publish(host)}[what]
    done = [deed() for _ in range(times)]
    with open(out + ".part", "w") as file:
        json.dump(done, file)
    os.rename(out + ".part", out)
    host.ask("emit", ["pyblishQmlClose", {}])


if sys.argv[4] == "-c":
    # The host checks whether this Python has QML.
    print(json.dumps({"version": "3.7.0", "folder": None, "error": None}))
else:
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
