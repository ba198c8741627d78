# -*- coding: utf-8 -*-
"""Blender: its main loop, its events, what it is busy with, and its undo."""
from __future__ import absolute_import, division, print_function

import os
import time

from .blender_memory import ModalHandlers
from .compat import queue
from .host import CHOICES, Host
from .limits import SLICE
from .selecting import name_of

# What a modal operator must be able to do before it counts as at work. Some add-ons have one that
# always runs, to show keys that were pressed, for example; it changes nothing and has none of these.
AT_WORK = frozenset(("UNDO", "UNDO_GROUPED", "BLOCKING", "GRAB_CURSOR"))


class Blender(Host):
    name = "blender"
    label = "Blender"
    module = "bpy"
    has_set_up = True

    def __init__(self):
        self.modals = None  # how modal operators are found, before 4.2
        self.updates = 0  # how often the scene was changed, as far as Blender tells
        self.before = 0  # the same, when the step began
        self.settings = None  # of the scene, when the step began

    def read_version(self):
        import bpy
        return bpy.app.version_string

    def read_file(self):
        import bpy
        return bpy.data.filepath or None

    def read_workspace(self):
        path = self.read_file()
        return os.path.dirname(path) if path else os.getcwd()

    def loop(self, bridge):
        import bpy
        if bpy.app.background:
            return None  # without a window, timers never run
        inbox = queue.Queue()

        def tick():
            # Answers when Blender is to call it again. Without an owner, a quarter of a second costs
            # nothing.
            end = time.time() + SLICE / 2
            try:
                # What is posted meanwhile comes in the next turn, after Blender's own events.
                for _ in range(inbox.qsize()):
                    inbox.get_nowait()()
                    if time.time() > end:
                        break
            except queue.Empty:
                pass
            if bridge.stopped:
                return None
            if bridge.owner is None:
                return 0.25
            return 0.001 if time.time() - bridge.worked < 0.5 else 0.02

        bpy.app.timers.register(tick, persistent=True)
        return inbox.put

    # What happens to the scene

    def watch(self, scene):
        import bpy
        handlers = bpy.app.handlers

        @handlers.persistent
        def opened(*_):
            scene.opened()

        @handlers.persistent
        def saved(*_):
            scene.saved()

        @handlers.persistent
        def undone(*_):
            scene.undone(u"an undo")

        @handlers.persistent
        def redone(*_):
            scene.undone(u"a redo")

        @handlers.persistent
        def updated(_, graph=None):
            if graph is None or is_change(graph):
                self.updates += 1
                scene.edited()

        handlers.load_post.append(opened)
        handlers.save_post.append(saved)
        handlers.undo_post.append(undone)
        handlers.redo_post.append(redone)
        handlers.depsgraph_update_post.append(updated)

    # What it is busy with

    def read_busy(self):
        import bpy
        if bpy.app.background:
            return None
        if hasattr(bpy.app, "is_job_running") and any(map(bpy.app.is_job_running, ("RENDER", "OBJECT_BAKE"))):
            return u"let it finish rendering, or stop that"
        for window in bpy.context.window_manager.windows:
            if window.screen.is_animation_playing:
                return u"stop the animation"
            for name in self.modal_operators(window):
                if is_at_work(bpy, name):
                    return u"finish or cancel %s" % operator_label(bpy, name)
        return None

    def modal_operators(self, window):
        import bpy
        if hasattr(window, "modal_operators"):
            return [operator.bl_idname for operator in window.modal_operators]
        if self.modals is None:
            self.modals = ModalHandlers(bpy)
        return self.modals.names(window)

    # Undo

    def begin_step(self, name):
        self.before, self.settings = self.updates, scene_settings()

    def end_step(self, name):
        import bpy
        # Blender tells what was changed when it looks the next time: now, so that it is not taken
        # for the artist's change.
        bpy.context.view_layer.update()
        return self.updates != self.before or scene_settings() != self.settings

    def push_undo(self, name):
        import bpy
        if bpy.app.background:
            return
        windows = bpy.context.window_manager.windows
        if bpy.context.window is None and windows and hasattr(bpy.context, "temp_override"):
            with bpy.context.temp_override(window=windows[0]):
                bpy.ops.ed.undo_push(message=name)
        else:
            bpy.ops.ed.undo_push(message=name)

    # What is selected

    def can_select(self):
        import bpy
        return not bpy.app.background

    def select(self, members):
        import bpy
        windows = bpy.context.window_manager.windows
        layer = windows[0].view_layer if windows else bpy.context.view_layer
        layer.update()
        found, missing = [], []
        for member in members:
            things = [thing for thing in objects_of(bpy, layer, member) if thing.visible_get(view_layer=layer)]
            found.extend(things)
            if not things:
                missing.append(member)
        if found:
            for thing in layer.objects:
                thing.select_set(False, view_layer=layer)
            for thing in found:
                thing.select_set(True, view_layer=layer)
            # Another active object would leave the artist's mode.
            if layer.objects.active is None or layer.objects.active.mode == "OBJECT":
                layer.objects.active = found[0]
            self.push_undo(u"Pyblish: Select")
        return missing

    def read_choices(self):
        import bpy
        return bpy.context.scene.get(CHOICES)

    def write_choices(self, text):
        import bpy
        bpy.context.scene[CHOICES] = text


def objects_of(bpy, layer, member):
    """The objects of a view layer that are this member, are in it, or use it."""
    name = name_of(member)
    if name is not None:
        thing = layer.objects.get(name)
        if thing is not None:
            return [thing]
        member = bpy.data.collections.get(name)
    try:
        if isinstance(member, bpy.types.Object):
            return [thing for thing in layer.objects if thing == member]
        if isinstance(member, bpy.types.Collection):
            return [thing for thing in member.all_objects if thing.name in layer.objects]
        if isinstance(member, bpy.types.ID):
            return [thing for thing in layer.objects
                    if thing.data == member or any(slot.material == member for slot in thing.material_slots)]
    except ReferenceError:
        pass  # it was removed
    return []


def is_change(graph):
    """Whether this update is more than another selection, which Blender tells as an update of the
    scene alone.
    """
    for update in graph.updates:
        if update.is_updated_geometry or update.is_updated_transform or update.is_updated_shading:
            return True
        if update.id.bl_rna.identifier != "Scene":
            return True
    return not len(graph.updates)


SIMPLE = frozenset(("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"))


def scene_settings():
    """The settings of the scene, such as its frame range: Blender does not tell which it has changed.
    """
    import bpy
    scene = bpy.context.scene
    found = []
    for owner in (scene, scene.render, scene.unit_settings):
        for field in owner.bl_rna.properties:
            if field.type in SIMPLE and not getattr(field, "is_array", False) and not field.is_readonly:
                found.append(getattr(owner, field.identifier, None))
    return found


def is_at_work(bpy, name):
    """Whether a modal operator holds the scene. All of Blender's own do."""
    class_ = getattr(bpy.types, name, None)
    options = getattr(class_, "bl_options", None)
    return options is None or bool(AT_WORK.intersection(options))


def operator_label(bpy, name):
    """What the artist calls an operator: "Move" for `TRANSFORM_OT_translate`."""
    group, _, operation = name.partition("_OT_")
    try:
        return getattr(getattr(bpy.ops, group.lower()), operation).get_rna_type().name or name
    except Exception:
        return name
