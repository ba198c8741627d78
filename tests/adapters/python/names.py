"""Prints the modules of this Python's standard library, each with the names that it defines itself, as
JSON. The sandbox must have each of them, or advise.
"""
import importlib
import json
import pkgutil
import sys
import warnings

warnings.simplefilter("ignore")
# They open a browser or a window, print, or run tests.
LEFT_OUT = ("antigravity", "this", "idlelib", "test", "turtledemo", "lib2to3")
# Modules whose constants differ between systems.
SYSTEM = ("os", "signal", "select", "socket", "time")


def modules():
    for name in sorted(sys.stdlib_module_names):
        if name.startswith("_") or name in LEFT_OUT:
            continue
        yield name
        try:
            path = getattr(importlib.import_module(name), "__path__", None)
        except Exception:
            continue
        for found in pkgutil.iter_modules(path, name + ".") if path else ():
            last = found.name.rpartition(".")[2]
            if not last.startswith("_") and last not in ("test", "tests", "idlelib"):
                yield found.name


def names(name):
    """Its functions and classes, and in modules of the system its constants."""
    try:
        module = importlib.import_module(name)
    except BaseException:
        return []
    own = (name, "_" + name, "posix", "nt") if name in SYSTEM else (name, "_" + name)
    return [
        key for key, value in sorted(vars(module).items())
        if not key.startswith("_") and (
            getattr(value, "__module__", None) in own and callable(value) or name in SYSTEM and key.isupper())
    ]


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    json.dump({name: names(name) for name in modules()}, out)
