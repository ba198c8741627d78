"""The context and its instances, as plug-ins see them.

Every change is noted when it is made, so that a call tells the runtime only what changed.
"""

from __future__ import annotations

from typing import Any

from wit_world.imports import model

from .value import clean, datums, from_model, to_model


class Instance:
    """An instance to publish. Read `id`, `name`, `data`, `members` and `context`; change it with the
    methods, which inform the runtime.
    """

    def __init__(self, context: Context, id: str, name: str, data: dict[str, Any], members: list[str]) -> None:
        self.context, self.id, self.name, self.data, self.members = context, id, name, data, members

    def set(self, key: str, value: Any) -> None:
        """Set a value of `data`: whatever JSON can hold."""
        self.context._set(model.DataOwner_Instance(self.id), self.data, key, value)

    def unset(self, key: str) -> None:
        """Remove a value of `data`, if it is there."""
        self.context._unset(model.DataOwner_Instance(self.id), self.data, key)

    def set_members(self, members: list[str]) -> None:
        """Set what the instance consists of in the host: nodes, objects, files."""
        self.members = [clean(member) for member in members]
        change = model.MembersSet(self.id, list(self.members))
        self.context.changes.append(model.Change_MembersSet(change))


class Context:
    """The instances by id, and data about all of them. The runtime gets the changes when a call
    ends.
    """

    def __init__(self, made: int = 0) -> None:
        self.data: dict[str, Any] = {}
        self.instances: dict[str, Instance] = {}
        self.changes: list[model.Change] = []
        # Counts all instances that were ever created, so that no id is used twice.
        self.made = made

    def create_instance(self, name: str, /, *, members: list[str] | None = None, **data: Any) -> Instance:
        """Append an instance with this data. Its `family` is `default` unless you give one."""
        return self._create(name, list(members or []), data)

    def find(self, name: str) -> Instance | None:
        """The first instance with this name."""
        return next((it for it in self.instances.values() if it.name == name), None)

    def remove(self, instance: Instance) -> None:
        """Remove an instance."""
        if self.instances.pop(instance.id, None):
            self.changes.append(model.Change_InstanceRemoved(instance.id))

    def set(self, key: str, value: Any) -> None:
        """Set a value of the context's `data`: whatever JSON can hold."""
        self._set(model.DataOwner_Context(), self.data, key, value)

    def unset(self, key: str) -> None:
        """Remove a value of the context's `data`, if it is there."""
        self._unset(model.DataOwner_Context(), self.data, key)

    def activate(self, plugin: str, active: bool) -> None:
        """Switch a plug-in on or off, by the name of its class. It counts before its next turn."""
        self.changes.append(model.Change_PluginActivated(model.PluginActivated(plugin, active)))

    def apply(self, change: model.Change) -> None:
        """Apply a change from a frontend; a change to a missing instance is ignored."""
        of = change.value
        if isinstance(change, model.Change_InstanceAdded):
            data = {datum.key: from_model(datum.value) for datum in of.data}
            self._create(of.name, of.members, data)
        elif isinstance(change, model.Change_InstanceRemoved):
            if of in self.instances:
                self.remove(self.instances[of])
        elif isinstance(change, model.Change_MembersSet):
            if of.instance in self.instances:
                self.instances[of.instance].set_members(of.members)
        elif isinstance(change, model.Change_DataSet):
            target = self._owner(of.owner)
            if target is not None:
                target.set(of.key, from_model(of.value))
        elif isinstance(change, model.Change_DataRemoved):
            target = self._owner(of.owner)
            if target is not None:
                target.unset(of.key)
        elif isinstance(change, model.Change_PluginActivated):
            self.activate(of.plugin, of.active)
        # How the rules see an instance (`selection-set`) is decided by its data here, and the other
        # changes only a host makes.

    def take_changes(self) -> list[model.Change]:
        """The changes since the last time."""
        changes, self.changes = self.changes, []
        return changes

    def _owner(self, owner: model.DataOwner) -> Context | Instance | None:
        return self.instances.get(owner.value) if isinstance(owner, model.DataOwner_Instance) else self

    def _create(self, name: str, members: list[str], data: dict[str, Any]) -> Instance:
        self.made += 1
        name, members = clean(name), [clean(member) for member in members]
        instance = Instance(self, f"i{self.made}", name, {"family": "default", **data}, members)
        added = model.Instance(instance.id, name, datums(instance.data), list(members), None)
        self.instances[instance.id] = instance
        self.changes.append(model.Change_InstanceAdded(added))
        return instance

    def _set(self, owner: model.DataOwner, data: dict[str, Any], key: str, value: Any) -> None:
        change = model.DataSet(owner, clean(key), to_model(value))
        data[key] = value
        self.changes.append(model.Change_DataSet(change))

    def _unset(self, owner: model.DataOwner, data: dict[str, Any], key: str) -> None:
        if key in data:
            del data[key]
            self.changes.append(model.Change_DataRemoved(model.DataRemoved(owner, clean(key))))
