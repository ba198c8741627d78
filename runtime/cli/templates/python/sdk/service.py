"""What the component exports: the service interface, for an `Adapter` and its plug-ins."""

from __future__ import annotations

import json
import sys
import time
from types import ModuleType
from typing import Any, Callable

from componentize_py_types import Err
from wit_world.exports import service as exports
from wit_world.imports import model, work

from .adapter import Adapter, Opening
from .call import CURRENT, TELL_AFTER, listen
from .context import Context, Instance
from .failure import PublishError, failure_of
from .plugin import Plugin
from .value import datums


class Session(exports.Session):
    """The plug-ins and the context of a session, from `open` to `close`."""

    adapter_type: type[Adapter]

    def __init__(self, opening: Opening) -> None:
        self.adapter = self.adapter_type(opening)
        self.context = Context()
        self.plugins: dict[str, Plugin] = {}
        # The plug-ins that took longer than outcomes are kept.
        self.slow: set[str] = set()

    @classmethod
    def open(cls, call: work.Call, opening: exports.Opening) -> exports.Opened:
        listen()
        with CURRENT.during(call):
            try:
                session = cls(Opening.read(opening))
                session.adapter.open()
                return exports.Opened(session, datums(session.adapter.host()), [])
            except Exception as error:
                raise Err(failure_of(error)) from error

    def reset(self, call: work.Call) -> model.Outcome:
        self.context = Context(self.context.made)
        return self.outcome(call, lambda: None)

    def discover(self, call: work.Call) -> exports.Discovery:
        with CURRENT.during(call):
            try:
                plugins = self.adapter.plugins
                self.plugins = {cls.__name__: cls(self.adapter) for cls in plugins}
                return exports.Discovery([cls.described() for cls in plugins], [], [], [], [], model.StopTest_Pyblish())
            except Exception as error:
                raise Err(failure_of(error)) from error

    def process(self, call: work.Call, batch: work.Batch, pairs: list[model.Pair]) -> None:
        with CURRENT.during(call, batch):
            last = None
            for pair in pairs:
                if pair.plugin != last or pair.plugin in self.slow:
                    # If this pair takes long, or crashes, those before it must be told already.
                    CURRENT.tell()
                    if not CURRENT.goes_on:
                        return
                last = pair.plugin
                begun = time.monotonic_ns()
                outcome = self.attempt(lambda: self.plugin(pair.plugin).process(self.target(pair.instance)))
                outcome.duration = time.monotonic_ns() - begun
                if outcome.duration >= TELL_AFTER:
                    self.slow.add(pair.plugin)
                CURRENT.finish(outcome)
                if not CURRENT.goes_on:
                    break
            CURRENT.tell()

    def repair(self, call: work.Call, pair: model.Pair) -> model.Outcome:
        return self.outcome(call, lambda: self.plugin(pair.plugin).repair(self.target(pair.instance)))

    def act(self, call: work.Call, action: exports.ActionCall) -> model.Outcome:
        def act() -> None:
            self.plugin(action.plugin).act(action.action, self.target(action.instance))

        return self.outcome(call, act)

    def apply(self, call: work.Call, changes: list[model.Change]) -> model.Outcome:
        return self.outcome(call, lambda: [self.context.apply(change) for change in changes])

    def notify(self, call: work.Call, event: exports.Event) -> model.Outcome:
        def notify() -> None:
            self.adapter.notify(event.name, json.loads(event.arguments), self.context)

        return self.outcome(call, notify)

    def close(self, call: work.Call) -> None:
        with CURRENT.during(call):
            self.adapter.close()

    def plugin(self, id: str) -> Any:
        if id not in self.plugins:
            raise PublishError(f"there is no plug-in {id!r}; discover the plug-ins again")
        return self.plugins[id]

    def target(self, instance: str | None) -> Context | Instance:
        if instance is None:
            return self.context
        if instance not in self.context.instances:
            raise PublishError(f"there is no instance {instance!r} any more; collect again")
        return self.context.instances[instance]

    def outcome(self, call: work.Call, work: Callable[[], Any]) -> model.Outcome:
        """The outcome of a whole call."""
        with CURRENT.during(call):
            return self.attempt(work)

    def attempt(self, work: Callable[[], Any]) -> model.Outcome:
        """An error becomes the plug-in's failure; changes before it stay."""
        failure = None
        try:
            work()
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            failure = failure_of(error)
        return model.Outcome(failure, self.context.take_changes(), None)


def service(adapter: type[Adapter]) -> type:
    """The class `Service` that the component exports, for an adapter."""

    class Service:
        def describe(self) -> exports.Description:
            return adapter.described()

    class AdapterSession(Session):
        adapter_type = adapter

    # componentize-py looks for the class of a resource in a module that has the interface's name.
    module = ModuleType("service")
    module.Session = AdapterSession  # type: ignore[attr-defined]
    sys.modules["service"] = module
    return Service
