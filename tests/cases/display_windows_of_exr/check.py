"""Real EXR whose data windows differ and display windows are one (01, 02): a sound sequence; and
one whose display window is another (03): said, with its name."""

import os

from inbox import publish
from place import here
from verdict import done

files = here(__file__, "files")
files = dict((n, open(os.path.join(files, n), "rb").read()) for n in os.listdir(files))
good = publish(
    {"window.0001.exr": files["window.0001.exr"], "window.0002.exr": files["window.0002.exr"]}
)
bad = publish(
    {
        "window.0001.exr": files["window.0001.exr"],
        "window.0002.exr": files["window.0002.exr"],
        "window.0003.exr": files["window.0003.exr"],
    }
)
done(
    good.run["state"] == "succeeded" and any("window.0003.exr" in f[2] for f in bad.failed),
    "display windows",
)
