"""Models from Blender: each mesh becomes a .blend, a .glb and an .obj."""
import os

import bpy
import mathutils
import pyblish.api

STAGING = os.path.join(os.environ["PLACE"], "staging")


class MakeScene(pyblish.api.ContextPlugin):
    """Model something, as an artist would do before publishing."""

    order = pyblish.api.CollectorOrder - 0.4

    def process(self, context):
        if "hero" in bpy.data.objects:
            return
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)
        corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        for name, scale in (("hero", 2), ("prop", 1)):
            mesh = bpy.data.meshes.new(name)
            mesh.from_pydata(corners, [], faces)
            thing = bpy.data.objects.new(name, mesh)
            thing.scale = (scale, scale, scale)
            bpy.context.scene.collection.objects.link(thing)
        bpy.context.view_layer.update()


class CollectModels(pyblish.api.ContextPlugin):
    """Every mesh is a model."""

    order = pyblish.api.CollectorOrder

    def process(self, context):
        for thing in bpy.data.objects:
            if thing.type == "MESH":
                instance = context.create_instance(thing.name, family="model", polygons=len(thing.data.polygons))
                instance.append(thing)


class ValidateScale(pyblish.api.InstancePlugin):
    """A model's scale is applied."""

    order = pyblish.api.ValidatorOrder
    families = ["model"]

    def process(self, instance):
        scale = tuple(instance[0].scale)
        assert scale == (1, 1, 1), "The scale of %s is not applied: repair it" % instance.name

    def repair(self, instance):
        thing = instance[0]
        thing.data.transform(mathutils.Matrix.Diagonal(thing.scale.to_4d()))
        thing.scale = (1, 1, 1)
        bpy.context.view_layer.update()


def exporting(thing):
    """Selects objects, because exporters write the selection, in a window if there is one."""
    for other in bpy.context.view_layer.objects:
        other.select_set(other == thing)
    windows = bpy.context.window_manager.windows
    return bpy.context.temp_override(**({"window": windows[0]} if len(windows) else {}))


class ExtractModel(pyblish.api.InstancePlugin):
    """Write a model as .blend, .glb and .obj."""

    order = pyblish.api.ExtractorOrder
    families = ["model"]

    def process(self, instance):
        if not os.path.isdir(STAGING):
            os.makedirs(STAGING)
        path = os.path.join(STAGING, instance.name)
        bpy.data.libraries.write(path + ".blend", {instance[0]})
        with exporting(instance[0]):
            bpy.ops.export_scene.gltf(filepath=path + ".glb", export_format="GLB", use_selection=True)
            bpy.ops.wm.obj_export(filepath=path + ".obj", export_selected_objects=True, export_materials=False)
        instance.data["files"] = [path + ending for ending in (".blend", ".glb", ".obj")]
