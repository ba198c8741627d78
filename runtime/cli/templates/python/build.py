"""Makes `my-adapter.wasm`: `python3 build.py`. `python3 build.py bindings` only prepares the modules
of `wit_world` in `.venv/bindings`, for your editor and for tests.

componentize-py is installed into `.venv`, which is created if it is missing. The packages of
`packages.txt` are installed into `vendor`. The runtime is `$PYBLISH_ENDPOINT`, or the
`pyblish-endpoint` that is installed.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
ADAPTER = PROJECT / "my-adapter.wasm"
VENV = PROJECT / ".venv"
VENDOR = PROJECT / "vendor"
# The packages in it whose native code is left out.
LEFT_OUT = VENDOR / "left-out.txt"
OLDEST = (3, 11)
# Which versions of its hosts the adapter is for, such as {"maya": ">=2022, <2026"}; all of those
# that are not named.
HOST_VERSIONS: "dict[str, str]" = {}
# Files that the sandbox cannot load.
NATIVE = (".so", ".pyd", ".dylib", ".dll")


def endpoint(*arguments: "str | Path") -> int:
    """Run the runtime; return its exit code."""
    program = os.environ.get("PYBLISH_ENDPOINT", "pyblish-endpoint")
    try:
        return subprocess.run([program, *map(str, arguments)]).returncode
    except OSError as error:
        sys.exit(f"{program} cannot be started: {error}. Put it on PATH, or set PYBLISH_ENDPOINT to its path")


def up_to_date(stamp: Path, wanted: Path) -> bool:
    """Whether `stamp`, which is written last, was made for this file."""
    return stamp.is_file() and stamp.read_text() == wanted.read_text()


def tool() -> Path:
    """componentize-py, in the version of requirements.txt."""
    if sys.version_info < OLDEST:
        sys.exit("Python %d.%d or later is needed; this is %s" % (*OLDEST, sys.version.split()[0]))
    wanted = PROJECT / "requirements.txt"
    made = VENV / "requirements.txt"
    scripts = VENV / ("Scripts" if os.name == "nt" else "bin")
    if not up_to_date(made, wanted):
        print("creating .venv with componentize-py (only the first time)", flush=True)
        venv.create(VENV, with_pip=True, clear=True)
        pip = [scripts / "python", "-m", "pip", "install", "--quiet", "-r", wanted]
        subprocess.run(pip, check=True)
        made.write_text(wanted.read_text())
    return scripts / "componentize-py"


def bindings() -> Path:
    """The modules of `wit_world`, as the build makes them; outside of the sandbox they only have
    types.
    """
    program, place = tool(), VENV / "bindings"
    newest = max(path.stat().st_mtime for path in (PROJECT / "wit").rglob("*.wit"))
    if not place.is_dir() or place.stat().st_mtime < newest:
        shutil.rmtree(place, ignore_errors=True)
        world = [program, "--wit-path", "wit", "--world", "adapter"]
        subprocess.run([*world, "bindings", place], check=True, cwd=PROJECT)
    return place


def vendor() -> None:
    """Install the packages of `packages.txt` into `vendor`."""
    wanted, made = PROJECT / "packages.txt", VENDOR / "packages.txt"
    if up_to_date(made, wanted):
        return
    lines = (line.partition("#")[0].strip() for line in wanted.read_text().splitlines())
    names = [line for line in lines if line]
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir()
    if names:
        python = tool().with_name("python")
        pip = [python, "-m", "pip", "install", "--quiet", "--target", VENDOR, "-r", wanted]
        if subprocess.run(pip).returncode != 0:
            sys.exit("the packages of packages.txt cannot be installed; pip says above why")
    native = [path for path in VENDOR.rglob("*") if path.name.endswith(NATIVE)]
    for path in native:
        path.unlink()
    packages = sorted({path.relative_to(VENDOR).parts[0].partition(".")[0] for path in native})
    LEFT_OUT.write_text("\n".join(packages))
    for package in packages:
        print(f"{package} has native code, which the sandbox cannot load: it is left out")
    made.write_text(wanted.read_text())


def hint() -> str:
    """What to do where a module is missing."""
    said = ". If a module is missing, write its package into packages.txt"
    packages = ", ".join(LEFT_OUT.read_text().split())
    if packages:
        # Some packages work without their native code, others do not.
        said += f". If it is one of {packages}, whose native code is left out, use another package"
    return said


def build() -> None:
    """Build the component, and write its description into it."""
    program = tool()
    vendor()
    part = ADAPTER.with_suffix(".part.wasm")
    world = [program, "--wit-path", "wit", "--world", "adapter"]
    make = ["componentize", "adapter", "--python-path", ".", "--python-path", VENDOR, "--output", part]
    # componentize-py would include packages of the environment that it runs in.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    if subprocess.run([*world, *make], cwd=PROJECT, env=environment).returncode != 0:
        sys.exit(f"{ADAPTER.name} cannot be built: componentize-py says above why{hint()}")
    versions = [f"--host-versions={host}={range_}" for host, range_ in HOST_VERSIONS.items()]
    sealed = endpoint("adapters", "seal", part, "--output", ADAPTER, *versions)
    part.unlink()
    if sealed != 0:
        sys.exit("the component cannot be loaded")


if __name__ == "__main__":
    if sys.argv[1:] == ["bindings"]:
        print(bindings())
    elif sys.argv[1:]:
        sys.exit("build.py takes no arguments, or `bindings`")
    else:
        build()
