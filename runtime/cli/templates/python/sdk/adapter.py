"""The description of an adapter, and what it asks for."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from wit_world.exports import service as exports

from .context import Context
from .plugin import Plugin
from .value import from_model, to_model


def text(name: str, doc: str, default: str | None = None) -> exports.Setting:
    """A setting with a text; like every setting, it is required if it has no default."""
    return _setting(name, exports.SettingKind.TEXT, doc, default)


def boolean(name: str, doc: str, default: bool | None = None) -> exports.Setting:
    """A setting that is true or false."""
    return _setting(name, exports.SettingKind.BOOLEAN, doc, default)


def integer(name: str, doc: str, default: int | None = None) -> exports.Setting:
    """A setting with a whole number."""
    return _setting(name, exports.SettingKind.INTEGER, doc, default)


def number(name: str, doc: str, default: float | None = None) -> exports.Setting:
    """A setting with a number."""
    return _setting(name, exports.SettingKind.NUMBER, doc, default)


def texts(name: str, doc: str, default: list[str] | None = None) -> exports.Setting:
    """A setting with a list of texts."""
    return _setting(name, exports.SettingKind.TEXTS, doc, default)


def _setting(name: str, kind: exports.SettingKind, doc: str, default: Any) -> exports.Setting:
    return exports.Setting(name, kind, doc, None if default is None else to_model(default))


def readable(path: str, doc: str, optional: bool = False) -> exports.GrantRequest:
    """A folder that the adapter reads, by its path inside the sandbox. The user grants it with
    `--dir FOLDER=PATH:ro`.
    """
    return exports.GrantRequest_Folder(exports.FolderRequest(path, False, optional, doc))


def writable(path: str, doc: str, optional: bool = False) -> exports.GrantRequest:
    """A folder that the adapter reads and writes. The user grants it with `--dir FOLDER=PATH`."""
    return exports.GrantRequest_Folder(exports.FolderRequest(path, True, optional, doc))


def address(address: str) -> exports.GrantRequest:
    """An address that the adapter connects to, `host:port`; `{name}` in it stands for the value of
    the setting `name`. The user grants it with `--connect`. See `connect`.
    """
    return exports.GrantRequest_Address(address)


def environment(name: str) -> exports.GrantRequest:
    """An environment variable that the adapter reads, in `os.environ`, from `open` on. The user
    grants it with `--env`.
    """
    return exports.GrantRequest_Environment(name)


def running_host(name: str, start: str | None = None, optional: bool = False) -> exports.GrantRequest:
    """A running host with the bridge, by the name of the bridge's host. `start` says in one sentence
    what the user does to start one.
    """
    return exports.GrantRequest_Host(exports.HostRequest(name, optional, start))


@dataclass
class Opening:
    """What a session is opened with."""

    # A value for each setting that the adapter described, including defaults.
    settings: dict[str, Any] = field(default_factory=dict)
    # The user's name on this machine, and the machine's name.
    user: str = ""
    machine: str = ""
    # The folders that were granted: `path` in the sandbox, `host_path` outside, `writable`.
    folders: list[exports.GrantedFolder] = field(default_factory=list)

    def host_path(self, path: str) -> str | None:
        """The path on the host's machine for a path in the sandbox, for tools that work there; None
        for a path that is in no granted folder.
        """
        for folder in self.folders:
            if path == folder.path or path.startswith(folder.path.rstrip("/") + "/"):
                return folder.host_path + path[len(folder.path.rstrip("/")) :]
        return None

    @staticmethod
    def read(opening: exports.Opening) -> Opening:
        """The opening, from its form in the interface."""
        settings = {datum.key: from_model(datum.value) for datum in opening.settings}
        return Opening(settings, opening.user, opening.machine, list(opening.folders))


class Adapter:
    """The adapter; its docstring says in one sentence what it is for.

    There is a new one for each session, and `self.opening` is what the session was opened with. The
    methods do nothing unless you write your own.
    """

    name: str
    version: str
    hosts: list[str] = []
    settings: list[exports.Setting] = []
    # Made with `readable`, `writable`, `address`, `environment` and `running_host`.
    grants: list[exports.GrantRequest] = []
    plugins: list[type[Plugin]] = []

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    def open(self) -> None:
        """Prepare the session. Raise an error if it cannot begin."""

    def host(self) -> dict[str, Any]:
        """Facts about the host, which are shown to people, for example its version."""
        return {}

    def notify(self, event: str, arguments: dict[str, Any], context: Context) -> None:
        """Hear of an event of Pyblish, for example `published` or `instanceToggled`. `arguments`
        names plug-ins and instances by their ids.
        """

    def close(self) -> None:
        """End the session. Nothing is called afterwards."""

    @classmethod
    def described(cls) -> exports.Description:
        """The description for the runtime."""
        return exports.Description(
            name=cls.name,
            version=cls.version,
            doc=inspect.cleandoc(cls.__doc__ or ""),
            hosts=list(cls.hosts),
            settings=list(cls.settings),
            grants=list(cls.grants),
        )
