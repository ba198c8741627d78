"""Paintings from Krita: each document becomes a .kra and a .png."""
import os

import pyblish.api
from krita import InfoObject, Krita

STAGING = os.path.join(os.environ["PLACE"], "staging")


class MakeScene(pyblish.api.ContextPlugin):
    """Paint something, as an artist would do before publishing."""

    order = pyblish.api.CollectorOrder - 0.4

    def process(self, context):
        krita = Krita.instance()
        if krita.documents():
            return
        for name, resolution in (("hero", 72), ("prop", 300)):
            document = krita.createDocument(64, 32, name, "RGBA", "U8", "", resolution)
            document.setBatchmode(True)
            layer = document.createNode("colour", "paintlayer")
            layer.setPixelData(b"\x20\x40\x80\xff" * 64 * 32, 0, 0, 64, 32)
            document.rootNode().addChildNode(layer, None)
            document.refreshProjection()
            krita.activeWindow().addView(document)


class CollectPaintings(pyblish.api.ContextPlugin):
    """Every open document is a painting."""

    order = pyblish.api.CollectorOrder

    def process(self, context):
        for document in Krita.instance().documents():
            layers = [node.name() for node in document.topLevelNodes()]
            instance = context.create_instance(document.name(), family="painting", layers=layers)
            instance.append(document)


class ValidateResolution(pyblish.api.InstancePlugin):
    """A painting has 300 pixels an inch."""

    order = pyblish.api.ValidatorOrder
    families = ["painting"]

    def process(self, instance):
        resolution = instance[0].resolution()
        assert resolution == 300, "%s has %d pixels an inch, not 300: repair it" % (instance.name, resolution)

    def repair(self, instance):
        instance[0].setResolution(300)


class ExtractPainting(pyblish.api.InstancePlugin):
    """Write a painting as .kra and .png."""

    order = pyblish.api.ExtractorOrder
    families = ["painting"]

    def process(self, instance):
        if not os.path.isdir(STAGING):
            os.makedirs(STAGING)
        path = os.path.join(STAGING, instance.name)
        for ending in (".kra", ".png"):
            assert instance[0].exportImage(path + ending, InfoObject()), "Krita could not write %s" % (path + ending)
        instance.data["files"] = [path + ".kra", path + ".png"]
