"""The bridge's dictionaries as the types of the service interface, and back. Values of `data` are JSON text on both sides."""
import json

import pyblish_endpoint_bridge as bridge
from wit_world.exports import service
from wit_world.imports import types

MATCH = {
    "intersection": types.MatchAlgorithm.INTERSECTION,
    "subset": types.MatchAlgorithm.SUBSET,
    "exact": types.MatchAlgorithm.EXACT,
}
KIND = {
    "action": types.ActionKind.ACTION,
    "separator": types.ActionKind.SEPARATOR,
    "category": types.ActionKind.CATEGORY,
}
LARGEST = 2 ** 32 - 1  # of a level, and of a line


class Changes(object):
    """Changes, of what the bridge's `Watch` knows."""

    @staticmethod
    def added(state):
        return types.Change_InstanceAdded(types.Instance(
            state.id,
            bridge.clean(state.entity.name),
            [types.Datum(bridge.key_text(key), state.shown[key]) for key in list(state.shown)],
            state.members,
        ))

    @staticmethod
    def removed(state):
        return types.Change_InstanceRemoved(state.id)

    @staticmethod
    def members(state):
        return types.Change_MembersSet((state.id, state.members))

    @staticmethod
    def datum(state, key, shown):
        place = types.Place(state.id, key)
        return types.Change_DataUnset(place) if shown is None else types.Change_DataSet((place, shown))

    @staticmethod
    def activated(plugin, active):
        return types.Change_PluginActivated((plugin, active))


def change_back(change):
    """A change of a frontend's, as the bridge's `apply` takes it."""
    value = change.value
    if isinstance(change, types.Change_InstanceAdded):
        return {"instance-added": {
            "id": value.id,
            "name": value.name,
            "data": [[datum.key, json.loads(datum.value)] for datum in value.data],
            "members": value.members,
        }}
    if isinstance(change, types.Change_InstanceRemoved):
        return {"instance-removed": {"id": value}}
    if isinstance(change, types.Change_MembersSet):
        return {"members-set": {"id": value[0], "members": value[1]}}
    if isinstance(change, types.Change_DataSet):
        place, text = value
        return {"data-set": {"instance": place.instance, "key": place.key, "value": json.loads(text)}}
    if isinstance(change, types.Change_DataUnset):
        return {"data-unset": {"instance": value.instance, "key": value.key}}
    return {"plugin-activated": {"plugin": value[0], "active": value[1]}}


def location(place):
    if place is None:
        return None
    return types.Location(place["file"], min(place["line"], LARGEST), place["function"], place["text"])


def failure(failed):
    if failed is None:
        return None
    return types.Failure(
        failed["title"], failed["message"], failed["detail"], location(failed["location"]), failed["traceback"], failed["kind"])


def record(told):
    return types.Record(
        min(told["level"], LARGEST), told["message"], told["logger"], location(told["location"]), told["traceback"],
        told["created"])


def plugin(told):
    return types.Plugin(
        id=told["id"],
        name=told["name"],
        label=told["label"],
        doc=told["doc"],
        version=told["version"],
        order=told["order"],
        families=told["families"],
        hosts=told["hosts"],
        targets=told["targets"],
        match=MATCH[told["match"]],
        optional=told["optional"],
        active=told["active"],
        processes=scope(told["processes"]),
        repairs=scope(told["repairs"]),
        actions=[types.Action(it["id"], it["label"], it["icon"], KIND[it["kind"]], it["on"]) for it in told["actions"]],
        base=told["base"],
        file=told["file"],
        category=told["category"],
        requires=told["requires"],
    )


def scope(told):
    found = types.Scope(0)
    if told["context"]:
        found |= types.Scope.CONTEXT
    if told["instance"]:
        found |= types.Scope.INSTANCE
    return found


def broken(path, why):
    return service.BrokenPlugin(path, failure(why))
