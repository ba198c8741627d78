"""Parts from FreeCAD: each solid becomes a .step, an .obj and an .FCStd."""
import os

import FreeCAD
import Mesh
import Part
import pyblish.api

STAGING = os.path.join(os.environ["PLACE"], "staging")


class MakeScene(pyblish.api.ContextPlugin):
    """Construct something, as an engineer would do before publishing."""

    order = pyblish.api.CollectorOrder - 0.4

    def process(self, context):
        if "Shot" in FreeCAD.listDocuments():
            return
        document = FreeCAD.newDocument("Shot")
        for name, length in (("hero", 0.5), ("prop", 20)):
            box = document.addObject("Part::Box", name)
            box.Length = length
        document.recompute()


class CollectParts(pyblish.api.ContextPlugin):
    """Every box is a part."""

    order = pyblish.api.CollectorOrder

    def process(self, context):
        for thing in FreeCAD.getDocument("Shot").findObjects("Part::Box"):
            instance = context.create_instance(thing.Label, family="part", volume=thing.Shape.Volume)
            instance.append(thing)


class ValidateLength(pyblish.api.InstancePlugin):
    """A part can be milled: it is at least a millimetre long."""

    order = pyblish.api.ValidatorOrder
    families = ["part"]

    def process(self, instance):
        length = instance[0].Length.Value
        assert length >= 1, "%s is only %s mm long: repair it" % (instance.name, length)

    def repair(self, instance):
        instance[0].Length = 1
        instance[0].Document.recompute()
        instance.data["volume"] = instance[0].Shape.Volume


class ExtractPart(pyblish.api.InstancePlugin):
    """Write a part as .step, .obj and .FCStd."""

    order = pyblish.api.ExtractorOrder
    families = ["part"]

    def process(self, instance):
        if not os.path.isdir(STAGING):
            os.makedirs(STAGING)
        path = os.path.join(STAGING, instance.name)
        Part.export([instance[0]], path + ".step")
        Mesh.export([instance[0]], path + ".obj")
        instance[0].Document.saveCopy(path + ".FCStd")
        instance.data["files"] = [path + ending for ending in (".step", ".obj", ".FCStd")]
