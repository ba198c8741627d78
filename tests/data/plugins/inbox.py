"""Plug-ins as a studio writes them for a folder of files: /work is published to /publish."""
import hashlib
import json
import os
import re
import shutil

import pyblish.api

WORK, PUBLISH = "/work", "/publish"
FAMILIES = {".png": "image", ".exr": "image", ".jpg": "image", ".usda": "scene", ".glb": "model"}


class CollectFiles(pyblish.api.ContextPlugin):
    """Every file, and each sequence of them, is an instance."""

    order = pyblish.api.CollectorOrder
    label = "Files"

    def process(self, context):
        found = {}
        for name in sorted(os.listdir(WORK)):
            stem, extension = os.path.splitext(name)
            family = FAMILIES.get(extension)
            if family is None:
                self.log.warning("%s is left alone: nobody knows %r", name, extension)
                continue
            found.setdefault((re.sub(r"\.\d+$", "", stem), family), []).append(name)
        for (name, family), files in found.items():
            instance = context.create_instance(name, family=family, families=["file"], frames=len(files))
            instance.extend(files)
        context.data["label"] = "%d things" % len(found)


class Underscores(pyblish.api.Action):
    label = "Put underscores for spaces"
    on = "failed"
    icon = "pencil"

    def process(self, context, plugin):
        for result in context.data["results"]:
            if result["error"] and result["plugin"].__name__ == plugin.__name__:
                rename(result["instance"])
                self.log.info("%s has another name now", result["instance"].name)


class ValidateNames(pyblish.api.InstancePlugin):
    """Names have no spaces, because the farm's scripts break on them."""

    order = pyblish.api.ValidatorOrder
    label = "Names"
    families = ["file"]
    actions = [Underscores]
    optional = True

    def process(self, instance):
        name = instance.data["name"]
        assert " " not in name, "%s has a space in its name: repair it, or rename the file" % name

    def repair(self, instance):
        rename(instance)


def rename(instance):
    files = [name.replace(" ", "_") for name in instance]
    for old, new in zip(list(instance), files):
        os.rename(os.path.join(WORK, old), os.path.join(WORK, new))
    instance[:] = files
    instance.data["name"] = instance.data["name"].replace(" ", "_")


class ValidateSequence(pyblish.api.InstancePlugin):
    """A sequence has no gaps."""

    order = pyblish.api.ValidatorOrder
    families = ["image"]

    def process(self, instance):
        numbers = sorted(int(found.group(1)) for found in (re.search(r"\.(\d+)\.", name) for name in instance) if found)
        missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers) if numbers else ()
        if missing:
            raise ValueError("%s lacks %s" % (instance.name, ", ".join(map(str, sorted(missing)))))


class ExtractFiles(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    families = ["file"]

    def process(self, instance):
        folder = os.path.join(PUBLISH, instance.data["family"], instance.data["name"])
        os.makedirs(folder)
        digests = {}
        for name in instance:
            shutil.copyfile(os.path.join(WORK, name), os.path.join(folder, name))
            with open(os.path.join(folder, name), "rb") as file:
                digests[name] = hashlib.sha256(file.read()).hexdigest()
        instance.data["folder"], instance.data["digests"] = folder, digests


class IntegrateList(pyblish.api.ContextPlugin):
    order = pyblish.api.IntegratorOrder

    def process(self, context):
        published = dict((instance.data["folder"], instance.data["digests"]) for instance in context if "folder" in instance.data)
        with open(os.path.join(PUBLISH, "publish.json"), "w") as file:
            json.dump(published, file, indent=2, sort_keys=True)
        print("published", len(published))
