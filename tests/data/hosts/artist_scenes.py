"""Makes the scenes of an artist's day: two shots, each saved in a folder of its own."""
import os

import bpy

PLACE = os.environ["PLACE"]
cube = bpy.data.objects["Cube"]
cube.name = "table"
cube.scale = (2, 2, 2)
for shot, names in (("a", ["chair"]), ("b", ["lamp"])):
    for name in names:
        other = cube.copy()
        other.name, other.location.x, other.scale = name, 50, (1, 1, 1)
        bpy.context.scene.collection.objects.link(other)
    folder = os.path.join(PLACE, shot)
    os.makedirs(folder)
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, "shot_%s.blend" % shot))
