"""The same in every host: extracted files become a new version."""
import os
import shutil

import pyblish.api


class IntegrateVersion(pyblish.api.InstancePlugin):
    """Put extracted files in their place."""

    order = pyblish.api.IntegratorOrder

    def process(self, instance):
        folder = os.path.join(os.environ["PLACE"], "published", instance.name)
        version = len(os.listdir(folder)) + 1 if os.path.isdir(folder) else 1
        place = os.path.join(folder, "v%03d" % version)
        os.makedirs(place)
        for path in instance.data["files"]:
            shutil.move(path, place)
        instance.data["version"] = version
