"""A session with one host: what it has, and what it is asked to do."""
from __future__ import annotations

import uuid
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence
from urllib.parse import quote

from .events import Events
from .line import Line
from .run import Run
from .shapes import (
    Context,
    Instance,
    Instances,
    KeptResult,
    Plugin,
    Plugins,
    Result,
    Results,
    RunInfo,
    SessionInfo,
    States,
    read,
)

#: How many things an iterator fetches at once: instances are small; a result may have many records.
INSTANCES = 10_000
RESULTS = 1_000


class Session:
    """A session; `Endpoint.session` and `Endpoint.open` have it.

    Reads never wait for the host: `read().old` says whether what they answer may be old, and why. A change is sent
    with the `revision` at which was read what it is about; what somebody else changed since is a `Conflict`.
    """

    def __init__(self, line: Line, info: SessionInfo) -> None:
        self.line = line
        #: As it was when this was made; `read` has it as it is.
        self.info = info
        self.id = info.id
        self.path = "/sessions/" + quote(info.id, safe="")

    def read(self) -> SessionInfo:
        """What it does, and what it has."""
        return read(SessionInfo, self._get(""))

    def close(self) -> None:
        """Closes it. What it published stays; its history too."""
        self.line.ask("DELETE", self.path, timeout=self.line.patience)

    def reset(self) -> SessionInfo:
        """Begins anew: an empty context, and the plug-ins that there are now. Starts the adapter if it is down."""
        return read(SessionInfo, self._work("POST", "/reset"))

    def restart(self) -> SessionInfo:
        """Starts another adapter in the place of this one, which is ended by force; a run under way is lost."""
        return read(SessionInfo, self._work("POST", "/restart"))

    def send(self, message: str) -> None:
        """A message for frontends of v1, which know `show` and `close`."""
        self.line.ask("POST", self.path + "/messages", body={"message": message})

    def emit(self, event: str, arguments: Optional[Mapping[str, Any]] = None) -> None:
        """Has the host call what is registered there for an event, such as `commented`, with these arguments."""
        self._work("POST", "/callbacks", {"event": event, "arguments": dict(arguments or {})})

    # What there is.

    def plugins(self) -> Plugins:
        """The plug-ins, in the order in which Pyblish runs them."""
        return read(Plugins, self._get("/plugins"))

    def change_plugin(self, plugin: str, active: bool, revision: int) -> Plugin:
        """Has the plug-in with this id take part, or leaves it out."""
        body = {"active": active, "revision": revision}
        return read(Plugin, self._work("PATCH", "/plugins/" + quote(plugin, safe=""), body))

    def instances(
        self,
        family: Optional[str] = None,
        state: Optional[str] = None,
        offset: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Instances:
        """A page of the instances: 100 unless said otherwise, 10,000 at most. `state` is one of an Instance's."""
        return read(Instances, self._get("/instances", family=family, state=state, offset=offset, limit=limit))

    def all_instances(self, family: Optional[str] = None, state: Optional[str] = None) -> Iterator[Instance]:
        """All of them, page by page. What comes or goes between two pages may be left out: events tell of it."""
        offset = 0
        while True:
            page = self.instances(family, state, offset, INSTANCES)
            yield from page.instances
            offset += len(page.instances)
            if not page.instances or offset >= page.total:
                return

    def change_instances(
        self, instances: Sequence[str], revision: int, set: Optional[Mapping[str, Any]] = None, unset: Sequence[str] = ()
    ) -> Instances:
        """Changes the data of all the instances with these ids; or, where one was changed meanwhile, of none."""
        body = {**_change(revision, set, unset), "instances": list(instances)}
        return read(Instances, self._work("PATCH", "/instances", body))

    def instance(self, instance: str) -> Instance:
        """The instance with this id."""
        return read(Instance, self._get("/instances/" + quote(instance, safe="")))

    def change_instance(
        self, instance: str, revision: int, set: Optional[Mapping[str, Any]] = None, unset: Sequence[str] = ()
    ) -> Instance:
        """Changes the data of one, `publish` for example."""
        path = "/instances/" + quote(instance, safe="")
        return read(Instance, self._work("PATCH", path, _change(revision, set, unset)))

    def thumbnail(self, instance: str) -> bytes:
        """Its picture: PNG, JPEG, WebP or GIF, as the first bytes say. NotFound where it has none."""
        return self.line.ask_bytes("GET", "%s/instances/%s/thumbnail" % (self.path, quote(instance, safe="")))

    def context(self) -> Context:
        """The context's own data."""
        return read(Context, self._get("/context"))

    def change_context(self, revision: int, set: Optional[Mapping[str, Any]] = None, unset: Sequence[str] = ()) -> Context:
        """Changes them."""
        return read(Context, self._work("PATCH", "/context", _change(revision, set, unset)))

    # What came of it.

    def states(self) -> States:
        """The state of every plug-in at a glance."""
        return read(States, self._get("/states"))

    def results(
        self,
        plugin: Optional[str] = None,
        instance: Optional[str] = None,
        state: Optional[str] = None,
        latest: Optional[bool] = None,
        offset: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Results:
        """A page of the results since the context began: 100 unless said otherwise, 10,000 at most.

        `plugin` and `instance` are ids, `state` is `succeeded`, `warned` or `failed`; `latest` leaves out what a later
        result of the same plug-in on the same instance has replaced, and actions.
        """
        query = {"plugin": plugin, "instance": instance, "state": state, "latest": latest, "offset": offset, "limit": limit}
        return read(Results, self._get("/results", **query))

    def all_results(
        self,
        plugin: Optional[str] = None,
        instance: Optional[str] = None,
        state: Optional[str] = None,
        latest: Optional[bool] = None,
    ) -> Iterator[KeptResult]:
        """All of them, page by page. With `latest`, what comes between two pages may be left out: events tell of it."""
        offset = 0
        while True:
            page = self.results(plugin, instance, state, latest, offset, RESULTS)
            yield from page.results
            offset += len(page.results)
            if not page.results or offset >= page.total:
                return

    def events(self, after: Optional[int] = None) -> Events:
        """What happens from now on, or after the event of this number; 0 for all of its history.

        It listens when this returns: what is started afterwards is told of.
        """
        return Events(self.line, self.path, self.read().sequence if after is None else after)

    # Work. Nothing of it is repeated by itself but a start: who loses the connection looks at the results first.

    def process(self, plugin: str, instance: Optional[str] = None) -> Result:
        """Runs a plug-in on an instance, or on the context; both by id."""
        return read(Result, self._work("POST", "/process", {"plugin": plugin, "instance": instance}))

    def repair(self, plugin: str, instance: Optional[str] = None) -> Result:
        """Has a plug-in repair what it found wrong there."""
        return read(Result, self._work("POST", "/repair", {"plugin": plugin, "instance": instance}))

    def act(self, plugin: str, action: str) -> Result:
        """Runs one of a plug-in's actions, by id."""
        return read(Result, self._work("POST", "/actions", {"plugin": plugin, "action": action}))

    def runs(self) -> List[RunInfo]:
        """Its runs, latest first: the history of earlier ones too."""
        return read(List[RunInfo], self._get("/runs"))

    def run(self, run: str) -> Run:
        """The run with this id."""
        return Run(self.line, self.path, read(RunInfo, self._get("/runs/" + quote(run, safe=""))))

    def start(
        self,
        until: Optional[str] = None,
        only: Optional[str] = None,
        targets: Sequence[str] = (),
        instances: Optional[Sequence[str]] = None,
        plugins: Optional[Sequence[str]] = None,
        comment: str = "",
        continue_: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Run:
        """Starts a run, and is answered at once: a publish, `until` behind a stage, or of `only` one.

        `instances` and `plugins` (ids) restrict it. `continue_` is a run that was broken off, in place of all but the
        comment: what that one did is not done again. A connection that is lost is no reason to start twice: it is
        asked again with the same key, one of its own unless there is an `idempotency_key`.
        """
        body: Dict[str, Any] = {
            "until": until,
            "only": only,
            "targets": list(targets),
            "instances": None if instances is None else list(instances),
            "plugins": None if plugins is None else list(plugins),
            "comment": comment,
            "continue": continue_,
        }
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}

        def ask() -> Any:
            return self.line.ask("POST", self.path + "/runs", body=body, headers=headers)

        return Run(self.line, self.path, read(RunInfo, self.line.insist(ask, first=True)))

    def _get(self, path: str, **query: Any) -> Any:
        return self.line.ask("GET", self.path + path, query=query)

    def _work(self, method: str, path: str, body: Any = None) -> Any:
        """What waits for the host: a change too, during a plug-in's work."""
        return self.line.ask(method, self.path + path, body=body, timeout=self.line.patience)


def _change(revision: int, set: Optional[Mapping[str, Any]], unset: Sequence[str]) -> Dict[str, Any]:
    return {"revision": revision, "set": dict(set or {}), "unset": list(unset)}
