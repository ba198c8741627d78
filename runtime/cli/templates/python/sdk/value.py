"""Values of `data`, as they cross the border to the runtime."""

from __future__ import annotations

import json
import re
from typing import Any

from wit_world.imports import model

# A lone surrogate, as in the name of a file that is no UTF-8; no text of the interface may hold one.
LONE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text; what is no Unicode in it becomes an escape, such as `\\udcff`."""
    return text if text.isascii() else LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_model(value: Any) -> model.Value:
    """A value of `data` for the runtime, which keeps each number as Python writes it.

    Raises a `TypeError` or a `ValueError` for what JSON cannot hold.
    """
    kind = type(value)
    if value is None:
        return model.Value_Null()
    if kind is bool:
        return model.Value_Boolean(value)
    if kind is str:
        return model.Value_Text(clean(value))
    if kind is int and -(2**63) <= value < 2**63:
        return model.Value_Integer(value)
    if kind is float and value - value == 0 and "e" not in repr(value):
        return model.Value_Number(value)
    if kind in (list, tuple) and all(type(item) is str for item in value):
        return model.Value_Texts([clean(item) for item in value])
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return model.Value_Json(LONE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text))


def from_model(value: model.Value) -> Any:
    """A value from the runtime."""
    if isinstance(value, model.Value_Json):
        return json.loads(value.value)
    return None if isinstance(value, model.Value_Null) else value.value


def datums(data: dict[str, Any]) -> list[model.Datum]:
    """All values of a `data`."""
    return [model.Datum(clean(key), to_model(value)) for key, value in data.items()]
