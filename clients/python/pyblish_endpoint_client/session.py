"""A session with one host: its content and its operations."""
from __future__ import annotations

import base64
import uuid
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence
from urllib.parse import quote

from .events import Events
from .line import Line
from .run import Run
from .shapes import (
    Context,
    HandedOver,
    Instance,
    Instances,
    Jobs,
    KeptResult,
    Plugin,
    Plugins,
    Result,
    Results,
    RunInfo,
    Runs,
    SessionInfo,
    States,
    read,
)

#: How many items an iterator fetches at a time: most are small; a result may have many records.
ITEMS = 10_000
RESULTS = 1_000


class Session:
    """A session; `Endpoint.session` and `Endpoint.open` return it.

    Reads never wait for the host: `read().old` says whether the data may be old, and why. A change
    is sent with the `revision` of the data that you have read; if somebody else has changed it
    since, you get a `Conflict`.
    """

    def __init__(self, line: Line, info: SessionInfo) -> None:
        self.line = line
        #: Its state when this object was created; `read` returns the current one.
        self.info = info
        self.id = info.id
        self.path = "/sessions/" + quote(info.id, safe="")

    def read(self) -> SessionInfo:
        """Its state and its content."""
        return read(SessionInfo, self._get(""))

    def close(self) -> Optional[SessionInfo]:
        """Closes it. What it published and its history stay. Returns None if it has ended. If that
        takes longer, returns its current state: it is `closing` until its adapter has ended.
        """
        closing = self.line.ask("DELETE", self.path, timeout=self.line.patience)
        return None if closing is None else read(SessionInfo, closing)

    def reset(self) -> SessionInfo:
        """Starts over: empties the context, and loads the plug-ins again. Starts the adapter if it
        is down.
        """
        return read(SessionInfo, self._work("POST", "/reset"))

    def restart(self) -> SessionInfo:
        """Ends the adapter by force, and starts it again; a run in progress is lost."""
        return read(SessionInfo, self._work("POST", "/restart"))

    def send(self, message: str) -> None:
        """Sends a message to frontends of v1, which know `show` and `close`."""
        self.line.ask("POST", self.path + "/messages", body={"message": message})

    def emit(self, event: str, arguments: Optional[Mapping[str, Any]] = None) -> None:
        """Calls the host's callbacks for an event, such as `commented`, with these arguments."""
        self._work("POST", "/callbacks", {"event": event, "arguments": dict(arguments or {})})

    # The content.

    def plugins(self, after: Optional[int] = None, limit: Optional[int] = ITEMS) -> Plugins:
        """A page of the plug-ins, in the order in which Pyblish runs them: 10,000 at most."""
        return read(Plugins, self._get("/plugins", after=after, limit=limit))

    def change_plugin(self, plugin: str, active: bool, revision: int, remember: bool = False) -> Plugin:
        """Activates or deactivates the plug-in with this id; with `remember` also after a reset."""
        body = {"active": active, "revision": revision, "remember": remember}
        return read(Plugin, self._work("PATCH", "/plugins/" + quote(plugin, safe=""), body))

    def instances(
        self,
        family: Optional[str] = None,
        state: Optional[str] = None,
        after: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Instances:
        """A page of the instances: 100 by default, 10,000 at most. `state` is a state of an
        Instance.
        """
        return read(Instances, self._get("/instances", family=family, state=state, after=after, limit=limit))

    def all_instances(self, family: Optional[str] = None, state: Optional[str] = None) -> Iterator[Instance]:
        """All instances, page by page. Instances that are added or removed between two pages may be
        missed: events report them.
        """
        after: Optional[int] = 0
        while after is not None:
            page = self.instances(family, state, after, ITEMS)
            yield from page.items
            after = page.next

    def change_instances(
        self,
        instances: Sequence[str],
        revision: int,
        set: Optional[Mapping[str, Any]] = None,
        unset: Sequence[str] = (),
        remember: bool = False,
    ) -> Instances:
        """Changes the data of all instances with these ids; or of none, if one of them was changed
        meanwhile.
        """
        body = {**_change(revision, set, unset, remember), "instanceIds": list(instances)}
        return read(Instances, self._work("PATCH", "/instances", body))

    def instance(self, instance: str) -> Instance:
        """The instance with this id."""
        return read(Instance, self._get("/instances/" + quote(instance, safe="")))

    def change_instance(
        self,
        instance: str,
        revision: int,
        set: Optional[Mapping[str, Any]] = None,
        unset: Sequence[str] = (),
        remember: bool = False,
    ) -> Instance:
        """Changes the data of an instance, for example `publish`."""
        path = "/instances/" + quote(instance, safe="")
        return read(Instance, self._work("PATCH", path, _change(revision, set, unset, remember)))

    def thumbnail(self, instance: str) -> bytes:
        """Its thumbnail: PNG, JPEG, WebP or GIF, recognizable by the first bytes. Raises NotFound
        if it has none.
        """
        return self.line.ask_bytes("GET", "%s/instances/%s/thumbnail" % (self.path, quote(instance, safe="")))

    def replace_thumbnail(self, instance: str, picture: Optional[bytes]) -> Instance:
        """Gives it a picture in place of the thumbnail that is made of it: PNG, JPEG, WebP or GIF, up
        to 1 MiB. None takes the picture away.
        """
        path = "/instances/%s/thumbnail" % quote(instance, safe="")
        text = None if picture is None else base64.b64encode(picture).decode("ascii")
        return read(Instance, self._work("PUT", path, {"picture": text}))

    def open_folder(self, instance: str) -> None:
        """Opens the folder of a published instance in the file manager of the server's machine. Only
        for programs on that machine.
        """
        self.line.ask("POST", "%s/instances/%s/open-folder" % (self.path, quote(instance, safe="")))

    def context(self) -> Context:
        """The context's own data."""
        return read(Context, self._get("/context"))

    def change_context(
        self,
        revision: int,
        set: Optional[Mapping[str, Any]] = None,
        unset: Sequence[str] = (),
        remember: bool = False,
    ) -> Context:
        """Changes the context's own data."""
        return read(Context, self._work("PATCH", "/context", _change(revision, set, unset, remember)))

    # The results.

    def states(self) -> States:
        """A summary of the state of every plug-in."""
        return read(States, self._get("/states"))

    def results(
        self,
        plugin: Optional[str] = None,
        instance: Optional[str] = None,
        state: Optional[str] = None,
        latest: Optional[bool] = None,
        newest_first: Optional[bool] = None,
        after: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Results:
        """A page of the results since the last reset: 100 by default, 10,000 at most.

        `plugin` and `instance` are ids, `state` is `succeeded`, `warned` or `failed`; `latest`
        leaves out actions, and results that a later result of the same plug-in on the same instance
        has replaced.
        """
        query: Dict[str, Any] = {"pluginId": plugin, "instanceId": instance, "state": state, "latest": latest}
        query.update(newestFirst=newest_first, after=after, limit=limit)
        return read(Results, self._get("/results", **query))

    def all_results(
        self,
        plugin: Optional[str] = None,
        instance: Optional[str] = None,
        state: Optional[str] = None,
        latest: Optional[bool] = None,
    ) -> Iterator[KeptResult]:
        """All results, page by page, the oldest first."""
        after: Optional[int] = 0
        while after is not None:
            page = self.results(plugin, instance, state, latest, None, after, RESULTS)
            yield from page.items
            after = page.next

    def events(self, after: Optional[int] = None) -> Events:
        """The events from now on, or after the event with this number; 0 for the whole history.

        It already listens when this returns, so you miss no event of what you start afterwards.
        """
        return Events(self.line, self.path, self.read().sequence if after is None else after)

    # Work. Only a start is repeated automatically: after a lost connection, check the results
    # first.

    def process(self, plugin: str, instance: Optional[str] = None) -> Result:
        """Runs a plug-in on an instance, or on the context; both by id."""
        return read(Result, self._work("POST", "/process", {"pluginId": plugin, "instanceId": instance}))

    def repair(self, plugin: str, instance: Optional[str] = None) -> Result:
        """Lets a plug-in repair what it failed on there."""
        return read(Result, self._work("POST", "/repair", {"pluginId": plugin, "instanceId": instance}))

    def act(self, plugin: str, action: str, instance: Optional[str] = None) -> Result:
        """Runs one of a plug-in's actions, by id; for one instance, or for the plug-in as a whole."""
        body = {"pluginId": plugin, "actionId": action, "instanceId": instance}
        return read(Result, self._work("POST", "/actions", body))

    def cancel(self, grace: Optional[float] = None) -> None:
        """Asks a plug-in that works outside of a run, such as a repair, to stop. It is stopped by force
        after `grace` seconds, 10 by default.
        """
        self.line.ask("POST", self.path + "/cancel", query={"grace": grace})

    def select(self, instances: Sequence[str]) -> None:
        """Selects the members of instances in the host, where `host` of the session has `selects`."""
        self._work("POST", "/select", {"instanceIds": list(instances)})

    def runs(self, after: Optional[int] = None, limit: Optional[int] = None) -> Runs:
        """A page of its runs, the latest first, including those of earlier sessions in its history:
        100 by default, 10,000 at most.
        """
        return read(Runs, self._get("/runs", after=after, limit=limit))

    def all_runs(self) -> Iterator[RunInfo]:
        """All of its runs, page by page, the latest first."""
        page = self.runs(limit=ITEMS)
        yield from page.items
        while page.next is not None:
            page = self.runs(page.next, ITEMS)
            yield from page.items

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
        continues: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Run:
        """Starts a run, and returns at once: a whole publish, a publish `until` the end of a stage,
        or `only` one stage.

        `instances` and `plugins` (ids) restrict it. `continues` is an interrupted run to continue:
        give it alone, or with a comment; its finished work is not repeated. If the connection is
        lost, the request is sent again with the same key, so that only one run starts; the key is
        generated unless you give an `idempotency_key`.
        """
        body: Dict[str, Any] = {
            "until": until,
            "only": only,
            "targets": list(targets),
            "instanceIds": None if instances is None else list(instances),
            "pluginIds": None if plugins is None else list(plugins),
            "comment": comment,
            "continuesRunId": continues,
        }
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}

        def ask() -> Any:
            return self.line.ask("POST", self.path + "/runs", body=body, headers=headers)

        return Run(self.line, self.path, read(RunInfo, self.line.insist(ask, first=True)))

    def hand_over(
        self,
        place: str = "farm",
        instances: Sequence[str] = (),
        comment: str = "",
        targets: Sequence[str] = (),
        split: bool = False,
        skip_validation: bool = False,
        priority: int = 0,
        labels: Sequence[str] = (),
        attempts: Optional[int] = None,
        name: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> HandedOver:
        """Hands a publish over to the `farm`, or to the background of the server's machine (`here`).
        The server must know the studio's hub, and the latest run must have validated it.

        `instances` are names; none means all that take part. With `split`, each is extracted in a
        task of its own. `Endpoint.job` follows the job. The same `idempotency_key` makes no second
        one.
        """
        body: Dict[str, Any] = {
            "place": place,
            "instances": list(instances),
            "comment": comment,
            "targets": list(targets),
            "split": split,
            "skipValidation": skip_validation,
            "priority": priority,
            "labels": list(labels),
            "attempts": attempts,
            "name": name,
        }
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        answer = self.line.ask("POST", self.path + "/jobs", body=body, headers=headers, timeout=self.line.patience)
        return read(HandedOver, answer)

    def jobs(self, after: Optional[str] = None, limit: Optional[int] = None) -> Jobs:
        """A page of its jobs, the latest first: 100 by default, 1,000 at most."""
        return read(Jobs, self._get("/jobs", after=after, limit=limit))

    def _get(self, path: str, **query: Any) -> Any:
        return self.line.ask("GET", self.path + path, query=query)

    def _work(self, method: str, path: str, body: Any = None) -> Any:
        """Sends a request that waits for the host; even a change waits while a plug-in runs."""
        return self.line.ask(method, self.path + path, body=body, timeout=self.line.patience)


def _change(revision: int, set: Optional[Mapping[str, Any]], unset: Sequence[str], remember: bool) -> Dict[str, Any]:
    return {"revision": revision, "set": dict(set or {}), "unset": list(unset), "remember": remember}
