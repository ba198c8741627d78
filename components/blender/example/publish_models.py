"""A first set of plug-ins for Blender: each mesh object is a model, and is published as a version
beside the scene.

    PYBLISHPLUGINPATH=components/blender/example blender scene.blend
"""
import os

import bpy
import mathutils
import pyblish.api


class CollectModels(pyblish.api.ContextPlugin):
    """Every mesh object of the scene is a model"""

    order = pyblish.api.CollectorOrder
    hosts = ["blender"]

    def process(self, context):
        for thing in bpy.context.scene.objects:
            if thing.type == "MESH":
                instance = context.create_instance(thing.name, family="model")
                instance.data["polygons"] = len(thing.data.polygons)
                instance.append(thing.name)


class ValidateSaved(pyblish.api.ContextPlugin):
    """The scene is saved, so that models can be published beside it"""

    order = pyblish.api.ValidatorOrder
    hosts = ["blender"]

    def process(self, context):
        assert bpy.data.filepath, "The scene was never saved: save it, then publish again"


class ValidateScale(pyblish.api.InstancePlugin):
    """The scale of a model is applied"""

    order = pyblish.api.ValidatorOrder + 0.1
    hosts = ["blender"]
    families = ["model"]

    def process(self, instance):
        scale = tuple(bpy.data.objects[instance.name].scale)
        assert scale == (1, 1, 1), "The scale of %s is not applied: repair applies it" % instance.name

    def repair(self, instance):
        thing = bpy.data.objects[instance.name]
        thing.data.transform(mathutils.Matrix.Diagonal(thing.scale.to_4d()))
        thing.scale = (1, 1, 1)


class PublishModel(pyblish.api.InstancePlugin):
    """Write the model into a new version beside the scene, never over an old one"""

    order = pyblish.api.IntegratorOrder
    hosts = ["blender"]
    families = ["model"]

    def process(self, instance):
        folder = os.path.join(os.path.dirname(bpy.data.filepath), "publish", instance.name)
        versions = os.listdir(folder) if os.path.isdir(folder) else []
        place = os.path.join(folder, "v%03d" % (len(versions) + 1))
        os.makedirs(place)
        path = os.path.join(place, instance.name + ".blend")
        bpy.data.libraries.write(path, {bpy.data.objects[instance.name]})
        self.log.info("Published %s", path)
