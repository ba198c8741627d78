"""Control Pyblish Endpoint from Python: sessions, runs, live events, reports.

    from pyblish_endpoint_client import connect

    session = connect().session()
    print(session.start().wait().state)

It only needs the standard library. Everything has a timeout, and there is no global state. One
thread may iterate over events while others work with the same session. Errors are `EndpointError`,
and say what to do next.
"""
from .endpoint import Endpoint, connect
from .errors import (
    BadAnswer,
    Conflict,
    ConnectionLost,
    EndpointError,
    NoEndpoint,
    NotFound,
    Problem,
    TimedOut,
    TryLater,
    Unauthorized,
    Unreachable,
)
from .events import Event, Events
from .job import Job
from .run import Run
from .running import Running, find
from .session import Session
from .shapes import (
    Action,
    Adapter,
    Adapters,
    Attribute,
    AttemptInfo,
    AttributeChoice,
    Broken,
    Code,
    Context,
    Downfall,
    EventItem,
    EventList,
    HandedOver,
    Hub,
    Instance,
    Instances,
    InstanceStage,
    JobInfo,
    Jobs,
    KeptResult,
    LeftOut,
    Mode,
    Plugin,
    Plugins,
    PluginState,
    Result,
    Results,
    RunInfo,
    Runs,
    Scope,
    Scene,
    SessionInfo,
    Sessions,
    States,
    TaskInfo,
)

__version__ = "0.2.0"

__all__ = [
    "Action",
    "Adapter",
    "Adapters",
    "AttemptInfo",
    "Attribute",
    "AttributeChoice",
    "BadAnswer",
    "Broken",
    "Code",
    "Conflict",
    "ConnectionLost",
    "Context",
    "Downfall",
    "Endpoint",
    "EndpointError",
    "Event",
    "EventItem",
    "EventList",
    "Events",
    "HandedOver",
    "Hub",
    "Instance",
    "InstanceStage",
    "Instances",
    "Job",
    "JobInfo",
    "Jobs",
    "KeptResult",
    "LeftOut",
    "Mode",
    "NoEndpoint",
    "NotFound",
    "Plugin",
    "PluginState",
    "Plugins",
    "Problem",
    "Result",
    "Results",
    "Run",
    "RunInfo",
    "Running",
    "Runs",
    "Scope",
    "Session",
    "Scene",
    "SessionInfo",
    "Sessions",
    "States",
    "TaskInfo",
    "TimedOut",
    "TryLater",
    "Unauthorized",
    "Unreachable",
    "connect",
    "find",
]
