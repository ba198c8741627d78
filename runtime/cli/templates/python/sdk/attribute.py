"""Attributes: what users can set for a plug-in, or for each instance that it is for."""

from __future__ import annotations

from typing import Any, Iterable

from wit_world.imports import model

from .value import to_model

SCOPES = {"plugin": model.AttributeScope.PLUGIN, "instance": model.AttributeScope.INSTANCE}


def attribute(
    key: str,
    type: str,
    *,
    scope: str = "plugin",
    label: str | None = None,
    help: str | None = None,
    group: str | None = None,
    default: Any = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Iterable[Any] = (),
    readonly: bool = False,
) -> model.Attribute:
    """Something that users can set. The runtime checks what they choose, and frontends show a field.

    `type` is `boolean`, `integer`, `number`, `text`, `multiline-text`, `texts`, `choice` or `choices`.
    `choices` are values, or pairs of a value and a label.

    The scope `plugin` is a setting: the plug-in finds the value in its attribute of that name. With
    the scope `instance`, it is in the data of each instance.
    """
    if scope not in SCOPES:
        raise ValueError(f"the attribute {key}: scope={scope!r} is neither plugin nor instance")
    kind = _kind(key, type, minimum, maximum, [_choice(choice) for choice in choices])
    value = None if default is None else to_model(default)
    return model.Attribute(key, SCOPES[scope], kind, label, help, group, value, readonly)


def _kind(
    key: str, type: str, minimum: float | None, maximum: float | None, choices: list[model.AttributeChoice]
) -> model.AttributeKind:
    ends = (minimum, maximum)
    if type == "integer":
        return model.AttributeKind_Integer(model.IntegerRange(*(None if end is None else int(end) for end in ends)))
    if type == "number":
        return model.AttributeKind_Number(model.NumberRange(*(None if end is None else float(end) for end in ends)))
    if type == "choice":
        return model.AttributeKind_Choice(choices)
    if type == "choices":
        return model.AttributeKind_Choices(choices)
    simple = {
        "boolean": model.AttributeKind_Boolean,
        "text": model.AttributeKind_Text,
        "multiline-text": model.AttributeKind_MultilineText,
        "texts": model.AttributeKind_Texts,
    }
    if type not in simple:
        known = ", ".join([*simple, "integer", "number", "choice", "choices"])
        raise ValueError(f"the attribute {key}: type={type!r} is none of {known}")
    return simple[type]()


def _choice(choice: Any) -> model.AttributeChoice:
    value, label = choice if isinstance(choice, (list, tuple)) else (choice, None)
    return model.AttributeChoice(to_model(value), label)
