"""A stand-in for Houdini with a window: the parts of `hou` and `hdefereval` that the bridge uses.

    houdini_standin.py UIREADY

The sources: https://www.sidefx.com/docs/houdini/hom/hou/hipFile.html, …/hom/hou/isUIAvailable.html,
…/hom/hou/applicationVersionString.html, …/hom/hou/getenv.html; for `hdefereval`, …/hom/hou/ui.html
and the module itself (`executeDeferred(code, *args, **kwargs)`: from any thread, when the event
loop is idle, returns at once). `hou` itself may be called from any thread, and threads wait for
each other. But the bridge promises the main thread, so this stand-in insists on it.
"""
import os
import sys

import standin


class HipFile(object):
    # "Absolute file path of the current hip file"; one that was never saved has a path too, of
    # untitled.hip.
    path = staticmethod(standin.on_main(lambda: standin.SCENE))
    # "True if the current hip file has not been saved" yet, under any name.
    isNewFile = staticmethod(standin.on_main(lambda: False))


@standin.on_main
def getenv(name, default=None):
    # "Houdini's variable of that name", which is one of the environment's or of its own, such as
    # $HIP and $JOB.
    return {"JOB": "/projects/show", "HIP": os.path.dirname(standin.SCENE)}.get(name, default)


standin.module(
    "hou", hipFile=HipFile, getenv=getenv,
    isUIAvailable=lambda: True, applicationVersionString=standin.on_main(lambda: "20.5.278"))
standin.module(
    "hdefereval", executeDeferred=lambda code, *args, **kwargs: standin.INBOX.put(lambda: code(*args, **kwargs)))
# Houdini runs `uiready.py` of each folder of its path once its window is there:
# https://www.sidefx.com/docs/houdini/hom/locations.html
standin.run_file(sys.argv[1])
standin.loop()
