"""Runs an adapter in its own tests, outside of the sandbox, in the same way as the runtime.

It replaces only the runtime: the plug-ins are the real ones, and work on the data of the test.

    harness = Harness(MyAdapter, ignore=[".bak"])
    assert harness.process("CollectFiles").failure is None
    outcome = harness.process("ValidateName", "Hero One.txt")
    assert outcome.failure.message == "Hero One.txt has …"
"""

from __future__ import annotations

import json
from typing import Any

from componentize_py_types import Err
from wit_world.exports import service as exports
from wit_world.imports import model

from .adapter import Adapter
from .context import Context
from .service import service
from .value import from_model, to_model

LEVELS = {
    model.Level_Debug: 10,
    model.Level_Info: 20,
    model.Level_Warning: 30,
    model.Level_Error: 40,
    model.Level_Critical: 50,
}


class Harness:
    """A session with an adapter, whose plug-ins are discovered.

    `records` are the records so far, pairs of a level and a message, and `progress` are the reports
    of progress, pairs of a fraction and a message. `declared` has the attributes of plug-ins. Set `cancelled` to have every call asked to stop.
    An instance is named by its name, or by its id.
    """

    def __init__(
        self,
        adapter: type[Adapter],
        /,
        folders: list[exports.GrantedFolder] | None = None,
        **settings: Any,
    ) -> None:
        """Open a session with these settings; the others have their defaults. Raises `AssertionError`
        with the adapter's message if that fails.
        """
        self.records: list[tuple[int, str]] = []
        self.progress: list[tuple[float, str]] = []
        self.declared: dict[str, list[model.Attribute]] = {}
        self.lost: str | None = None
        self.cancelled = False
        described = service(adapter)().describe()
        given = {it.name: from_model(it.default) for it in described.settings if it.default is not None}
        given.update(settings)
        data = [model.Datum(key, to_model(value)) for key, value in given.items()]
        opening = exports.Opening(data, "tester", "test-machine", list(folders or []))
        import service as exported  # what the component exports

        try:
            opened = exported.Session.open(_Call(self), opening)
            self.session = opened.session
            self.host = {datum.key: from_model(datum.value) for datum in opened.host}
            self.session.reset(_Call(self))
            self.plugins = self.session.discover(_Call(self)).plugins
        except Err as error:
            raise AssertionError(error.value.message) from error

    @property
    def context(self) -> Context:
        """The context as plug-ins see it."""
        return self.session.context

    def process(self, plugin: str, instance: str | None = None) -> model.Outcome:
        """Run a plug-in on an instance, or on the context."""
        return self.process_all([(plugin, instance)])[0]

    def process_all(self, pairs: list[tuple[str, str | None]]) -> list[model.Outcome]:
        """Run plug-ins in one call, as the runtime does in a run: until one fails."""
        batch = _Batch()
        given = [model.Pair(plugin, self._id(instance)) for plugin, instance in pairs]
        self.session.process(_Call(self), batch, given)
        return batch.outcomes

    def repair(self, plugin: str, instance: str | None = None) -> model.Outcome:
        """Run a plug-in's repair."""
        return self.session.repair(_Call(self), model.Pair(plugin, self._id(instance)))

    def act(self, plugin: str, action: str, instance: str | None = None) -> model.Outcome:
        """Run one of a plug-in's actions: on an instance, or on the context."""
        return self.session.act(_Call(self), exports.ActionCall(plugin, action, self._id(instance)))

    def set(self, instance: str | None, key: str, value: Any) -> model.Outcome:
        """Set a value as a frontend does: of an instance, or of the context."""
        id = self._id(instance)
        owner = model.DataOwner_Context() if id is None else model.DataOwner_Instance(id)
        return self.apply([model.Change_DataSet(model.DataSet(owner, key, to_model(value)))])

    def apply(self, changes: list[model.Change]) -> model.Outcome:
        """Make changes as a frontend does."""
        return self.session.apply(_Call(self), changes)

    def notify(self, event: str, **arguments: Any) -> model.Outcome:
        """Tell the adapter of an event of Pyblish."""
        return self.session.notify(_Call(self), exports.Event(event, json.dumps(arguments)))

    def close(self) -> None:
        """End the session."""
        self.session.close(_Call(self))

    def _id(self, name: str | None) -> str | None:
        found = None if name is None else self.context.find(name)
        return name if found is None else found.id


class _Call:
    """In place of the runtime's call."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness

    def log(self, entry: model.LogRecord) -> None:
        level = entry.level
        number = level.value if isinstance(level, model.Level_Other) else LEVELS[type(level)]
        self.harness.records.append((number, entry.message))

    def progress(self, fraction: float, message: str) -> None:
        self.harness.progress.append((fraction, message))

    def cancelled(self) -> bool:
        return self.harness.cancelled

    def declare(self, plugin: str, attributes: list[model.Attribute]) -> None:
        self.harness.declared[plugin] = attributes

    def host_lost(self, reason: str) -> None:
        self.harness.lost = reason


class _Batch:
    """In place of the runtime's batch."""

    def __init__(self) -> None:
        self.outcomes: list[model.Outcome] = []

    def finished(self, outcomes: list[model.Outcome]) -> bool:
        self.outcomes.extend(outcomes)
        return all(outcome.failure is None for outcome in outcomes)
