"""Converts the bridge's dictionaries to and from the types of the service interface."""
import json
from json.decoder import scanstring

from pyblish_endpoint_bridge.errors import Cancelled
from pyblish_endpoint_bridge.text import clean, to_json
from pyblish_endpoint_bridge.values import key_text
from wit_world.exports import service
from wit_world.imports import model

MATCHING = {
    "intersection": model.MatchAlgorithm.INTERSECTION,
    "subset": model.MatchAlgorithm.SUBSET,
    "exact": model.MatchAlgorithm.EXACT,
}
KIND = {
    "action": model.ActionKind.ACTION,
    "separator": model.ActionKind.SEPARATOR,
    "category": model.ActionKind.CATEGORY,
}
CONDITION = {
    "all": model.ActionCondition_All,
    "notProcessed": model.ActionCondition_NotProcessed,
    "processed": model.ActionCondition_Processed,
    "failed": model.ActionCondition_Failed,
    "warning": model.ActionCondition_Warning,
    "failedOrWarning": model.ActionCondition_FailedOrWarning,
    "succeeded": model.ActionCondition_Succeeded,
}
LEVEL = {
    10: model.Level_Debug(),
    20: model.Level_Info(),
    30: model.Level_Warning(),
    40: model.Level_Error(),
    50: model.Level_Critical(),
}
WORD = {"null": model.Value_Null(), "true": model.Value_Boolean(True), "false": model.Value_Boolean(False)}
LARGEST = 2 ** 32 - 1  # of a level, and of a line
INTEGER = 2 ** 63  # an integer is less than this, and no less than its negative


# Changes that only a host makes. How the rules see an instance, a frontend changes by its data.
HOSTS_OWN = (
    model.Change_SelectionSet, model.Change_PluginsChanged, model.Change_TargetsSet, model.Change_StopTestSet,
)


def value(shown):
    """A value of `data`, from the JSON that Python writes. Lists and objects stay JSON, and so do
    numbers that would have another form: an integer beyond 64 bits, a float with an exponent.
    """
    first = shown[0]
    if first == '"':
        return model.Value_Text(scanstring(shown, 1)[0])
    if first in "[{":
        return model.Value_Json(shown)
    if shown in WORD:
        return WORD[shown]
    if "e" in shown:
        return model.Value_Json(shown)
    if "." in shown:
        return model.Value_Number(float(shown))
    number = int(shown)
    return model.Value_Integer(number) if -INTEGER <= number < INTEGER else model.Value_Json(shown)


def value_back(given):
    """A value of the interface as Python has it."""
    if isinstance(given, model.Value_Json):
        return json.loads(given.value)
    return None if isinstance(given, model.Value_Null) else given.value


def owner(instance):
    return model.DataOwner_Context() if instance is None else model.DataOwner_Instance(instance)


def selection(seen):
    return None if seen is None else model.Selection(seen.families, seen.skipped)


class Changes(object):
    """The changes that the bridge's `Watch` has found."""

    @staticmethod
    def added(state):
        return model.Change_InstanceAdded(model.Instance(
            state.id,
            clean(state.entity.name),
            [model.Datum(key_text(key), value(state.shown[key])) for key in list(state.shown)],
            state.members,
            selection(state.selection),
        ))

    @staticmethod
    def removed(state):
        return model.Change_InstanceRemoved(state.id)

    @staticmethod
    def members(state):
        return model.Change_MembersSet(model.MembersSet(state.id, state.members))

    @staticmethod
    def selected(state):
        return model.Change_SelectionSet(model.SelectionSet(state.id, selection(state.selection)))

    @staticmethod
    def datum(state, key, shown):
        if shown is None:
            return model.Change_DataRemoved(model.DataRemoved(owner(state.id), key))
        return model.Change_DataSet(model.DataSet(owner(state.id), key, value(shown)))

    @staticmethod
    def plugin(told):
        return model.Change_PluginsChanged([plugin(told)])

    @staticmethod
    def targets(targets):
        return model.Change_TargetsSet(targets)

    @staticmethod
    def stop_test(stops):
        return model.Change_StopTestSet(stop_test(stops))

    @staticmethod
    def activated(plugin, active):
        return model.Change_PluginActivated(model.PluginActivated(plugin, active))


def change_back(change):
    """A change of a frontend, in the form of the bridge's `apply`; None for one that is not for it."""
    of = change.value
    if isinstance(change, model.Change_InstanceAdded):
        return {"instance-added": {
            "id": of.id,
            "name": of.name,
            "data": [[datum.key, value_back(datum.value)] for datum in of.data],
            "members": of.members,
        }}
    if isinstance(change, model.Change_InstanceRemoved):
        return {"instance-removed": {"id": of}}
    if isinstance(change, model.Change_MembersSet):
        return {"members-set": {"id": of.instance, "members": of.members}}
    if isinstance(change, model.Change_PluginActivated):
        return {"plugin-activated": {"plugin": of.plugin, "active": of.active}}
    if isinstance(change, HOSTS_OWN):
        return None
    instance = of.owner.value if isinstance(of.owner, model.DataOwner_Instance) else None
    if isinstance(change, model.Change_DataSet):
        return {"data-set": {"instance": instance, "key": of.key, "value": value_back(of.value)}}
    return {"data-unset": {"instance": instance, "key": of.key}}


def changes_back(changes):
    found = [change_back(change) for change in changes]
    return [change for change in found if change is not None]


def location(place):
    if place is None:
        return None
    return model.SourceLocation(place["file"], min(place["line"], LARGEST), place["function"], place["text"])


def failure(failed):
    if failed is None:
        return None
    kind = failed["kind"]
    return model.Failure(
        model.FailureKind_Cancelled() if kind == Cancelled.__name__ else model.FailureKind_Raised(kind),
        failed["title"], failed["message"], failed["detail"], location(failed["location"]), failed["traceback"])


def level(number):
    return LEVEL.get(number) or model.Level_Other(min(number, LARGEST))


def record(told):
    return model.LogRecord(
        level(told["level"]), told["message"], told["logger"], location(told["location"]), told["traceback"],
        told["created"])


def condition(word):
    known = CONDITION.get(word)
    return model.ActionCondition_Unknown(word) if known is None else known()


def plugin(told):
    return model.Plugin(
        id=told["id"],
        name=told["name"],
        label=told["label"],
        doc=told["doc"],
        version=told["version"],
        order=told["order"],
        families=told["families"],
        hosts=told["hosts"],
        targets=told["targets"],
        matching=MATCHING[told["match"]],
        optional=told["optional"],
        active=told["active"],
        processes=scope(told["processes"]),
        repairs=scope(told["repairs"]),
        actions=[action(it) for it in told["actions"]],
        base=told["base"],
        file=told["file"],
        category=told["category"],
        requires=told["requires"],
    )


def attribute(told):
    return model.Attribute(
        key=told["key"],
        scope=model.AttributeScope.INSTANCE if told["scope"] == "instance" else model.AttributeScope.PLUGIN,
        kind=attribute_kind(told),
        label=told["label"],
        help=told["help"],
        group=told["group"],
        default=None if told["default"] is None else value(to_json(told["default"])),
        read_only=told["readOnly"],
    )


def attribute_kind(told):
    kind = told["type"]
    if kind == "integer":
        ends = [None if end is None else int(end) for end in (told["minimum"], told["maximum"])]
        return model.AttributeKind_Integer(model.IntegerRange(*ends))
    if kind == "number":
        ends = [None if end is None else float(end) for end in (told["minimum"], told["maximum"])]
        return model.AttributeKind_Number(model.NumberRange(*ends))
    if kind in ("choice", "choices"):
        choices = [model.AttributeChoice(value(to_json(it["value"])), it["label"]) for it in told["choices"]]
        return model.AttributeKind_Choice(choices) if kind == "choice" else model.AttributeKind_Choices(choices)
    if kind == "text":
        return model.AttributeKind_MultilineText() if told["multiline"] else model.AttributeKind_Text()
    return model.AttributeKind_Boolean() if kind == "boolean" else model.AttributeKind_Texts()


def action(told):
    return model.Action(told["id"], told["label"], told["icon"], KIND[told["kind"]], condition(told["on"]))


def scope(told):
    found = model.Scope(0)
    if told["context"]:
        found |= model.Scope.CONTEXT
    if told["instance"]:
        found |= model.Scope.INSTANCE
    return found


def stop_test(stops):
    if stops is None:
        return model.StopTest_Pyblish()
    return model.StopTest_Host([model.Stop(plugin, why) for plugin, why in stops])


def discovery(found):
    return service.Discovery(
        plugins=[plugin(told) for told in found.plugins],
        broken=[service.BrokenPlugin(path, failure(why)) for path, why in found.broken],
        left_out=[service.LeftOutPlugin(name, path, why) for name, path, why in found.left_out],
        hosts=found.hosts,
        targets=found.targets,
        stop_test=stop_test(found.stops),
    )
