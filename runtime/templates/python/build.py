"""Makes `my-adapter.wasm`: `python3 build.py`.

componentize-py goes into `.venv`, which is made where it is missing. The runtime is `$PYBLISH_ENDPOINT`, or the
`pyblish-endpoint` that is installed.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
ADAPTER = PROJECT / "my-adapter.wasm"
OLDEST = (3, 10)


def endpoint(*arguments: "str | Path") -> int:
    """Run the runtime; answer its exit code."""
    program = os.environ.get("PYBLISH_ENDPOINT", "pyblish-endpoint")
    try:
        return subprocess.run([program, *map(str, arguments)]).returncode
    except OSError as error:
        sys.exit(f"{program} does not start: {error}. Put it on PATH, or its path into PYBLISH_ENDPOINT")


def tool() -> Path:
    """componentize-py, in the version of requirements.txt."""
    if sys.version_info < OLDEST:
        sys.exit("Python %d.%d or later is needed; this is %s" % (*OLDEST, sys.version.split()[0]))
    wanted = PROJECT / "requirements.txt"
    place = PROJECT / ".venv"
    # Written last: a folder without it was left half made.
    made = place / "requirements.txt"
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    if not made.is_file() or made.read_text() != wanted.read_text():
        print("making .venv with componentize-py, once", flush=True)
        venv.create(place, with_pip=True, clear=True)
        pip = [scripts / "python", "-m", "pip", "install", "--quiet", "-r", wanted]
        subprocess.run(pip, check=True)
        made.write_text(wanted.read_text())
    return scripts / "componentize-py"


def build() -> None:
    """Build the component, and write into it what it says of itself."""
    part = ADAPTER.with_suffix(".part.wasm")
    world = [tool(), "--wit-path", "wit", "--world", "adapter"]
    make = ["componentize", "adapter", "--python-path", ".", "--output", part]
    # It looks for packages in the environment that it runs in; the adapter has none.
    subprocess.run([*world, *make], check=True, cwd=PROJECT)
    sealed = endpoint("adapters", "seal", part, "--output", ADAPTER)
    part.unlink()
    if sealed != 0:
        sys.exit("it does not load")


if __name__ == "__main__":
    build()
