"""What the server answers, as the OpenAPI document has it; written by hand, to be read, and compared by a test.

A name is that of JSON in Python's spelling: `plugin_id` for `pluginId`. What a newer server says beside it is left
out. Times are seconds since 1970, durations milliseconds.
"""
from __future__ import annotations

import dataclasses
import functools
import typing
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Type, TypeVar, Union

from .errors import BadAnswer

#: What a plug-in was asked to do: `"process"`, `"repair"`, or `{"action": ID}`.
Mode = Union[str, Dict[str, str]]


@dataclass(frozen=True)
class Adapter:
    """An adapter that is installed."""

    name: str
    file: str
    version: Optional[str]
    doc: Optional[str]
    hosts: List[str]
    #: name, kind, doc, default
    settings: List[Dict[str, Any]]
    #: Folders, addresses and environment variables that it asks for.
    grants: List[Dict[str, Any]]
    #: Why it cannot be used, if it cannot.
    problem: Optional[str]


@dataclass(frozen=True)
class Code:
    """What lets one browser in, once, within five minutes."""

    code: str
    #: Where a browser goes with it.
    path: str


@dataclass(frozen=True)
class Scope:
    """What a plug-in can be run on."""

    context: bool
    instance: bool


@dataclass(frozen=True)
class Action:
    """An action that a plug-in offers."""

    id: str
    label: str
    icon: Optional[str]
    #: `action`, `separator` or `category`
    kind: str
    #: When it is offered.
    on: str


@dataclass(frozen=True)
class Plugin:
    """A plug-in."""

    id: str
    name: str
    label: Optional[str]
    doc: Optional[str]
    version: List[int]
    order: float
    #: `collect`, `validate`, `extract` or `integrate`, where its order is in one.
    stage: Optional[str]
    families: List[str]
    hosts: List[str]
    targets: List[str]
    #: `intersection`, `subset` or `exact`
    match: str
    optional: bool
    active: bool
    processes: Scope
    repairs: Scope
    actions: List[Action]
    file: Optional[str]
    category: Optional[str]


@dataclass(frozen=True)
class Plugins:
    """The plug-ins, in the order in which Pyblish runs them."""

    revision: int
    plugins: List[Plugin]


@dataclass(frozen=True)
class Instance:
    """An instance."""

    id: str
    name: str
    data: Dict[str, Any]
    members: List[str]
    #: `unprocessed`, `succeeded` or `failed`, by the latest result of each plug-in on it.
    state: str


@dataclass(frozen=True)
class Instances:
    """A page of the instances."""

    revision: int
    #: How many there are with this filter.
    total: int
    instances: List[Instance]


@dataclass(frozen=True)
class Context:
    """The context's own data."""

    revision: int
    data: Dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What came of running one plug-in."""

    plugin: str
    #: None for the context.
    instance: Optional[str]
    instance_id: Optional[str]
    success: bool
    #: None where it succeeded: title, message, detail, location, traceback, kind.
    error: Optional[Dict[str, Any]]
    #: level (Python's number), message, logger, location, traceback, created
    records: List[Dict[str, Any]]
    started: float
    duration: float


@dataclass(frozen=True)
class KeptResult(Result):
    """A result, and whose it is."""

    #: None where there is no such plug-in.
    plugin_id: Optional[str]
    mode: Mode


@dataclass(frozen=True)
class Results:
    """A page of the results, in the order in which they came."""

    revision: int
    #: How many there are with this filter.
    total: int
    results: List[KeptResult]


@dataclass(frozen=True)
class PluginState:
    """How a plug-in fared. What was repaired and not processed again counts as not processed."""

    #: On how many, warnings or not; the context counts as one.
    succeeded: int
    #: The ids of the instances on which it succeeded with a warning; None stands for the context.
    warned: List[Optional[str]]
    failed: List[Optional[str]]
    #: Of all of its work.
    duration: float


@dataclass(frozen=True)
class States:
    """The state of every plug-in, by the latest result on each of its instances."""

    revision: int
    #: How many results there are.
    results: int
    #: By the id of the plug-in; one without a result is missing.
    plugins: Dict[str, PluginState]


@dataclass(frozen=True)
class RunInfo:
    """A run, as it was when it was read."""

    id: str
    #: `running`, `succeeded`, `failed`, `stopped`, `cancelled`, `lost` or `interrupted`
    state: str
    #: Why it was stopped or lost.
    reason: Optional[str]
    #: What it was asked to do: `publish`, `validate`, `up to validate`, …
    until: str
    targets: List[str]
    comment: str
    started: float
    ended: Optional[float]
    #: From 0 to 1; never falls.
    progress: float
    stage: Optional[str]
    #: How many pairs of plug-in and instance.
    succeeded: int
    failed: int
    #: The run that it continues.
    continues: Optional[str]


@dataclass(frozen=True)
class Broken:
    """A plug-in file that could not be used."""

    file: str
    message: str


@dataclass(frozen=True)
class Downfall:
    """Why the adapter went down, and what comes of it."""

    message: str
    at: float
    #: How often the adapter failed in a row.
    failures: int
    #: When it is started again by itself, or was.
    restart: Optional[float]
    #: The host is looked for, and the adapter started once it is there.
    searching: bool


@dataclass(frozen=True)
class SessionInfo:
    """A session, as it was when it was read."""

    id: str
    adapter: str
    adapter_version: str
    hosts: List[str]
    #: Grows with every change; to be sent along with a change of one's own.
    revision: int
    #: The number of the latest event.
    sequence: int
    #: `idle`, `busy` or `down`
    state: str
    #: What it is busy with, or why it is down.
    doing: Optional[str]
    since: Optional[float]
    failure: Optional[Downfall]
    #: How far the plug-in at work has come, from 0 to 1, if it says so.
    progress: Optional[float]
    progress_message: Optional[str]
    #: When the context began.
    connected: float
    plugins: int
    instances: int
    broken: List[Broken]
    #: The run under way, or else the latest.
    run: Optional[RunInfo]
    #: The run that was broken off and can be continued.
    continuable: Optional[str]

    @property
    def old(self) -> Optional[str]:
        """Why what is read of this session may be older than what the host has, in words; None where it is not.

        A host that is busy or dead makes no read late, but what it answers is what the host last said.
        """
        if self.state == "idle":
            return None
        return "the session is %s: %s" % (self.state, self.doing or "it does not say why")


T = TypeVar("T")


def wire_name(name: str) -> str:
    """How JSON spells it: `pluginId` for `plugin_id`, and `continue` for `continue_`, which Python has for itself."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def read(kind: Type[T], value: Any, what: str = "the answer") -> T:
    """This JSON as one of these types; raises BadAnswer where it is none."""
    return typing.cast(T, _read(kind, value, what))


@functools.lru_cache(maxsize=None)
def _fields(kind: Any) -> List[Tuple[str, str, Any]]:
    hints = typing.get_type_hints(kind)
    return [(it.name, wire_name(it.name), hints[it.name]) for it in dataclasses.fields(kind)]


def _read(kind: Any, value: Any, what: str) -> Any:
    origin: Any = getattr(kind, "__origin__", None)
    inside: Tuple[Any, ...] = getattr(kind, "__args__", ())
    if kind is Any or kind is Mode:
        return value
    if origin is Union:
        return None if value is None else _read(inside[0], value, what)
    if origin is list and isinstance(value, list):
        return [_read(inside[0], it, what) for it in value]
    if origin is dict and isinstance(value, dict):
        return {key: _read(inside[1], it, what) for key, it in value.items()}
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        # An optional one may be left out.
        make: Any = kind
        return make(**{name: _read(hint, value.get(wire), wire) for name, wire, hint in _fields(make)})
    if kind is float and type(value) is int:
        return float(value)
    if origin is None and type(value) is kind:
        return value
    wanted = getattr(kind, "__name__", str(kind))
    raise BadAnswer(
        "%s is %.80r where %s is expected: the server and this client are of versions that do not fit" % (what, value, wanted)
    )
