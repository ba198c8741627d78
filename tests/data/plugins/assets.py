"""A small pipeline: assets are JSON files in the folder `assets`; each is published as a new
version.

The tests of hosts publish with these plug-ins. They are written as in a studio, and do not know
pyblish-endpoint.
"""
import glob
import json
import os
import shutil

import pyblish.api

PLACE = os.environ["PLACE"]


class CollectAssets(pyblish.api.ContextPlugin):
    """Find the assets."""

    order = pyblish.api.CollectorOrder

    def process(self, context):
        for path in sorted(glob.glob(os.path.join(PLACE, "assets", "*.json"))):
            with open(path) as file:
                data = json.load(file)
            name = os.path.splitext(os.path.basename(path))[0]
            instance = context.create_instance(name, family="asset", path=path, units=data["units"])
            instance.extend(data["parts"])
            self.log.info("Found %s", name)


class ValidateUnits(pyblish.api.InstancePlugin):
    """Assets are measured in centimetres."""

    order = pyblish.api.ValidatorOrder
    label = "Units"
    families = ["asset"]

    def process(self, instance):
        units = instance.data["units"]
        assert units == "cm", "%s is measured in %s: repair it, or export it in cm" % (instance.name, units)

    def repair(self, instance):
        with open(instance.data["path"]) as file:
            data = json.load(file)
        data["units"] = instance.data["units"] = "cm"
        with open(instance.data["path"], "w") as file:
            json.dump(data, file)
        self.log.warning("%s is in cm now", instance.name)


class ExtractText(pyblish.api.InstancePlugin):
    """Write the parts of an asset, one a line."""

    order = pyblish.api.ExtractorOrder
    families = ["asset"]

    def process(self, instance):
        staging = os.path.join(PLACE, "staging")
        if not os.path.isdir(staging):
            os.makedirs(staging)
        path = os.path.join(staging, instance.name + ".txt")
        with open(path, "w") as file:
            file.write("\n".join(instance) + "\n")
        instance.data["extracted"] = path


class IntegrateVersion(pyblish.api.InstancePlugin):
    """Put extracted files in their place, as a new version."""

    order = pyblish.api.IntegratorOrder
    families = ["asset"]

    def process(self, instance):
        folder = os.path.join(PLACE, "published", instance.name)
        version = len(os.listdir(folder)) + 1 if os.path.isdir(folder) else 1
        place = os.path.join(folder, "v%03d" % version)
        os.makedirs(place)
        shutil.move(instance.data["extracted"], place)
        instance.data["version"] = version
