"""The server's answers, as in the OpenAPI document; written by hand for readability, and checked by
a test.

Names are those of the JSON in Python's spelling: `plugin_id` for `pluginId`. Additional fields of a
newer server are ignored. Times are seconds since 1970, durations are milliseconds.
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
    """An installed adapter."""

    name: str
    file: str
    version: Optional[str]
    doc: Optional[str]
    hosts: List[str]
    #: Which versions of them, by host: ">=2022, <2026".
    host_versions: Dict[str, str]
    #: name, kind, doc, default
    settings: List[Dict[str, Any]]
    #: Folders, addresses and environment variables that it asks for.
    grants: List[Dict[str, Any]]
    #: Why it cannot be used, if it cannot.
    problem: Optional[str]
    #: Where it came from, if it was installed.
    source: Optional[str]
    #: SHA-256 that its file must have, if it was installed.
    digest: Optional[str]
    #: The id of the key whose signature was checked, if one was.
    key: Optional[str]
    #: Whether a lock names it.
    locked: bool


@dataclass(frozen=True)
class Adapters:
    """A page of the installed adapters."""

    #: How many there are.
    total: int
    items: List[Adapter]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]


@dataclass(frozen=True)
class Code:
    """A code that gives access to one browser, once, within five minutes."""

    code: str
    #: The path of the page with this code.
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
class AttributeChoice:
    """Something that can be chosen."""

    #: What the value is then.
    value: Any
    #: What users call it; the value if there is none.
    label: Optional[str]


@dataclass(frozen=True)
class Attribute:
    """Something that users can set for a plug-in, or for each instance that it fits."""

    #: Unique among the plug-in's attributes of that scope.
    key: str
    #: `plugin`: one value, in the data of the context. `instance`: a value in that of each instance.
    scope: str
    #: The key of the value in that data.
    data_key: str
    #: `boolean`, `integer`, `number`, `text`, `texts`, `choice` or `choices`.
    type: str
    label: Optional[str]
    help: Optional[str]
    group: Optional[str]
    #: The value where nobody has set another.
    default: Any
    minimum: Optional[float]
    maximum: Optional[float]
    choices: List[AttributeChoice]
    #: Whether a text may have more than one line.
    multiline: bool
    #: Whether users only see it.
    read_only: bool


@dataclass(frozen=True)
class Plugin:
    """A plug-in."""

    id: str
    name: str
    label: Optional[str]
    doc: Optional[str]
    version: List[int]
    order: float
    #: `collect`, `validate`, `extract` or `integrate`: the one to which its order belongs.
    stage: str
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
    #: What users can set for it.
    attributes: List[Attribute]


@dataclass(frozen=True)
class Broken:
    """A plug-in file that could not be used."""

    file: str
    message: str


@dataclass(frozen=True)
class LeftOut:
    """A plug-in, a file or a folder of plug-ins that was found and does not take part."""

    #: The name of the plug-in's class; none for a file or a folder.
    name: Optional[str]
    file: Optional[str]
    #: Why, and what to do if it was not meant.
    reason: str


@dataclass(frozen=True)
class Plugins:
    """A page of the plug-ins, in the order in which Pyblish runs them."""

    revision: int
    #: How many there are.
    total: int
    items: List[Plugin]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]
    #: Plug-in files that could not be used.
    broken: List[Broken]
    #: What was found and does not take part.
    left_out: List[LeftOut]
    #: The targets that are registered in the host.
    targets: List[str]


@dataclass(frozen=True)
class InstanceStage:
    """A stage of an instance."""

    #: `collect`, `validate`, `extract` or `integrate`
    stage: str
    #: `done`, `failed` or `pending`
    state: str


@dataclass(frozen=True)
class Instance:
    """An instance."""

    id: str
    name: str
    data: Dict[str, Any]
    members: List[str]
    #: `unprocessed`, `succeeded` or `failed`, by the latest result of each plug-in on it.
    state: str
    #: How far it is: the stages that have plug-ins for it, in their order.
    stages: List[InstanceStage]


@dataclass(frozen=True)
class Instances:
    """A page of the instances."""

    revision: int
    #: How many there are with this filter.
    total: int
    items: List[Instance]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]


@dataclass(frozen=True)
class Context:
    """The context's own data."""

    revision: int
    data: Dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The result of running one plug-in."""

    plugin: str
    #: None for the context.
    instance: Optional[str]
    instance_id: Optional[str]
    success: bool
    #: None if it succeeded: title, message, detail, location, traceback, kind.
    error: Optional[Dict[str, Any]]
    #: level (Python's number), message, logger, location, traceback, created
    records: List[Dict[str, Any]]
    started: float
    duration: float


@dataclass(frozen=True)
class KeptResult(Result):
    """A result, with its plug-in and its mode."""

    #: None if there is no such plug-in.
    plugin_id: Optional[str]
    mode: Mode


@dataclass(frozen=True)
class Results:
    """A page of the results, in the order in which they were produced."""

    revision: int
    #: How many there are with this filter.
    total: int
    items: List[KeptResult]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]


@dataclass(frozen=True)
class PluginState:
    """The latest results of a plug-in. After a repair, an instance counts as not processed until it
    is processed again.
    """

    #: On how many instances, with or without warnings; the context counts as one.
    succeeded: int
    #: The ids of the instances on which it succeeded with a warning; None stands for the context.
    warned_ids: List[Optional[str]]
    failed_ids: List[Optional[str]]
    #: The total time of its work.
    duration: float


@dataclass(frozen=True)
class States:
    """The state of every plug-in, by the latest result on each of its instances."""

    revision: int
    #: How many results there are.
    results: int
    #: By the id of the plug-in; plug-ins without a result are left out.
    plugins: Dict[str, PluginState]


@dataclass(frozen=True)
class RunInfo:
    """A run at the time when it was read."""

    id: str
    #: `running`, `succeeded`, `failed`, `stopped`, `cancelled`, `lost` or `interrupted`
    state: str
    #: Why it was stopped or lost.
    reason: Optional[str]
    #: The last stage, if it was asked to end after one.
    until: Optional[str]
    #: The only stage, if it was asked for one. A whole publish has neither.
    only: Optional[str]
    targets: List[str]
    comment: str
    started: float
    ended: Optional[float]
    #: From 0 to 1; never decreases.
    progress: float
    #: How many milliseconds it will still take, where that is known.
    remaining: Optional[float]
    stage: Optional[str]
    #: How many pairs of plug-in and instance.
    succeeded: int
    failed: int
    #: How many instances there were when it ended.
    collected: Optional[int]
    #: The run that it continues.
    continues_run_id: Optional[str]
    #: Why it currently cannot be written to disk; only in answers about one run.
    history: Optional[str]


@dataclass(frozen=True)
class Runs:
    """A page of the runs, the latest first."""

    #: How many there are.
    total: int
    items: List[RunInfo]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]


@dataclass(frozen=True)
class AttemptInfo:
    """An attempt at a task of a job."""

    #: Its number among the attempts of the task.
    attempt: int
    #: The epoch of the claim, by which its events and its report are read.
    epoch: int
    worker: str
    started: float
    ended: Optional[float]
    #: None while it runs.
    success: Optional[bool]
    #: `invalid`, `failed`, `refused`, `host-lost`, `worker-lost`, `interrupted`, `cancelled` or `error`
    failure: Optional[str]
    #: The same in words.
    message: Optional[str]
    #: The exit code that a local publish would have had.
    exit: Optional[int]
    #: The ids of its runs in the hub.
    runs: List[int]


@dataclass(frozen=True)
class TaskInfo:
    """A part of a job that one worker does."""

    number: int
    #: `publish`, `extract` or `integrate`
    kind: str
    #: The instance, if it is for one.
    instance: Optional[str]
    #: `waiting` (for other tasks), `ready`, `running`, `succeeded`, `failed` or `cancelled`
    state: str
    #: How often it was begun.
    attempt: int
    #: When the next attempt may begin, if that is later than now.
    not_before: Optional[float]
    #: From 0 to 1, while it is running.
    progress: float
    #: What the worker does.
    doing: str
    #: Its attempts, the first one first.
    history: List[AttemptInfo]


@dataclass(frozen=True)
class JobInfo:
    """A publish that was handed over, at the time when it was read."""

    id: int
    name: str
    user: str
    #: From which machine, or with whose token.
    origin: str
    adapter: str
    host: Optional[str]
    #: `queued`, `running`, `succeeded`, `failed` or `cancelled`
    state: str
    #: A higher one is done first.
    priority: int
    #: What a worker must have.
    labels: List[str]
    #: How often a task is tried at most.
    attempts: int
    #: How the farm got to know of it.
    submitter: str
    #: `farm`, or `here`: in the background on the machine that handed it over.
    place: str
    #: The session that it is of.
    session: Optional[str]
    #: Whether somebody asked to cancel it.
    cancelled: bool
    created: float
    ended: Optional[float]
    #: Left out in lists.
    tasks: List[TaskInfo]


@dataclass(frozen=True)
class Jobs:
    """A page of the jobs, the latest first."""

    #: How many there are.
    total: int
    items: List[JobInfo]
    #: The `after` of the next page; None on the last page.
    next: Optional[str]


@dataclass(frozen=True)
class HandedOver:
    """A job that was just handed over."""

    job: JobInfo
    #: What happens next, for users.
    told: str


@dataclass(frozen=True)
class EventItem:
    """An event of an attempt, in the form of the session's own events."""

    #: Its number in the worker's session.
    sequence: int
    at: float
    #: The number of its run in that session.
    run: Optional[int]
    name: str
    body: Dict[str, Any]


@dataclass(frozen=True)
class EventList:
    """Events of an attempt, in their order."""

    items: List[EventItem]


@dataclass(frozen=True)
class Downfall:
    """Why the adapter went down, and what happens next."""

    message: str
    at: float
    #: Whether a client stopped it: the host itself may live on.
    stopped: bool
    #: How many times in a row the adapter has failed.
    failures: int
    #: When the server starts or started it again.
    restart_at: Optional[float]
    #: Whether the server is looking for the host, and will start the adapter once it finds it.
    searching: bool


@dataclass(frozen=True)
class Scene:
    """What a host says of its scene. A host that says nothing has none of it."""

    #: The path of its file; none while it has no name.
    file: Optional[str]
    #: Why the context is no longer about this scene. A run that does not collect is refused until a
    #: reset.
    stale: Optional[str]
    #: Why what was collected may be old. A run that publishes and does not collect is refused until
    #: a reset.
    outdated: Optional[str]
    #: What the artist must do before the host can take work. The run waits meanwhile.
    waiting: Optional[str]


@dataclass(frozen=True)
class Hub:
    """How far the studio's hub is with a session."""

    #: The number of the last event that the hub has.
    acknowledged: int
    #: How many events the hub does not have yet.
    behind: int
    #: How many events were removed from the history before they could be sent.
    lost: int
    #: Why nothing can be sent now; it is sent later. None if there is no problem.
    failure: Optional[str]


@dataclass(frozen=True)
class SessionInfo:
    """A session at the time when it was read."""

    id: str
    adapter: str
    adapter_version: str
    hosts: List[str]
    #: What the adapter says of its host, for people to read: for example its version.
    host: Dict[str, Any]
    scene: Scene
    #: Increases with every change; send it with your own changes.
    revision: int
    #: The number of the latest event.
    sequence: int
    #: `idle`, `busy` or `down`
    state: str
    #: What it is busy with, or why it is down.
    doing: Optional[str]
    since: Optional[float]
    failure: Optional[Downfall]
    #: The progress of the current plug-in from 0 to 1, if it reports one.
    progress: Optional[float]
    progress_message: Optional[str]
    #: The time of the last reset.
    connected: float
    plugins: int
    instances: int
    broken: List[Broken]
    #: How many plug-ins, files and folders were found and do not take part.
    left_out: int
    #: The run in progress, or else the latest.
    run: Optional[RunInfo]
    #: The interrupted run that can be continued.
    continuable_run_id: Optional[str]
    #: Why events currently cannot be written to disk; None if there is no problem.
    history: Optional[str]
    #: How far the studio's hub is with this session. None without a hub.
    hub: Optional[Hub]
    #: Where a publish can be done that is handed over: `farm`, `here`. Empty without a hub.
    job_places: List[str]

    @property
    def old(self) -> Optional[str]:
        """Why the data of this session may be older than the host's, as text; None if it is not.

        A busy or dead host does not delay reads, but they return its last known data.
        """
        if self.state == "idle":
            return None
        return "the session is %s: %s" % (self.state, self.doing or "without a reason")


@dataclass(frozen=True)
class Sessions:
    """A page of the open sessions, sorted by their ids."""

    #: How many there are.
    total: int
    items: List[SessionInfo]
    #: The `after` of the next page; None on the last page.
    next: Optional[int]


T = TypeVar("T")


def wire_name(name: str) -> str:
    """The name in JSON: `pluginId` for `plugin_id`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def read(kind: Type[T], value: Any, what: str = "the answer") -> T:
    """Converts JSON to one of these types; raises BadAnswer if it does not match."""
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
        # An optional field may be missing.
        make: Any = kind
        return make(**{name: _read(hint, value.get(wire), wire) for name, wire, hint in _fields(make)})
    if kind is float and type(value) is int:
        return float(value)
    if origin is None and type(value) is kind:
        return value
    wanted = getattr(kind, "__name__", str(kind))
    raise BadAnswer(
        "%s is %.80r, but %s is expected: the versions of the server and this client are incompatible" % (what, value, wanted)
    )
