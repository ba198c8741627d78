#!/usr/bin/env python3
"""The judge: plays scenarios in the real pyblish-base 1.8.12 and says what it did.

    driver.py               a JSON object a line on stdin, an answer a line on stdout, until stdin ends
    driver.py --self-test   plays built-in scenarios, and asserts what is known of Pyblish
    driver.py --measure N   plays one of them N times, and says how many a second

A question: {"scenario": {...}, "until": "publish", "targets": null, "registered": [], "hosts":
["scenario"], "test": null, "id": anything}; all but `scenario` may be left out. `until` is a function
of pyblish.util, or a list of them, which are called one after another on the same context. `test`
is a studio's own test of when to stop. See README.md beside this file.

Standard library and pyblish-base only; Python 3.7 and later.
"""
import json
import logging
import os
import sys

sys.dont_write_bytecode = True  # the folder of a checkout stays as it is

# Pyblish reads these when it is imported, and during discovery.
for variable in [name for name in os.environ if name.startswith("PYBLISH")]:
    del os.environ[variable]

try:
    import pyblish.api
    import pyblish.plugin
    import pyblish.util
except ImportError:
    sys.exit("driver.py: there is no pyblish in %s: pip install pyblish-base==1.8.12" % sys.executable)

from scenario import Player, ScenarioError, own_test, quiet

VERSION = "1.8.12"
STAGES = {
    "publish": pyblish.util.publish,
    "collect": pyblish.util.collect,
    "validate": pyblish.util.validate,
    "extract": pyblish.util.extract,
    "integrate": pyblish.util.integrate,
}
EVENTS = ["pluginProcessed", "pluginFailed", "collected", "validated", "extracted", "integrated", "published"]
KEYS = {"scenario", "until", "targets", "registered", "hosts", "test", "id"}


class Stopped(logging.Handler):
    """Keeps why a run was stopped, which Pyblish only logs."""

    PREFIX = "Stopped due to "

    def __init__(self):
        logging.Handler.__init__(self)
        self.reason = None

    def emit(self, record):
        message = record.getMessage()
        if message.startswith(self.PREFIX):
            self.reason = message[len(self.PREFIX):]


def reset():
    """Resets the library to its state before anything was registered."""
    pyblish.api.deregister_all_plugins()
    pyblish.api.deregister_all_paths()
    pyblish.api.deregister_all_hosts()
    pyblish.api.deregister_all_targets()
    pyblish.api.deregister_all_callbacks()
    pyblish.api.deregister_all_discovery_filters()
    pyblish.api.deregister_test()


def play(question):
    """Runs one scenario, and returns its answer."""
    if not isinstance(question, dict) or "scenario" not in question:
        raise ScenarioError("a question is a JSON object with a scenario")
    unknown = set(question) - KEYS
    if unknown:
        raise ScenarioError("a question has no %s" % ", ".join(sorted(unknown)))
    until = question.get("until") or "publish"
    names = [until] if isinstance(until, str) else until
    for name in names:
        if name not in STAGES:
            raise ScenarioError("no stage is named %s; there are %s" % (name, ", ".join(STAGES)))
    player = Player(question["scenario"], pyblish.api.Context())

    refused = []
    for host in question.get("hosts") or ["scenario"]:
        pyblish.api.register_host(host)
    for target in question.get("registered") or []:
        pyblish.api.register_target(target)
    for class_ in player.classes:
        try:
            pyblish.api.register_plugin(class_)
        except TypeError as error:
            refused.append([class_.__name__, str(error).split("\n")[0]])
    if question.get("test"):
        pyblish.api.register_test(own_test(question["test"]))
    plugins = []  # as they were discovered; each stage filters them
    pyblish.api.register_discovery_filter(lambda found: plugins.__setitem__(slice(None), found))
    events = []
    for event in EVENTS:
        pyblish.api.register_callback(event, lambda event=event, **_: events.append(event))

    stopped, raised = Stopped(), None
    log = logging.getLogger("pyblish.logic")
    log.addHandler(stopped)
    try:
        for name in names:
            STAGES[name](player.context, targets=question.get("targets"))
    except Exception as error:  # an error that ended Pyblish's run
        raised = "%s: %s" % (type(error).__name__, error)
    finally:
        log.removeHandler(stopped)

    results = player.context.data.get("results", [])
    return {
        "pairs": [
            [
                result["plugin"].__name__,
                result["instance"].name if result["instance"] is not None else None,
                result["success"],
                str(result["error"]) if result["error"] is not None else None,
            ]
            for result in (results if isinstance(results, list) else [])
        ],
        "gone": player.gone,
        "context": player.told(player.context),
        "instances": [[instance.name, player.told(instance)] for instance in player.context],
        "stopped": stopped.reason,
        "raised": raised,
        "events": events,
        "plugins": [plugin.__name__ for plugin in plugins],
        "refused": refused,
    }


def answer(line):
    """The answer to one line, also if the line is invalid."""
    number = None
    loggers = logging.getLogger().manager.loggerDict
    before = set(loggers)
    try:
        question = json.loads(line.decode("utf-8"))
        number = question.get("id") if isinstance(question, dict) else None
        reset()
        answer = play(question)
        text = dict(answer, id=number)
        return json.dumps(text, allow_nan=False)
    except ScenarioError as error:
        problem = str(error)
    except Exception as error:
        problem = "%s: %s" % (type(error).__name__, error)
    finally:
        # Pyblish makes a logger for each plug-in's name, which would never be freed.
        for name in set(loggers) - before:
            del loggers[name]
    return json.dumps({"error": problem, "id": number})


def serve():
    """Answers until stdin ends. Nothing but answers reaches stdout: Pyblish prints each error
    there.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    for line in sys.stdin.buffer:
        if line.strip():
            answers.write(answer(line) + "\n")
            answers.flush()


def main(arguments):
    if pyblish.version != VERSION:
        sys.exit("driver.py: the judge is pyblish-base %s, and this is %s" % (VERSION, pyblish.version))
    quiet()
    if not arguments:
        return serve()
    import self_test
    if arguments == ["--self-test"]:
        return self_test.run(answer)
    if len(arguments) == 2 and arguments[0] == "--measure" and arguments[1].isdigit():
        return self_test.measure(answer, int(arguments[1]))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        main(sys.argv[1:])
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the asking process is gone
