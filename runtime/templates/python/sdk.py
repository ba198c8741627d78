"""What `adapter.py` is written with: plug-ins as in Pyblish, on one side, the service interface of `wit/` on the other.

It is yours: change what does not suit you. `componentize-py -d wit -w adapter bindings DIR` writes the
modules below `wit_world` for your editor; the build makes them by itself.
"""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any, Callable

from componentize_py_types import Err
from wit_world.exports import service as exports
from wit_world.imports import runtime, types

# The order at which a stage begins in Pyblish; a half either way belongs to it.
COLLECT, VALIDATE, EXTRACT, INTEGRATE = 0.0, 1.0, 2.0, 3.0


class PublishError(Exception):
    """What is wrong, where, and what to do next, in an artist's words."""

    def __init__(self, message: str, title: str | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.title = title
        self.detail = detail


class Instance:
    """What is published. Read `data`; change it with `set` and `unset`, so that the runtime is told."""

    def __init__(self, context: Context, id: str, name: str, members: list[str]) -> None:
        self.context, self.id, self.name, self.members = context, id, name, members
        self.data: dict[str, Any] = {}

    def set(self, key: str, value: Any) -> None:
        """`value` is whatever JSON can hold."""
        self.data[key] = value
        place = types.Place(self.id, key)
        self.context.changes.append(types.Change_DataSet((place, json.dumps(value))))

    def unset(self, key: str) -> None:
        if key in self.data:
            del self.data[key]
            self.context.changes.append(types.Change_DataUnset(types.Place(self.id, key)))


class Context:
    """The instances, by their ids, and data about all of them. The changes are told when a call ends."""

    def __init__(self, made: int = 0) -> None:
        self.data: dict[str, Any] = {}
        self.instances: dict[str, Instance] = {}
        self.changes: list[types.Change] = []
        # Counts the instances ever made, so that no id is used twice.
        self.made = made

    def create_instance(self, name: str, *, members: list[str] | None = None, **data: Any) -> Instance:
        """Append an instance that has these data from its first moment."""
        self.made += 1
        instance = Instance(self, f"i{self.made}", name, list(members or []))
        instance.data = {"family": "default", **data}
        self.instances[instance.id] = instance
        datums = [types.Datum(key, json.dumps(value)) for key, value in instance.data.items()]
        added = types.Instance(instance.id, name, datums, instance.members)
        self.changes.append(types.Change_InstanceAdded(added))
        return instance

    def remove(self, instance: Instance) -> None:
        if self.instances.pop(instance.id, None):
            self.changes.append(types.Change_InstanceRemoved(instance.id))

    def set(self, key: str, value: Any) -> None:
        """`value` is whatever JSON can hold."""
        self.data[key] = value
        self.changes.append(types.Change_DataSet((types.Place(None, key), json.dumps(value))))

    def unset(self, key: str) -> None:
        if key in self.data:
            del self.data[key]
            self.changes.append(types.Change_DataUnset(types.Place(None, key)))

    def apply(self, change: types.Change) -> None:
        """Make a change that came from a frontend; one to what is not there is left out."""
        if isinstance(change, types.Change_InstanceAdded):
            data = {datum.key: json.loads(datum.value) for datum in change.value.data}
            instance = self.create_instance(change.value.name, members=change.value.members)
            for key, value in data.items():
                instance.set(key, value)
        elif isinstance(change, types.Change_InstanceRemoved):
            if change.value in self.instances:
                self.remove(self.instances[change.value])
        elif isinstance(change, types.Change_MembersSet):
            id, members = change.value
            if id in self.instances:
                self.instances[id].members = members
                self.changes.append(change)
        elif isinstance(change, types.Change_DataSet):
            place, value = change.value
            target = self.instances.get(place.instance) if place.instance else self
            if target:
                target.set(place.key, json.loads(value))
        elif isinstance(change, types.Change_DataUnset):
            place = change.value
            target = self.instances.get(place.instance) if place.instance else self
            if target:
                target.unset(place.key)
        else:
            self.changes.append(change)


class Plugin:
    """A plug-in; its docstring is what artists read. Its name is that of its class."""

    order = COLLECT
    label: str | None = None
    families = ["*"]
    hosts = ["*"]
    targets = ["default"]
    optional = False
    active = True
    # Of `action(…)`; `act` is called with the id of the one that was chosen.
    actions: list[types.Action] = []
    scope = types.Scope(0)

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.log = logging.getLogger(type(self).__name__)

    def process(self, target: Any) -> None:
        raise NotImplementedError

    # A plug-in that repairs has a `repair(self, target)`, too.

    def act(self, action: str, context: Context) -> None:
        raise PublishError(f"{type(self).__name__} has no action {action!r}")

    @classmethod
    def described(cls) -> types.Plugin:
        return types.Plugin(
            id=cls.__name__,
            name=cls.__name__,
            label=cls.label,
            doc=(cls.__doc__ or "").strip() or None,
            version=[0, 0, 1],
            order=cls.order,
            families=list(cls.families),
            hosts=list(cls.hosts),
            targets=list(cls.targets),
            match=types.MatchAlgorithm.INTERSECTION,
            optional=cls.optional,
            active=cls.active,
            processes=cls.scope,
            repairs=cls.scope if hasattr(cls, "repair") else types.Scope(0),
            actions=list(cls.actions),
            base=cls.__mro__[1].__name__,
            file=None,
            category=None,
            requires=None,
        )


class ContextPlugin(Plugin):
    """Works on the context, once."""

    scope = types.Scope.CONTEXT


class InstancePlugin(Plugin):
    """Works on each instance of its families."""

    scope = types.Scope.INSTANCE


def action(id: str, label: str, on: str = "all") -> types.Action:
    """Something that the user can have done; `on` says when it is offered, as in Pyblish."""
    return types.Action(id, label, None, types.ActionKind.ACTION, on)


def text(name: str, doc: str, default: str | None = None) -> exports.Setting:
    """A setting; it must be given if it has no default."""
    return _setting(name, exports.SettingKind.TEXT, doc, default)


def boolean(name: str, doc: str, default: bool | None = None) -> exports.Setting:
    return _setting(name, exports.SettingKind.BOOLEAN, doc, default)


def number(name: str, doc: str, default: float | None = None) -> exports.Setting:
    return _setting(name, exports.SettingKind.NUMBER, doc, default)


def texts(name: str, doc: str, default: list[str] | None = None) -> exports.Setting:
    return _setting(name, exports.SettingKind.TEXTS, doc, default)


def _setting(name: str, kind: exports.SettingKind, doc: str, default: Any) -> exports.Setting:
    return exports.Setting(name, kind, doc, None if default is None else json.dumps(default))


def readable(path: str, doc: str, optional: bool = False) -> exports.Grant:
    """A folder that the adapter reads, by its path inside the sandbox."""
    return exports.Grant_Folder(exports.Folder(path, False, optional, doc))


def writable(path: str, doc: str, optional: bool = False) -> exports.Grant:
    """A folder that the adapter writes to, too."""
    return exports.Grant_Folder(exports.Folder(path, True, optional, doc))


class Adapter:
    """What the adapter is; its docstring is what it is for, in one sentence."""

    name: str
    version: str
    hosts: list[str] = []
    settings: list[exports.Setting] = []
    folders: list[exports.Grant] = []
    plugins: list[type[Plugin]] = []


class _Records(logging.Handler):
    """What plug-ins log reaches frontends at once."""

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        place = types.Location(record.pathname, record.lineno, record.funcName, None)
        runtime.log(
            types.Record(record.levelno, record.getMessage(), record.name, place, trace, record.created)
        )


def _failure(error: Exception) -> types.Failure:
    """What the artist sees of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    place = None
    if frames:
        last = frames[-1]
        place = types.Location(last.filename, last.lineno or 1, last.name, last.line or None)
    return types.Failure(
        title=getattr(error, "title", None),
        message=str(error) or type(error).__name__,
        detail=getattr(error, "detail", None),
        location=place,
        traceback="".join(traceback.format_exception(error)),
        kind=type(error).__name__,
    )


class _Session:
    """The plug-ins and the context, from `open` to `close`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.context = Context()
        self.plugins: dict[str, Plugin] = {}

    def plugin(self, id: str) -> Any:
        if id not in self.plugins:
            raise PublishError(f"there is no plug-in {id!r}; discover the plug-ins again")
        return self.plugins[id]

    def target(self, instance: str | None) -> Context | Instance:
        if instance is None:
            return self.context
        if instance not in self.context.instances:
            raise PublishError(f"there is no instance {instance!r}")
        return self.context.instances[instance]

    def outcome(self, work: Callable[[], Any]) -> types.Outcome:
        """An error is that plug-in's failure; what changed before it has changed."""
        failure = None
        try:
            work()
        except Exception as error:
            failure = _failure(error)
        changes, self.context.changes = self.context.changes, []
        return types.Outcome(failure, changes, 0, None)


def service(adapter: type[Adapter]) -> type:
    """The class that the component exports for an adapter. It is made anew for each call: nothing is kept in it."""
    session = _Session({})

    class Service:
        def describe(self) -> exports.Description:
            return exports.Description(
                name=adapter.name,
                version=adapter.version,
                doc=(adapter.__doc__ or "").strip(),
                hosts=list(adapter.hosts),
                settings=list(adapter.settings),
                grants=list(adapter.folders),
            )

        def open(self, opening: exports.Opening) -> exports.Opened:
            nonlocal session
            session = _Session({datum.key: json.loads(datum.value) for datum in opening.settings})
            root = logging.getLogger()
            root.setLevel(logging.DEBUG)
            root.handlers[:] = [_Records()]
            return exports.Opened([], [])

        def reset(self) -> types.Outcome:
            session.context = Context(session.context.made)
            return session.outcome(lambda: None)

        def discover(self) -> exports.Discovery:
            try:
                session.plugins = {cls.__name__: cls(session.settings) for cls in adapter.plugins}
                return exports.Discovery([cls.described() for cls in adapter.plugins], [])
            except Exception as error:
                raise Err(_failure(error)) from error

        def process(self, plugin: str, instance: str | None) -> types.Outcome:
            return session.outcome(lambda: session.plugin(plugin).process(session.target(instance)))

        def repair(self, plugin: str, instance: str | None) -> types.Outcome:
            return session.outcome(lambda: session.plugin(plugin).repair(session.target(instance)))

        def act(self, plugin: str, action: str) -> types.Outcome:
            return session.outcome(lambda: session.plugin(plugin).act(action, session.context))

        def apply(self, changes: list[types.Change]) -> types.Outcome:
            return session.outcome(lambda: [session.context.apply(change) for change in changes])

        def notify(self, event: str, arguments: str) -> types.Outcome:
            return session.outcome(lambda: None)

        def close(self) -> None:
            pass

    return Service
