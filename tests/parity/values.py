"""Values that JSON does not have, as the objects of Python that a scenario names.

A question names one as `{"$": KIND, "of": VALUE}`. An answer has `{"$": CLASS}` in its place: what a
frontend is shown of such a value is not compared, what Pyblish makes of it is.
"""
import collections
import decimal
import enum
import fractions


class Family(str, enum.Enum):
    """A text that says something else when it is printed."""
    A = "a"
    B = "b"
    C = "c"
    DEFAULT = "default"
    ALL = "*"


class Text(str):
    def __str__(self):
        return "not " + str.__str__(self)


class Float(float):
    """Like `numpy.float64`, which is a float, too."""

    def __repr__(self):
        return "Float(%s)" % float.__repr__(self)


class Truth(object):
    """Like `numpy.bool_`, which is no bool."""

    def __init__(self, is_true):
        self.is_true = is_true

    def __bool__(self):
        return self.is_true

    def __eq__(self, other):
        return bool(other) is self.is_true

    __hash__ = None


KINDS = {
    "set": set,
    "frozenset": frozenset,
    "tuple": tuple,
    "deque": collections.deque,
    "keys": lambda of: dict.fromkeys(of).keys(),
    "enum": Family,
    "text": Text,
    "float": Float,
    "decimal": lambda of: decimal.Decimal(str(of)),
    "fraction": lambda of: fractions.Fraction(str(of)),
    "infinity": lambda of: of * float("inf"),
    "truth": Truth,
}


def real(value):
    """The object that a value of a question names."""
    if isinstance(value, list):
        return [real(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        return KINDS[value["$"]](real(value.get("of")))
    return {key: real(item) for key, item in value.items()}


def told(value):
    """A value of an answer."""
    if type(value) is list:
        return [told(item) for item in value]
    if type(value) is dict:
        return {key: told(item) for key, item in value.items()}
    if value is None or type(value) in (bool, int, float, str):
        return value
    return {"$": type(value).__name__}
