"""The plug-ins of an artist's day: as most studios have them, they collect by name, and find the place
to publish to in the path of the open file.
"""
import os

import bpy
import pyblish.api


class CollectPlace(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder - 0.1

    def process(self, context):
        context.data["place"] = os.path.join(os.path.dirname(bpy.data.filepath), "publish")
        context.data["end"] = bpy.context.scene.frame_end


class CollectModels(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        for thing in bpy.context.scene.objects:
            if thing.type == "MESH":
                context.create_instance(thing.name, family="model").append(thing)


class ValidateScale(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["model"]

    def process(self, instance):
        assert tuple(instance[0].scale) == (1, 1, 1), "%s is scaled" % instance

    def repair(self, instance):
        instance[0].scale = (1, 1, 1)


class ValidateRange(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder + 0.1

    def process(self, context):
        assert bpy.context.scene.frame_end == 1100, "The shot ends at 1100"

    def repair(self, context):
        bpy.context.scene.frame_end = 1100


class ExtractModel(pyblish.api.InstancePlugin):
    """Like many exporters, Blender's own for glTF leaves edit mode."""
    order = pyblish.api.ExtractorOrder
    families = ["model"]

    def process(self, instance):
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        folder = os.path.join(instance.context.data["place"], instance.name)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "v%03d_%d.glb" % (len(os.listdir(folder)) + 1, instance.context.data["end"]))
        bpy.ops.object.select_all(action="DESELECT")
        instance[0].select_set(True)
        bpy.ops.export_scene.gltf(filepath=path, use_selection=True)
