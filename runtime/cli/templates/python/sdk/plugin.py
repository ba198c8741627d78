"""Plug-ins, written as for Pyblish."""

from __future__ import annotations

import inspect
import logging
from typing import Any

from wit_world.imports import model

from .context import Context, Instance
from .failure import PublishError

# The order of each stage in Pyblish; orders up to a half below or above belong to the stage, too.
COLLECT, VALIDATE, EXTRACT, INTEGRATE = 0.0, 1.0, 2.0, 3.0

CONDITIONS = {
    "all": model.ActionCondition_All,
    "notProcessed": model.ActionCondition_NotProcessed,
    "processed": model.ActionCondition_Processed,
    "failed": model.ActionCondition_Failed,
    "warning": model.ActionCondition_Warning,
    "failedOrWarning": model.ActionCondition_FailedOrWarning,
    "succeeded": model.ActionCondition_Succeeded,
}
MATCHING = {
    "intersection": model.MatchAlgorithm.INTERSECTION,
    "subset": model.MatchAlgorithm.SUBSET,
    "exact": model.MatchAlgorithm.EXACT,
}


def action(id: str, label: str, on: str = "all", icon: str | None = None) -> model.Action:
    """An action that the user can run. `on` says when it is offered, as in Pyblish: `all`,
    `notProcessed`, `processed`, `failed`, `warning`, `failedOrWarning` or `succeeded`. `icon` is a
    name of Font Awesome.
    """
    if on not in CONDITIONS:
        raise ValueError(f"the action {id}: on={on!r} is none of {', '.join(CONDITIONS)}")
    return model.Action(id, label, icon, model.ActionKind.ACTION, CONDITIONS[on]())


class Plugin:
    """A plug-in. Artists read its docstring; the name of its class is its name.

    `self.settings` has the values of the adapter's settings, `self.adapter` is the adapter of the
    session, and `self.log` writes records, which frontends show at once. A plug-in that can repair
    also has a method `repair(self, target)`.
    """

    order = COLLECT
    label: str | None = None
    families = ["*"]
    # How `families` is compared with those of an instance: `intersection`, `subset` or `exact`.
    match = "intersection"
    hosts = ["*"]
    targets = ["default"]
    optional = False
    active = True
    # Made with `action(…)`; `act` is called with the id of the chosen one.
    actions: list[model.Action] = []
    # Made with `attribute(…)`: what users can set.
    attribute_defs: list[model.Attribute] = []
    scope = model.Scope(0)

    def __init__(self, adapter: Any) -> None:
        self.adapter = adapter
        self.settings: dict[str, Any] = adapter.opening.settings
        self.log = logging.getLogger(type(self).__name__)

    def process(self, target: Any) -> None:
        """Do the work. Raise an error to say what is wrong."""
        raise NotImplementedError(f"{type(self).__name__} has no method process(self, target)")

    def act(self, action: str, target: Context | Instance) -> None:
        """Run the action with this id: on the instance that the user means, or else on the context."""
        raise PublishError(f"{type(self).__name__} has no action {action!r}")

    def take_settings(self, context: Context) -> None:
        """Take what users have set, before the plug-in is run: each setting is an attribute of `self`
        that has the setting's name.
        """
        for it in self.attribute_defs:
            key = f"{type(self).__name__}.{it.key}"
            if it.scope == model.AttributeScope.PLUGIN and key in context.data:
                setattr(self, it.key, context.data[key])

    @classmethod
    def described(cls) -> model.Plugin:
        """The plug-in for the runtime."""
        doc = cls.__dict__.get("__doc__")
        return model.Plugin(
            id=cls.__name__,
            name=cls.__name__,
            label=cls.label,
            doc=inspect.cleandoc(doc) if doc else None,
            version=[0, 0, 1],
            order=float(cls.order),
            families=list(cls.families),
            hosts=list(cls.hosts),
            targets=list(cls.targets),
            matching=MATCHING[cls.match],
            optional=cls.optional,
            active=cls.active,
            processes=cls.scope,
            repairs=cls.scope if hasattr(cls, "repair") else model.Scope(0),
            actions=list(cls.actions),
            base=cls.__mro__[1].__name__,
            file=None,
            category=None,
            requires=None,
        )


class ContextPlugin(Plugin):
    """A plug-in that runs once, for the context."""

    scope = model.Scope.CONTEXT


class InstancePlugin(Plugin):
    """A plug-in that runs for each instance of its families."""

    scope = model.Scope.INSTANCE
